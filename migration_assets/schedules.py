"""When the source is read again without a person: every night before the cutover, every hour of the hypercare days.

Both start the job `delta`, which ends with the change list; the sensor `changed_days` requests the days that it names.
Both are shipped stopped, because a sweep costs Ivinex a call per 100 records. It belongs here: when. It does not: what
a delta does (jobs.py, the stages).
"""

from datetime import timedelta

import dagster as dg

from migration_assets.orchestration.cutover import CUTOVER
from resources.ledger import LedgerResource

HYPERCARE = timedelta(days=5)


@dg.schedule(
    job_name="delta",
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Reads Ivinex again every night at 02:00 UTC and lists what changed since the load.",
)
def nightly_delta(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    return dg.RunRequest(run_key=f"nightly@{context.scheduled_execution_time:%Y-%m-%d}")


@dg.schedule(
    job_name="delta",
    cron_schedule="0 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Reads Ivinex again every hour of the five days after the final delta, for what was still entered "
    "there; does nothing before and after.",
)
def hypercare(context: dg.ScheduleEvaluationContext, ledger: LedgerResource) -> dg.RunRequest | dg.SkipReason:
    began, now = ledger.get().decisions.decided_at(CUTOVER), context.scheduled_execution_time
    if began is None:
        return dg.SkipReason("There was no final delta yet: hypercare begins with the job final_delta.")
    if now > began + HYPERCARE:
        return dg.SkipReason(f"Hypercare ended on {began + HYPERCARE:%Y-%m-%d %H:%M} UTC: stop this schedule.")
    return dg.RunRequest(run_key=f"hypercare@{now:%Y-%m-%dT%H:%M}")


def schedules() -> list[dg.ScheduleDefinition]:
    return [nightly_delta, hypercare]
