"""reconciliation/comparison [d]: what was read back of a day against its staged rows, field by field."""

from datetime import UTC, datetime

import dagster as dg

from migration_assets.partitions import daily_partitions
from migration_assets.reconciliation.checks import DAILY
from migration_assets.reconciliation.comparison.compare_days import compare_days
from migration_assets.reconciliation.comparison.differences import DIFFERENCES, found_in, of_slices
from migration_assets.reconciliation.comparison.events import EventEvidence, explain
from migration_assets.reconciliation.target.target_tables import TICKETS
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

OBJECTS = ("tickets", "messages")


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"gorgias", "duckdb"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[
        dg.AssetKey(["reconciliation", "readback"]),
        dg.AssetKey(["reconciliation", "target_sweep"]),
        dg.AssetKey(["staging", "tickets"]),
        dg.AssetKey(["staging", "messages"]),
    ],
    metadata=DIFFERENCES.metadata(),
    check_specs=[one.check.spec for one in DAILY],
)
def comparison(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Every ticket and message of the day, every field, with a verdict; what differs is kept by id, field and kind.

    Of what differs Gorgias's events are read: what somebody set since is told and speaks against nothing. Doubles
    become conflicts. A day that was written after it was read back is not compared: it waits for its read-back.
    """
    open_warehouse, open_ledger, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    compared = read_since_written(open_warehouse, open_ledger, keys)
    compare_days(open_warehouse, open_ledger, compared, datetime.now(UTC))
    evidence = EventEvidence(gorgias.reader, open_ledger, open_warehouse)
    explain(evidence, OBJECTS, compared)
    numbers: dict[str, int] = {}
    for row in of_slices(open_warehouse, OBJECTS, keys):
        for name in ("written", "compared", "equal"):
            numbers[f"{row['object']}_{name}"] = numbers.get(f"{row['object']}_{name}", 0) + row[name]
    return dg.MaterializeResult(
        metadata=numbers
        | {"events_read": evidence.lookups, "differences": len(found_in(open_warehouse, OBJECTS, keys))},
        check_results=[one.report(context, open_warehouse, open_ledger, keys) for one in DAILY],
    )


def read_since_written(warehouse: Warehouse, ledger: Ledger, keys: list[str]) -> list[str]:
    """Those of the days whose tickets were all read after the day's last write; rows from before would accuse it."""
    warehouse.ensure(TICKETS)
    rows = warehouse.rows(
        f"SELECT partition, min(read_at) AS read_at FROM {TICKETS.name} "  # noqa: S608
        "WHERE list_contains(?, partition) GROUP BY partition",
        [keys],
    )
    read, written = {row["partition"]: row["read_at"] for row in rows}, ledger.last_written(keys)
    return [key for key in keys if key not in read or key not in written or read[key] >= written[key]]
