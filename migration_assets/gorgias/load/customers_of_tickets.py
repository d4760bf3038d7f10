"""Writing customers: those that some tickets name, just before these tickets, or all that are left.

It belongs here: which customers tickets name, and the order of a customer's calls. It does not: how one call is built
(customers.py), and what changed of customers since (delta/customer_changes.py).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.load.customers import creates, customer_notes, data, values
from migration_assets.gorgias.load.load_calls import customers_with
from migration_assets.gorgias.load_step import apply_writes
from migration_assets.gorgias.merge_base import with_base
from migration_assets.gorgias.staged_reader import StagedTicket
from resources.gorgias.writer.write import Tally
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.records import WRITTEN, State, WriteKey
from resources.warehouse import Warehouse

CUSTOMERS_PHASE = "gorgias/customers"
_PARTS = ("create", "values", "data")


def write_customers(
    context: Any,
    writer: Writer,
    warehouse: Warehouse,
    started: datetime,
    only: Sequence[str] | None = None,
    phase: str = CUSTOMERS_PHASE,
) -> tuple[Tally, Tally, Tally]:
    """Create, values and `data` of each, every one once; what is there costs no call.

    Args:
        started: when this run began: a customer made before may have been worked on.
        only: leave out all customers but these.
    """
    ledger, reader = writer.ledger, writer.reader
    total = warehouse.scalar("SELECT count(*) FROM staging.customers") if only is None else len(only)
    fields = ledger.known_writes.gorgias_ids("custom_fields")
    calls = {column: len(customers_with(warehouse, column, only)) for column in ("field_values", "data")}

    def noted(chunk: list[dict[str, Any]]) -> None:
        begun = with_base(warehouse, "customers", [row["source_id"] for row in chunk])
        note(warehouse, [one for row in chunk if row["source_id"] not in begun for one in customer_notes(row, fields)])

    made = apply_writes(context, writer, phase, total, creates(warehouse, noted, only))
    following = values(warehouse, ledger, reader, started, only)
    valued = apply_writes(context, writer, f"{phase}: values", calls["field_values"], following)
    documents = data(warehouse, ledger, reader, started, only)
    return made, valued, apply_writes(context, writer, f"{phase}: data", calls["data"], documents)


def customers_needed(tickets: Iterable[StagedTicket]) -> set[str]:
    """Source ids of the customers that these tickets and their messages name."""
    found: set[str | None] = set()
    for one in tickets:
        found.add(one.ticket["customer_source_id"])
        for message in one.messages:
            found |= {message[f"{end}_source_id"] for end in ("sender", "receiver") if message[f"{end}_type"] != "user"}
    return {name for name in found if name}


def not_wholly_written(warehouse: Warehouse, ledger: Ledger, names: Iterable[str]) -> list[str]:
    """Those of these customers of which a call may be open; what Gorgias refused is not asked for again."""
    wanted = sorted(names)
    rows = warehouse.rows(
        "SELECT source_id, coalesce(field_values, '{}') <> '{}' AS \"values\", coalesce(data, '{}') <> '{}' AS data "
        "FROM staging.customers WHERE source_id IN (SELECT unnest(?::VARCHAR[]))",
        [wanted],
    )
    known = ledger.known_writes.known([WriteKey("customers", name, part) for name in wanted for part in _PARTS])
    ended = {*WRITTEN, State.REFUSED, State.CONFLICT}
    through = {(key.source_id, key.part) for key, row in known.items() if row.state in ended}
    return [
        row["source_id"]
        for row in rows
        if any((row["source_id"], part) not in through for part in _PARTS if row.get(part, True))
    ]
