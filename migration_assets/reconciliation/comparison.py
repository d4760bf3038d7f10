"""reconciliation/comparison [d]: what was read back of a day against its staged rows, field by field."""

from datetime import UTC, datetime

import dagster as dg

from migration_assets.partitions import daily_partitions
from migration_assets.reconciliation.compare_days import compare_days
from migration_assets.reconciliation.differences import DIFFERENCES, found_in, of_slices
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource

OBJECTS = ("tickets", "messages")


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"duckdb"},
    partitions_def=daily_partitions(),
    deps=[
        dg.AssetKey(["reconciliation", "readback"]),
        dg.AssetKey(["reconciliation", "target_sweep"]),
        dg.AssetKey(["staging", "tickets"]),
        dg.AssetKey(["staging", "messages"]),
    ],
    metadata=DIFFERENCES.metadata(),
)
def comparison(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Every ticket and message of the day, every field, with a verdict; what differs is kept by id, field and kind.

    Doubles become conflicts. The checks of gorgias/tickets and gorgias/ticket_messages tell what it means for the day.
    """
    store, keys = warehouse.get(), list(context.partition_keys)
    compare_days(store, ledger.get(), keys, datetime.now(UTC))
    numbers: dict[str, int] = {}
    for row in of_slices(store, OBJECTS, keys):
        for name in ("written", "compared", "equal"):
            numbers[f"{row['object']}_{name}"] = numbers.get(f"{row['object']}_{name}", 0) + row[name]
    return dg.MaterializeResult(metadata=numbers | {"differences": len(found_in(store, OBJECTS, keys))})
