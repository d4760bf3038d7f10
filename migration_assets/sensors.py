"""The sensor that turns the change list into runs: one per changed day, in the ledger's words. Shipped stopped.

It belongs here: reading the list and requesting days. It does not: finding changes (the job `delta` does, on its
schedule or by hand) and any call to an API: a sensor is evaluated every minute, and calls are the account's.
"""

import dagster as dg

from resources.ledger import LedgerResource


@dg.sensor(
    job_name="migrate_day",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Requests each created day that the change list names, once per sweep: the watermark is in the run "
    "key. Reads the ledger only.",
)
def changed_days(context: dg.SensorEvaluationContext, ledger: LedgerResource) -> dg.SensorResult | dg.SkipReason:
    days = ledger.get().changed_days()
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


def sensors() -> list[dg.SensorDefinition]:
    return [changed_days]
