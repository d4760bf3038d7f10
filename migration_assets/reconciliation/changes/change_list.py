"""reconciliation/change_list: after a sweep, which records changed since they were loaded.

It belongs here: the asset. It does not: how a change is found (change_detection.py).
"""

from collections import Counter

import dagster as dg

from migration_assets.reconciliation.changes.change_detection import anything_loaded, changes, deleted_since, watermark
from resources.ledger import LedgerResource, Loss
from resources.warehouse import WarehouseResource

GONE = "deleted at the source, kept in Gorgias"
STAGE = "change_list"
_BOOKED_AS = {"tickets": "tickets", "customers": "contacts"}


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"duckdb"},
    deps=[
        dg.AssetKey(["ivinex", "ticket_sweep"]),
        dg.AssetKey(["ivinex", "activity_sweep"]),
        dg.AssetKey(["staging", "customers"]),
        dg.AssetKey(["gorgias", "customer_changes"]),
    ],
)
def change_list(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Records that changed at the source since they were loaded, by created day, kept in the ledger with a watermark.

    Found by content and not by a modified date. What was deleted at the source is told as a loss and stays in Gorgias.
    Calls no API. Before the first load the list is empty.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    if not anything_loaded(open_ledger):
        open_ledger.list_changes([], watermark(open_warehouse))
        return dg.MaterializeResult(metadata={"records": 0, "days": 0, "gone": 0, "loaded": False})
    found, missing, mark = (
        changes(open_warehouse, open_ledger),
        deleted_since(open_warehouse),
        watermark(open_warehouse),
    )
    records = open_ledger.list_changes(found, mark)
    for object, name in _BOOKED_AS.items():
        rows = [row for row in missing if row["object"] == object]
        open_ledger.record_losses(
            STAGE, name, [Loss("*", GONE, row["source_id"], partition=row["partition"]) for row in rows]
        )
    days = {row["partition"] for row in found if row["partition"]}
    kinds = Counter(f"{row['object']}_{row['kind']}" for row in found)
    context.log.info(f"{records} records on {len(days)} days changed up to {mark}; {len(missing)} gone at the source")
    numbers = {"records": records, "days": len(days), "gone": len(missing), **dict(sorted(kinds.items()))}
    return dg.MaterializeResult(metadata=numbers | {"loaded": True, "watermark": mark})
