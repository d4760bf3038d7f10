"""reconciliation/target_sweep: Gorgias's lists walked once, customers read, objects without days compared."""

import time
from datetime import UTC, datetime

import dagster as dg

from migration_assets.reconciliation.checks import STRANGERS, WITHOUT_DAY, strangers
from migration_assets.reconciliation.comparison.compare_objects import compare_objects
from migration_assets.reconciliation.comparison.differences import DIFFERENCES, of_slices
from migration_assets.reconciliation.comparison.events import EventEvidence, explain
from migration_assets.reconciliation.target.call_counts import CallCounter, minimum_pages
from migration_assets.reconciliation.target.list_reads import (
    empty_lists,
    walk_customers,
    walk_definitions,
    walk_messages,
    walk_tickets,
)
from migration_assets.reconciliation.target.single_reads import read_customers
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED, upgrade
from migration_assets.settings import SettingsResource
from resources.gorgias.client import Reader
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

OBJECTS = ("users", "teams", "tags", "custom_fields", "customers")
PHASE = "verify: customers"
_CUSTOMERS = "SELECT source_id, channels FROM staging.customers"


def read_objects_back(
    reader: Reader, ledger: Ledger, warehouse: Warehouse, counter: CallCounter, fallback_email: str | None
) -> None:
    """Read what belongs to no day, and every list, in the fewest calls; nothing is compared."""
    at = datetime.now(UTC)
    empty_lists(warehouse)
    with warehouse.transaction() as tx:
        upgrade(tx)
    days = loaded_days(ledger)
    tickets = walk_tickets(reader, warehouse, counter, days, at, _with_values(warehouse, ledger))
    if tickets.values:
        walk_messages(reader, warehouse, counter, days)
    walk_definitions(reader, warehouse, counter, fallback_email, at)
    staged = warehouse.rows(_CUSTOMERS) if warehouse.exists("staging.customers") else []
    numbers = ledger.gorgias_ids("customers")
    channels = {numbers[row["source_id"]]: row["channels"] for row in staged if row["source_id"] in numbers}
    listed = walk_customers(reader, warehouse, channels, at)
    started = time.monotonic()

    def progress(done: int) -> None:
        ledger.note_progress(PHASE, done, len(channels), done / max(time.monotonic() - started, 1e-6))

    merged = read_customers(reader, warehouse, channels, at, progress)
    counter.take("customers", minimum_pages(listed.rows) + len(channels) + merged)
    counter.keep(warehouse, [UNPARTITIONED], at)


def _with_values(warehouse: Warehouse, ledger: Ledger) -> set[int]:
    """Gorgias ids of the tickets that are staged with custom field values."""
    if not warehouse.exists("staging.tickets"):
        return set()
    numbers = ledger.gorgias_ids("tickets")
    rows = warehouse.rows("SELECT source_id FROM staging.tickets WHERE field_values NOT IN ('', '{}')")
    return {numbers[row["source_id"]] for row in rows if row["source_id"] in numbers}


def loaded_days(ledger: Ledger, keys: list[str] | None = None) -> dict[int, str]:
    """Gorgias id -> partition of every ticket that was created or adopted."""
    rows = ledger.outcomes_of("tickets", keys)
    rows = rows[rows["outcome"].isin(["created", "adopted"]) & rows["gorgias_id"].notna()]
    return {int(number): day for number, day in zip(rows["gorgias_id"], rows["partition"], strict=True)}


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"gorgias", "duckdb"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["gorgias", "customers"]),
        dg.AssetKey(["gorgias", "tickets"]),
        dg.AssetKey(["gorgias", "ticket_messages"]),
    ],
    metadata=DIFFERENCES.metadata(),
    check_specs=[*(one.check.spec for one in WITHOUT_DAY), STRANGERS.spec],
)
def target_sweep(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Every list of Gorgias once, 100 rows a call, and each customer, whose channels no list shows; then compared.

    Users, teams, tags, custom fields and customers are held field by field against their staged rows. Tickets are
    listed for doubles, and kept whole where their rows show custom field values; then their messages are listed too.
    """
    open_warehouse, open_ledger, started = warehouse.get(), ledger.get(), time.monotonic()
    meter = CallCounter(lambda: gorgias.connection.requests)
    read_objects_back(gorgias.reader, open_ledger, open_warehouse, meter, settings.get().gorgias_fallback_user)
    compare_objects(open_warehouse, open_ledger, datetime.now(UTC))
    evidence = EventEvidence(gorgias.reader, open_ledger, open_warehouse)
    explain(evidence, OBJECTS, [UNPARTITIONED])
    rows = of_slices(open_warehouse, OBJECTS, [UNPARTITIONED])
    for name, minimum, used in meter.rows:
        context.log.info(f"{name}: {used} calls, the fewest possible are {minimum}")
    return dg.MaterializeResult(
        metadata={
            "calls": meter.used,
            "calls_minimum": meter.minimum,
            "events_read": evidence.lookups,
            "seconds": round(time.monotonic() - started, 1),
            **{f"{row['object']}_{name}": row[name] for row in rows for name in ("written", "compared", "equal")},
        },
        check_results=[
            *(one.report(context, open_warehouse, open_ledger, [UNPARTITIONED]) for one in WITHOUT_DAY),
            STRANGERS.report(context, open_ledger, lambda: {None: strangers(open_warehouse)}),
        ],
    )
