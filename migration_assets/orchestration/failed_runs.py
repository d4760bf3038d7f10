"""What is told of a run that failed: which, where, and one sentence. Never a value of a record.

It belongs here: choosing the sentence. It does not: when it is asked for and whom it is told (sensors.py), and the
failure that a command shows to the person who started it (runs.py).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import dagster as dg

from migration_assets.orchestration.runs import CHECK_FAILED, RANGE_END_TAG, RANGE_START_TAG, RunFailed
from migration_assets.own_names import plain_step
from resources.ledger import Ledger
from resources.ledger.base import LedgerFull
from resources.ledger.connecting import LedgerUnreachable
from resources.ledger.records import FailedRun
from resources.outgoing_text import outgoing

MOST = 6000
"""Characters of what is told: a notice for a webhook holds them twice (resources/notifier.py)."""
WHOLE = " The run's page has it whole."
_SENTENCE_END = re.compile(r"[.!?](?=\s)")


def failed_run(run: dg.DagsterRun, steps: Sequence[dg.DagsterEvent], migration: str = "") -> FailedRun:
    """The run and its first failed step.

    Args:
        steps: its events of failed steps; none where the run failed around them, e.g. because its process died.
        migration: whose run it is, where it is one of several.
    """
    step = next(iter(steps), None)
    return FailedRun(
        run_id=run.run_id,
        job=run.job_name,
        partition=_partition(run),
        step=plain_step(migration, step.step_key or "") if step else "",
        message=_whole_sentences(
            _sentence(step) if step else "The run ended outside of its steps: its process may be gone."
        ),
    )


@contextmanager
def failures_noted(ledger: Ledger) -> Iterator[None]:
    """Keep the run whose failure ends a command, for `migrate status` and `migrate list`, where no sensor watches."""
    try:
        yield
    except RunFailed as error:
        message = _whole_sentences(outgoing(str(error)))
        with suppress(LedgerUnreachable, LedgerFull):  # the run's own failure is told, and not this one
            ledger.failed_runs.note_failed_run(FailedRun(error.run_id, error.job, "", error.step, message))
        raise


def _whole_sentences(text: str) -> str:
    """Whole, or up to the end of a sentence, so that no way out is cut in its middle."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, MOST)] if len(text) > MOST else []
    return text[: ends[-1]] + WHOLE if ends else text


def _partition(run: dg.DagsterRun) -> str:
    if RANGE_START_TAG in run.tags:
        return f"{run.tags[RANGE_START_TAG]}...{run.tags.get(RANGE_END_TAG, '')}"
    return run.tags.get("dagster/partition", "")


def _sentence(step: dg.DagsterEvent) -> str:
    """Of an expected failure its own words; of any other its kind only, because its words may quote a record."""
    data = step.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    if error and error.cls_name == CHECK_FAILED:
        return error.message.split(": ", 1)[-1].strip()
    while error and error.cause:
        error = error.cause
    return f"Not expected: {error.cls_name if error else 'no error was recorded'}. The run's page has its stack."
