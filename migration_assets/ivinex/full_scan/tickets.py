"""ivinex/tickets: one partition per day (UTC) of the ticket's creation.

Belongs here: the asset only; the SQL is in daily_slices.py, what is counted of it in slice_checks.py.
"""

import dagster as dg

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.full_scan.daily_slices import slice_tickets
from migration_assets.ivinex.full_scan.slice_checks import tickets_match
from migration_assets.partitions import daily_partitions
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"duckdb"},
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["ivinex", "ticket_sweep"])],
    metadata=tables.TICKETS.metadata() | {"partition_expr": "partition"},
    check_specs=[checks.TICKETS.spec],
)
def tickets(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Tickets created on the day; the slice of ticket_sweep, without any call."""
    open_warehouse, keys = warehouse.get(), list(context.partition_keys)
    days = slice_tickets(open_warehouse, keys)
    rows = sum(days.values())
    context.log.info(f"{rows} tickets on {len(days)} of {len(keys)} days")
    seen = checks.TICKETS.report(context, ledger.get(), lambda: tickets_match(open_warehouse, keys))
    return dg.MaterializeResult(
        metadata={"dagster/partition_row_count": rows, "days_with_rows": len(days)}, check_results=[seen]
    )
