"""The job forecast_load: what the load will cost, as `migrate forecast`."""

from migration_assets.orchestration import forecast
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import NoFields, Work, operator_job
from migration_assets.run_resources import gorgias_of


def count_calls(work: Work, _: NoFields) -> None:
    """Stages everything in runs of about a month, and counts."""
    with at_work(work) as migration:
        made = forecast.forecast_load(migration, work.settings, gorgias_of(work.settings))
        work.end_with("\n".join(made.sentences()), made.as_numbers())


forecast_load = operator_job(
    "forecast_load",
    count_calls,
    NoFields,
    "Says what the load will cost before it is begun: stages everything, writes nothing to Gorgias, and counts the "
    "calls by phase, with hours, the freeze of the final delta, billable tickets, storage and what would make it "
    "shorter. The numbers are in the asset reconciliation/forecast. The command: `migrate forecast`.",
    then="the job migrate_sample, or `migrate sample --tickets 50`",
    needs=AT_WORK,
)
