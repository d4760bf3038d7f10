"""Days without tickets between the first and the last day with some: reported once as done with 0 rows.

They lie in no range run; without this the UI would show them as never done. A range run covers the empty days that
lie inside it. Days before the first and after the last ticket stay untouched (4,000 of them cost 31 s an asset).
"""

from collections.abc import Sequence

import dagster as dg

from checks.event_transaction import one_transaction


def report_empty_days(instance: dg.DagsterInstance, assets: Sequence[dg.AssetKey], days: Sequence[str]) -> int:
    """Report a materialization with 0 rows for each asset and day that the instance does not know yet.

    Returns:
        How many were reported.
    """
    known = {key: instance.get_materialized_partitions(key) if days else set[str]() for key in assets}
    missing = [(key, day) for key in assets for day in days if day not in known[key]]
    with one_transaction(instance):
        for key, day in missing:
            instance.report_runless_asset_event(
                dg.AssetMaterialization(key, partition=day, description="No ticket on this day.", metadata={"rows": 0})
            )
    return len(missing)
