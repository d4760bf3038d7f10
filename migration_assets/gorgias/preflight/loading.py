"""The frame in which every load writes: before its first request the account is looked at, and closed points stop it.
The runs of one command look once an hour (recent_look.py).

What was decided off is switched off then, and not before: a load that has nothing to write changes nothing. It is
restored when the run ends; where a command or a job drives several runs, when that ends. It belongs here: when. It does
not: what (points.py) and how (switching.py).
"""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import dagster as dg

from checks.quality_gates import GATE_CLOSED
from checks.refusal import refusal
from migration_assets.gorgias.preflight.decisions import remedy
from migration_assets.gorgias.preflight.first_records import first_records
from migration_assets.gorgias.preflight.look import look
from migration_assets.gorgias.preflight.point import OFF
from migration_assets.gorgias.preflight.recent_look import Key, recent_look, remember_is_ours, remember_look
from migration_assets.gorgias.preflight.role import require_role
from migration_assets.gorgias.preflight.switching import restore_if_possible, switch_off
from migration_assets.gorgias.step_context import StepContext, TargetStep
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.own_names import plain_name
from migration_assets.settings_source import load_settings
from resources.gorgias.known_account import require_loaded_from_here
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger

DRIVEN_TAG = "migrate/id"
"""Of runs that a command or a job drives: it restores when it ends."""
DELTA_TAG = "migrate/delta"
"""Of runs that carry changes over, beside a shop at work."""
_CHANGES_TAG = "migrate/changes"
_LOADS = ("prepare", "load_days", "migrate_day", "delta")
_BACKFILL_TAG = "dagster/backfill"
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]

log = logging.getLogger(__name__)


@contextmanager
def loading(step: TargetStep) -> Iterator[Writer]:
    """The write gate, closed by undecided points at its first request.

    Raises:
        dagster.Failure: points are open; nothing was written.
        NotConfirmed: map, schema or decisions are other than what was confirmed; nothing was written.
    """
    context, gorgias, ledger = step.context, step.gorgias, step.ledger

    def before_writing(writer: Writer) -> None:
        off_now = {one.name for one in ledger.switched_off.all()}
        if gorgias.looked_at and gorgias.switched_off <= off_now:
            return
        # Of every load, also of a step that is started alone, and of each run of a command that looks once an hour.
        require_confirmed(step.warehouse, ledger, step.settings, [])
        if recent := recent_look(_key(context, ledger), off_now):
            gorgias.was_looked_at(set(recent.switched_off), recent.is_ours)
            return
        require_role(ledger, gorgias.reader)
        # Before anything is asked or switched off: in the account of another home nothing is decided.
        require_loaded_from_here(gorgias.reader, ledger, first_records(step.warehouse), context.run.run_id)
        delta = is_delta(context)
        found = look(gorgias.reader, ledger, step.warehouse, delta=delta)
        if found.open:
            raise closed(remedy(found.open, delta=delta), len(found.open))
        points = [row.point for row in found.rows if row.choice == OFF]
        if points:
            done = ", ".join(switch_off(writer, ledger, points))
            log.warning(f"Switched off in Gorgias for this load, which takes {found.size.takes(gorgias)}: {done}.")
        gorgias.was_looked_at({point.name for point in points})
        remember_look(_key(context, ledger), gorgias.switched_off)

    gorgias.at_end("preflight", lambda: _restore(context, gorgias, ledger))
    with gorgias.writer(ledger, context.run.run_id, before_writing) as writer:
        yield writer
        if gorgias.is_ours:
            remember_is_ours(_key(context, ledger))


def _key(context: StepContext, ledger: Ledger) -> Key | None:
    """By what a look is remembered: None for a run that no command or job drives."""
    command = _tags(context.run).get(DRIVEN_TAG)
    return (ledger.account, command, is_delta(context)) if command else None


def closed(text: str, points: int) -> Exception:
    """The refusal of a load."""
    return refusal(text, {GATE_CLOSED: points})


def is_delta(context: Any) -> bool:
    """Whether this run carries changes over."""
    run = context.run
    return _job_of(run) == "delta" or bool({DELTA_TAG, _CHANGES_TAG} & set(_tags(run)))


def _restore(context: Any, gorgias: GorgiasResource, ledger: Ledger) -> None:
    tags = _tags(context.run)
    backfill = tags.get(_BACKFILL_TAG)
    if DRIVEN_TAG in tags or loads_at_work(context.instance, context.run.run_id, backfill):
        return
    with closing(Ledger.open(ledger.engine.url.render_as_string(hide_password=False), ledger.account)) as own:
        said = restore_if_possible(gorgias, own, context.run.run_id)
    if said:
        context.log.info(said)


def loads_at_work(instance: Any, but: str = "", backfill: str | None = None) -> bool:
    """Whether a load runs or waits to run: what is switched off stays off for it, and its last run restores.

    Args:
        but: a run that is not asked about.
        backfill: runs of this one count whatever they hold.
    """
    if not hasattr(instance, "get_runs"):
        return False
    return any(
        run.run_id != but
        and (_job_of(run) in _LOADS or (backfill is not None and run.tags.get(_BACKFILL_TAG) == backfill))
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    )


def _job_of(run: Any) -> str:
    return plain_name(load_settings().migration, getattr(run, "job_name", ""))


def _tags(run: Any) -> dict[str, str]:
    return getattr(run, "tags", None) or {}
