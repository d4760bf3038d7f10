"""What watches: changed days become runs, a run that failed is told to somebody, one whose process is gone is closed.

The first two are shipped stopped; the last starts nothing, and runs. It belongs here: reading the change list and
requesting its days; passing a failure on. It does not: finding changes (the job `delta` does, on its schedule or by
hand) and any call to either system: a sensor is evaluated every minute, and calls are the account's.
"""

from dataclasses import asdict

import dagster as dg

from migration_assets.orchestration.dagster_home import own_dagster_home
from migration_assets.orchestration.failed_runs import failed_run
from migration_assets.orchestration.stale_runs import close_dead_runs_of_host, close_where_no_run_works
from migration_assets.own_names import is_own
from migration_assets.settings_source import load_settings
from resources.ledger import LedgerResource
from resources.notifier import NotifierResource, NotNotified


@dg.sensor(
    job_name="migrate_day",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Requests each created day that the change list names, once per full scan: the watermark is in the run "
    "key. Reads the ledger only.",
)
def changed_days(context: dg.SensorEvaluationContext, ledger: LedgerResource) -> dg.SensorResult | dg.SkipReason:
    days = ledger.get().changes.changed_days()
    if not days:
        return dg.SkipReason("The change list names no day.")
    requests = [
        dg.RunRequest(
            run_key=f"{day}@{watermark}",
            partition_key=day,
            tags={"migrate/command": "changed_days", "migrate/watermark": watermark, "migrate/changes": str(count)},
        )
        for day, (count, watermark) in days.items()
    ]
    return dg.SensorResult(run_requests=requests)


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
    # A run of the command belongs to no location, and its failure is to be told as well.
    monitor_all_code_locations=True,
    description="Tells each run that failed, with its day, its first failed step and one sentence: in its own log, in "
    "`migrate status`, and to MIGRATION_FAILURE_WEBHOOK where one is set.",
)
def failed_runs(context: dg.RunFailureSensorContext, ledger: LedgerResource, notifier: NotifierResource) -> None:
    run, settings = context.dagster_run, load_settings()
    if not is_own(settings.migration, run.job_name, list(run.asset_selection or ()), run.tags):
        return
    failed = failed_run(run, context.get_step_failure_events(), settings.migration)
    where = " ".join(part for part in (failed.job, failed.partition, failed.step) if part)
    text = f"{where} failed: {failed.message} (run {failed.run_id})"
    context.log.error(text)
    ledger.get().failed_runs.note_failed_run(failed)
    try:
        notifier.tell({"text": text, **asdict(failed)})
    except NotNotified as error:
        context.log.warning(f"{error} The failure is in `migrate status` all the same.")


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Closes runs whose command, or whose job that ran them in its own process, was killed, and frees their "
    "pool slots: queued runs would wait for them for ever. Starts nothing. The command does the same when it starts, "
    "and `migrate unlock`.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    settings = load_settings()
    home = own_dagster_home(settings)
    closed = close_where_no_run_works(context.instance, home)
    closed += close_dead_runs_of_host(context.instance, home, settings.migration)
    if not closed:
        return dg.SkipReason("No run is left whose process is gone.")
    return dg.SkipReason(f"Closed, because their process is gone: {', '.join(run.run_id for run in closed)}.")


def sensors() -> list[dg.SensorDefinition]:
    return [changed_days, failed_runs, dead_runs]
