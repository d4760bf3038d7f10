"""reconciliation/target_sweep: Gorgias's lists walked once, customers read, objects without days compared."""

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from migration_assets.gorgias.expected_differences import value_of
from migration_assets.gorgias.field_state import restored
from migration_assets.gorgias.merge_base import WRITTEN
from migration_assets.gorgias.target_events import newest_event
from migration_assets.reconciliation.target.call_counts import CallCounter, minimum_pages
from migration_assets.reconciliation.target.customer_proof import CustomerProof
from migration_assets.reconciliation.target.list_reads import (
    empty_lists,
    walk_customers,
    walk_definitions,
    walk_messages,
    walk_tickets,
)
from migration_assets.reconciliation.target.single_reads import read_customers
from migration_assets.reconciliation.target.target_tables import LISTS_MARK, UNPARTITIONED, frame_of, upgrade
from resources.gorgias.client import Reader
from resources.ledger import Ledger
from resources.warehouse import Warehouse

OBJECT_COMPARISON_OBJECTS = ("users", "teams", "tags", "custom_fields", "customers")
PHASE = "verify: customers"
_CUSTOMERS = "SELECT source_id, channels FROM staging.customers"


def read_objects_back(
    reader: Reader,
    ledger: Ledger,
    warehouse: Warehouse,
    counter: CallCounter,
    fallback_email: str | None,
    share: float = 1.0,
) -> None:
    """Read what belongs to no day, and every list, in the fewest calls; nothing is compared.

    Args:
        share: of the customers, which are read one by one although the list and an answer would prove them.
    """
    at = datetime.now(UTC)
    # What happens from here on may be missed by a list: who takes its rows for a day's asks for events since.
    mark = newest_event(reader)
    counter.take("events", 1)
    empty_lists(warehouse)
    warehouse.replace(LISTS_MARK, frame_of(LISTS_MARK, [{"newest_event": mark}]))
    with warehouse.transaction() as tx:
        upgrade(tx)
    days = loaded_days(ledger)
    tickets = walk_tickets(reader, warehouse, counter, days, at, _with_values(warehouse, ledger))
    if tickets.values:
        walk_messages(reader, warehouse, counter, days)
    walk_definitions(reader, warehouse, counter, fallback_email, at)
    channels = _channels(warehouse, ledger.known_writes.gorgias_ids("customers"))
    listed, proved = walk_customers(reader, warehouse, channels, CustomerProof(warehouse, ledger, share), at)
    channels = {number: held for number, held in channels.items() if number not in proved}
    merged = read_customers(reader, warehouse, channels, at, ledger.progress.noting(PHASE, len(channels)))
    counter.take("customers", minimum_pages(listed) + len(channels) + merged)
    counter.keep(warehouse, [UNPARTITIONED], at)


def _channels(warehouse: Warehouse, numbers: Mapping[str, int]) -> dict[int, str]:
    """Gorgias id -> channels of what was written: as staged, or as written where the source holds the contact no more.

    A customer that stands in Gorgias is read back, whatever became of it at the source.
    """
    warehouse.ensure(WRITTEN)
    found: dict[int, str] = {}
    for row in warehouse.rows("SELECT source_id, base FROM gorgias.written WHERE object = 'customers'"):
        base = orjson.loads(row["base"] or "null") or {}
        if row["source_id"] in numbers and base.get("customer"):
            names = value_of(restored(base["customer"]), "channels")
            parts = [name.partition(":") for name in names]
            told = [{"type": kind, "address": address} for kind, _, address in parts]
            found[numbers[row["source_id"]]] = orjson.dumps(told).decode()
    staged = warehouse.rows(_CUSTOMERS) if warehouse.exists("staging.customers") else []
    return found | {numbers[row["source_id"]]: row["channels"] for row in staged if row["source_id"] in numbers}


def _with_values(warehouse: Warehouse, ledger: Ledger) -> set[int]:
    """Gorgias ids of the tickets that are staged with custom field values."""
    if not warehouse.exists("staging.tickets"):
        return set()
    numbers = ledger.known_writes.gorgias_ids("tickets")
    rows = warehouse.rows("SELECT source_id FROM staging.tickets WHERE field_values NOT IN ('', '{}')")
    return {numbers[row["source_id"]] for row in rows if row["source_id"] in numbers}


def loaded_days(ledger: Ledger, keys: list[str] | None = None) -> dict[int, str]:
    """Gorgias id -> partition of every ticket that was created or adopted."""
    rows = ledger.outcomes.outcomes_of("tickets", keys)
    rows = rows[rows["outcome"].isin(["created", "adopted"]) & rows["gorgias_id"].notna()]
    return {int(number): day for number, day in zip(rows["gorgias_id"], rows["partition"], strict=True)}
