"""The job migrate_range: the days of a period staged and loaded, as `migrate run` does after the preparation."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration.closed_gates import describe_gates
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.at_work import at_work
from migration_assets.orchestration.operator_jobs.operator_job import end_with, operator_job
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.orchestration.signals import Interrupted
from migration_assets.settings_resource import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class MigrateRange(dg.Config):
    """Which days; with nothing given, all that have tickets."""

    first: str | None = Field(None, description="First day, as YYYY-MM-DD. Left out: the first day with tickets.")
    last: str | None = Field(None, description="Last day, as YYYY-MM-DD. Left out: the last day with tickets.")


@dg.op
def migrate_days(
    context: dg.OpExecutionContext,
    config: MigrateRange,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    own_jobs: dg.ResourceParam[OwnJobs],
) -> None:
    """Stages and loads the days in runs of about a month, each recorded as a run of its own."""
    with at_work(context, settings, ledger, warehouse, own_jobs) as migration:
        migration.confirmed_map()
        migration.require_prepared()
        try:
            moved = migration.days(config.first, config.last)
        except Interrupted:
            raise Interrupted(migration.how_far()) from None
        code = Exit.GATE_CLOSED if migration.closed else Exit.BALANCED if moved.days else Exit.FAILED
        sentence = "\n".join(filter(None, (moved.sentence(), describe_gates(migration.closed))))
        end_with(context, code, sentence, {**moved.as_data(), "closed_gates": len(migration.closed)})


migrate_range = operator_job(
    "migrate_range",
    migrate_days,
    MigrateRange,
    "Moves a whole period by one click, all of it if no day is given: stages and loads its days in runs of about a "
    "month (shown as runs of stage_days and load_days), with the checks of every day, and reports days without "
    "tickets as done. A day that was loaded before costs no write; a bad day stays closed and its neighbours go on. "
    "Ended halfway, the same job goes on. The command: `migrate run` (with discover and all that follows).",
)
