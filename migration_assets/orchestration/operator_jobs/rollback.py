"""The jobs plan_rollback and roll_back: what was written is taken back, as `migrate rollback`."""

import dagster as dg
from pydantic import Field

from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.orchestration import rollback
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job
from migration_assets.orchestration.rollback_scope import driven_by, requested_scope


class PlanRollback(dg.Config):
    """What would be taken back; with nothing given, everything."""

    first: str | None = Field(
        None, description="Only tickets from this day on, as YYYY-MM-DD. Left out: from the first one."
    )
    last: str | None = Field(None, description="Only tickets up to this day, as YYYY-MM-DD. Left out: to the last one.")
    objects: list[str] = Field(
        default_factory=list,
        description="Only these: some of tickets, customers, teams, tags, custom_fields, users. Left out: all.",
    )
    run: str | None = Field(
        None,
        description="Only what this run made: its id as the page Runs shows it, also of one that drove others. Left "
        "out: all.",
    )
    sample: bool = Field(False, description="Only the tickets of the sample, with the customers that only they need.")
    deleted_at_source: bool = Field(
        False,
        description="Also what is gone at the source, which no later load could make again. Left out: kept.",
    )


class RollBack(PlanRollback):
    """What is taken back, by whom and why."""

    by: str = by_field("Who takes the migration back")
    reason: str = Field(description="Why it is taken back, for whoever reads it later.")


def show_rollback(work: Work, config: PlanRollback) -> None:
    """Reads Gorgias afresh and lists what would become of every object that was ever written; writes nothing."""
    scope = _scope(config, work)
    shown = rollback.plan_rollback(work.warehouse, work.ledger, work.gorgias, scope, work.settings.home)
    numbers = {"requests": shown.plan.calls, "seconds": round(shown.seconds), "balanced": shown.plan.balanced}
    records = [dg.TableRecord(row) for row in shown.rows()]
    if records:
        work.context.add_output_metadata({"objects": dg.MetadataValue.table(records)})
    work.end_with("\n".join(shown.sentences()), numbers, shown.exit_code)


def take_back(work: Work, config: RollBack) -> None:
    """Takes back what the plan says, each object looked at once more, and proves it; started again, it goes on."""
    with at_work(work) as migration:
        scope = _scope(config, work)
        stores = (migration.warehouse, migration.ledger, work.gorgias)
        done = rollback.roll_back(
            *stores, scope, migration.home, config.by, config.reason, work.context.run_id, work.say
        )
        numbers = {name: value for name, value in done.as_data().items() if name != "counts"} | done.done.counts
        work.end_with(done.sentence(), numbers, done.exit_code)


def _scope(config: PlanRollback, work: Work) -> Scope:
    asked = (config.first, config.last, config.objects, config.run, config.sample)
    return requested_scope(*asked, work.ledger, driven_by(work.context.instance), config.deleted_at_source)


plan_rollback = operator_job(
    "plan_rollback",
    show_rollback,
    PlanRollback,
    "Shows what taking the migration back would do, and writes nothing: every object that was ever written is to be "
    "deleted, restored, archived or kept (answered, edited, needed), or cannot be removed, with the requests and the "
    "time. The command: `migrate rollback`.",
    then="the job roll_back with the same fields, or `migrate rollback --execute --by NAME --reason TEXT`",
    needs=("settings", "ledger", "warehouse", "gorgias"),
    pool="gorgias_api",
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
    needs=(*AT_WORK, "gorgias"),
    pool="gorgias_api",
)
