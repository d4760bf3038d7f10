"""The jobs plan_rollback and roll_back: what was written is taken back, as `migrate rollback`."""

import dagster as dg
from pydantic import Field

from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.orchestration import rollback
from migration_assets.orchestration.operator_jobs.at_work import at_work
from migration_assets.orchestration.operator_jobs.operator_job import (
    by_field,
    end_with,
    operator_job,
    tag_who,
    told_plainly,
)
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.orchestration.rollback_scope import driven_by, requested_scope
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import WarehouseResource

_FIRST = "Only tickets from this day on, as YYYY-MM-DD. Left out: from the first one."
_LAST = "Only tickets up to this day, as YYYY-MM-DD. Left out: to the last one."
_RUN = "Only what this run made: its id as the page Runs shows it, also of one that drove others. Left out: all."
_SAMPLE = "Only the tickets of the sample, with the customers that only they need."
_OBJECTS = "Only these: some of tickets, customers, teams, tags, custom_fields, users. Left out: all."


class PlanRollback(dg.Config):
    """What would be taken back; with nothing given, everything."""

    first: str | None = Field(None, description=_FIRST)
    last: str | None = Field(None, description=_LAST)
    objects: list[str] = Field(default_factory=list, description=_OBJECTS)
    run: str | None = Field(None, description=_RUN)
    sample: bool = Field(False, description=_SAMPLE)


class RollBack(dg.Config):
    """What is taken back, by whom and why."""

    by: str = by_field("Who takes the migration back")
    reason: str = Field(description="Why it is taken back, for whoever reads it later.")
    first: str | None = Field(None, description=_FIRST)
    last: str | None = Field(None, description=_LAST)
    objects: list[str] = Field(default_factory=list, description=_OBJECTS)
    run: str | None = Field(None, description=_RUN)
    sample: bool = Field(False, description=_SAMPLE)


@dg.op(pool="gorgias_api")
def show_rollback(
    context: dg.OpExecutionContext,
    config: PlanRollback,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    gorgias: GorgiasResource,
) -> None:
    """Reads Gorgias afresh and lists what would become of every object that was ever written; writes nothing."""
    with told_plainly():
        open_ledger = ledger.get()
        scope = _scope(config, open_ledger, context)
        shown = rollback.plan_rollback(warehouse.get(), open_ledger, gorgias, scope, settings.get().home)
        numbers = {"requests": shown.plan.calls, "seconds": round(shown.seconds), "balanced": shown.plan.balanced}
        records = [dg.TableRecord(row) for row in shown.rows()]
        if records:
            context.add_output_metadata({"objects": dg.MetadataValue.table(records)})
        end_with(context, shown.exit_code, "\n".join(shown.sentences()), numbers)


@dg.op(pool="gorgias_api")
def take_back(
    context: dg.OpExecutionContext,
    config: RollBack,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    gorgias: GorgiasResource,
    own_jobs: dg.ResourceParam[OwnJobs],
) -> None:
    """Takes back what the plan says, each object looked at once more, and proves it; started again, it goes on."""
    with at_work(context, settings, ledger, warehouse, own_jobs) as migration:
        tag_who(context, config.by, config.reason)
        scope = _scope(config, migration.ledger, context)
        stores = (migration.warehouse, migration.ledger, gorgias)
        done = rollback.roll_back(
            *stores, scope, migration.home, config.by, config.reason, context.run_id, context.log.info
        )
        numbers = {name: value for name, value in done.as_data().items() if name != "counts"} | done.done.counts
        end_with(context, done.exit_code, done.sentence(), numbers)


def _scope(config: PlanRollback | RollBack, ledger: Ledger, context: dg.OpExecutionContext) -> Scope:
    driven = driven_by(context.instance)
    return requested_scope(config.first, config.last, config.objects, config.run, config.sample, ledger, driven)


plan_rollback = operator_job(
    "plan_rollback",
    show_rollback,
    PlanRollback,
    "Shows what taking the migration back would do, and writes nothing: every object that was ever written is to be "
    "deleted, restored, archived or kept (answered, edited, needed), or cannot be removed, with the requests and the "
    "time. The command: `migrate rollback`.",
    then="the job roll_back with the same fields, or `migrate rollback --execute --by NAME --reason TEXT`",
)
roll_back = operator_job(
    "roll_back",
    take_back,
    RollBack,
    "Takes back what plan_rollback showed for the same fields: deletes what we made and nobody touched, restores what "
    "was there before, keeps people's work with all that it needs, and proves the rest against the image from before "
    "the first write. There is no way back from a delete. The command: `migrate rollback --execute --by NAME --reason "
    "TEXT`.",
    then="nothing; to migrate once more, the job prepare, or `migrate run`",
)
