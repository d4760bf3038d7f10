"""What all jobs of one op share: fields at the top of the launchpad, their step, who started them, how they end.

It belongs here: the frame. It does not: running other jobs (at_work.py), and what one job does.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg
from pydantic import Field

from migration_assets.job_steps import described, step_tags
from migration_assets.orchestration.exit_codes import READABLE, Exit, explain
from migration_assets.orchestration.signals import Interrupted
from migration_assets.own_words import own_words
from migration_assets.run_config import plain_fields
from resources.ledger.base import named
from resources.outgoing_text import fault

BY_TAG = "migrate/by"
REASON_TAG = "migrate/reason"


def by_field(who: str) -> Any:
    """The field `by` of a job that is started by name."""
    return Field(description=f"{who}: a name, recorded in the ledger and as a tag of this run.")


def operator_job(
    name: str, do: dg.OpDefinition, config: type[dg.Config], text: str, then: str = ""
) -> dg.JobDefinition:
    """A job of this one op, whose run config is the fields of `config` and nothing around them.

    Args:
        text: what it does, for its description.
        then: what comes next, where it is no step of a migration.
    """

    @dg.config_mapping(config_schema=plain_fields(config))
    def fields(given: dict[str, Any]) -> dict[str, Any]:
        return {"ops": {do.name: {"config": given}}}

    @dg.job(name=name, config=fields, tags=step_tags(name), description=described(name, text, then))
    def job() -> None:
        do()

    return job


def tag_who(context: dg.OpExecutionContext, by: str, reason: str = "") -> None:
    """Show in the list of runs who started this one, and why.

    Raises:
        NameMissing: nobody is named.
    """
    tags = {BY_TAG: named(by)} | ({REASON_TAG: reason} if reason else {})
    context.instance.add_run_tags(context.run_id, tags)


@contextmanager
def told_plainly() -> Iterator[None]:
    """End a run for an expected error with that error's own words, and for an asked end as Dagster's own are."""
    try:
        yield
    except Interrupted as error:
        raise dg.DagsterExecutionInterruptedError(str(error) or "Ended before its work was done.") from None
    except READABLE as error:
        code, message = explain(error)
        raise dg.Failure(own_words(message), metadata={"exit_code": int(code)}, allow_retries=False) from None
    except (dg.Failure, dg.DagsterExecutionInterruptedError):
        raise
    except Exception as error:
        raise fault(error) from None


def end_with(context: dg.OpExecutionContext, code: Exit, sentence: str, numbers: Mapping[str, Any]) -> None:
    """Show the result: where the command would end with another exit code than 0, the run fails with the sentence.

    Raises:
        dagster.Failure: not balanced, or a gate is closed.
    """
    if code is not Exit.BALANCED:
        raise dg.Failure(own_words(sentence), metadata={**numbers, "exit_code": int(code)}, allow_retries=False)
    context.log.info(own_words(sentence))
    context.add_output_metadata(dict(numbers))
