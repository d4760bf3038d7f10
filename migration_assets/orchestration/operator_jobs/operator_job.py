"""What all jobs of one op share: fields at the top of the launchpad, their step, who started them, how they end.

It belongs here: the frame. It does not: running other jobs (at_work.py), and what one job does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg
from pydantic import Field

from migration_assets.job_steps import described, step_tags
from migration_assets.orchestration.exit_codes import READABLE, Exit, explain
from migration_assets.orchestration.signals import Interrupted
from migration_assets.own_words import own_words
from migration_assets.run_config import plain_fields
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.ledger.base import named
from resources.outgoing_text import fault
from resources.warehouse import Warehouse

BY_TAG = "migrate/by"
REASON_TAG = "migrate/reason"


def by_field(who: str) -> Any:
    """The field `by` of a job that is started by name."""
    return Field(description=f"{who}: a name, recorded in the ledger and as a tag of this run.")


class NoFields(dg.Config):
    """Nothing is asked."""


class Work:
    """What a job of one op works with: of the resources those that the job names in `needs`."""

    def __init__(self, context: dg.OpExecutionContext) -> None:
        self.context = context
        self.say = context.log.info
        self.holder = f"the job {context.job_name} (run {context.run_id} of the UI)"

    @property
    def settings(self) -> Settings:
        """Complete settings; `present_settings` are as they are."""
        return self._resources.settings.get()  # type: ignore[no-any-return]

    @property
    def present_settings(self) -> Settings:
        return self._resources.settings.present()  # type: ignore[no-any-return]

    @property
    def ledger(self) -> Ledger:
        return self._resources.ledger.get()  # type: ignore[no-any-return]

    @property
    def warehouse(self) -> Warehouse:
        return self._resources.warehouse.get()  # type: ignore[no-any-return]

    @property
    def gorgias(self) -> GorgiasResource:
        return self._resources.gorgias  # type: ignore[no-any-return]

    @property
    def _resources(self) -> Any:
        return self.context.resources

    def end_with(self, sentence: str, numbers: Mapping[str, Any], code: Exit = Exit.BALANCED) -> None:
        """Show the result: where the command would end with another exit code, the run fails with the sentence.

        Raises:
            dagster.Failure: not balanced, or a gate is closed.
        """
        if code is not Exit.BALANCED:
            raise dg.Failure(own_words(sentence), metadata={**numbers, "exit_code": int(code)}, allow_retries=False)
        self.say(own_words(sentence))
        self.context.add_output_metadata(dict(numbers))


def operator_job(
    name: str,
    do: Callable[[Work, Any], None],
    config: type[dg.Config],
    text: str,
    *,
    needs: Iterable[str],
    then: str = "",
    pool: str | None = None,
) -> dg.JobDefinition:
    """A job of one op that does this, whose run config is the fields of `config` and nothing around them.

    Who started it (`by`, `reason` or `note`) becomes tags of its run, and an expected error ends it in plain words.

    Args:
        text: what it does, for its description.
        needs: the resources that it works with.
        then: what comes next, where it is no step of a migration.
    """

    @dg.op(name=do.__name__, description=do.__doc__, pool=pool, required_resource_keys=set(needs))
    def step(context: dg.OpExecutionContext, config: config) -> None:  # type: ignore[valid-type]
        with told_plainly():
            given = vars(config)
            if "by" in given:
                _tag_who(context, given["by"], given.get("reason", given.get("note")) or "")
            do(Work(context), config)

    @dg.config_mapping(config_schema=plain_fields(config))
    def fields(given: dict[str, Any]) -> dict[str, Any]:
        return {"ops": {do.__name__: {"config": given}}}

    @dg.job(name=name, config=fields, tags=step_tags(name), description=described(name, text, then))
    def job() -> None:
        step()

    return job


def _tag_who(context: dg.OpExecutionContext, by: str, reason: str) -> None:
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
