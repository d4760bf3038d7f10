"""The job forecast_load: what the load will cost, as `migrate forecast`."""

import dagster as dg

from migration_assets.orchestration import forecast
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.at_work import at_work
from migration_assets.orchestration.operator_jobs.operator_job import end_with, operator_job
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.run_resources import gorgias_of
from migration_assets.settings_resource import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class ForecastLoad(dg.Config):
    """Nothing is asked for."""


@dg.op
def count_calls(
    context: dg.OpExecutionContext,
    config: ForecastLoad,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    own_jobs: dg.ResourceParam[OwnJobs],
) -> None:
    """Stages everything in runs of about a month, and counts."""
    with at_work(context, settings, ledger, warehouse, own_jobs) as migration:
        made = forecast.forecast_load(migration, settings.get(), gorgias_of(settings.get()))
        end_with(context, Exit.BALANCED, "\n".join(made.sentences()), made.as_numbers())


forecast_load = operator_job(
    "forecast_load",
    count_calls,
    ForecastLoad,
    "Says what the load will cost before it is begun: stages everything, writes nothing to Gorgias, and counts the "
    "calls by phase, with hours, the freeze of the final delta, billable tickets, storage and what would make it "
    "shorter. The numbers are in the asset reconciliation/forecast. The command: `migrate forecast`.",
    then="the job migrate_sample, or `migrate sample --tickets 50`",
)
