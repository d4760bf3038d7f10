"""ivinex/tickets: one partition per day (UTC) of the ticket's creation.

Belongs here: the asset only; the SQL is in slices.py.
"""

import dagster as dg

from migration_assets.ivinex import tables
from migration_assets.ivinex.slices import slice_tickets
from migration_assets.partitions import daily_partitions
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"duckdb"},
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["ivinex", "ticket_sweep"])],
    metadata=tables.TICKETS.metadata() | {"partition_expr": "partition"},
)
def tickets(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """Tickets created on the day; the slice of ticket_sweep, without any call."""
    days = slice_tickets(warehouse.get(), context.partition_keys)
    rows = sum(days.values())
    context.log.info(f"{rows} tickets on {len(days)} of {len(context.partition_keys)} days")
    return dg.MaterializeResult(metadata={"dagster/partition_row_count": rows, "days_with_rows": len(days)})
