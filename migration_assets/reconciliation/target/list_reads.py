"""Gorgias's lists walked to their end, 100 rows a call, kept as rows of the warehouse.

It belongs here: lists. It does not: what only a single read shows (single_reads.py) and comparing. Only GETs are sent,
and no warehouse connection is open while Gorgias is waited for.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from migration_assets.reconciliation.target import response_parser
from migration_assets.reconciliation.target.call_counts import CallCounter, minimum_pages
from migration_assets.reconciliation.target.customer_proof import LISTED_AND_ANSWERED, CustomerProof
from migration_assets.reconciliation.target.target_tables import (
    CUSTOMERS,
    DEFINITIONS,
    LISTED,
    MESSAGES,
    PRESENT,
    TICKETS,
    frame_of,
)
from resources.gorgias.client import Reader
from resources.gorgias.external_ids import is_of_this_site
from resources.warehouse import Table, Warehouse

OLDEST_FIRST = "created_datetime:asc"
"""So that what is created meanwhile comes at the end and moves no page."""
_BATCH = 2_000


@dataclass(frozen=True)
class Walked:
    """How many rows a list held, and whether they show custom field values."""

    rows: int
    values: bool = False


class Batches:
    """Rows on their way into a table, written in batches."""

    def __init__(self, warehouse: Warehouse, table: Table):
        self._warehouse, self._table = warehouse, table
        self._rows: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        self._warehouse.append(self._table, frame_of(self._table, self._rows))
        self._rows = []


def walk_tickets(
    reader: Reader,
    warehouse: Warehouse,
    counter: CallCounter,
    days: Mapping[int, str],
    read_at: datetime,
    valued: Container[int] = (),
) -> Walked:
    """Every ticket of the account, trash included.

    Args:
        days: Gorgias id -> partition of the tickets that were loaded.
        valued: those to which custom field values were given. A row that shows none of one of these may be an
            account that shows values in single reads only, so that ticket is asked for by itself.

    Returns:
        `values` where list rows show custom field values (recorded: they do; documented: they do not): then they are
        kept as read back, and with the list of messages no single read is needed.
    """
    shown = False
    rows = 0
    listed, whole = Batches(warehouse, LISTED), Batches(warehouse, TICKETS)
    for row in reader.rows("/api/tickets", order_by=OLDEST_FIRST):
        rows += 1
        if _ours(row, days):
            listed.add(_listed("tickets", row, read_at))
        values = row.get("custom_fields")
        if row["id"] in days and (values or (values is not None and row["id"] not in valued)):
            if not shown:
                warehouse.replace(TICKETS, frame_of(TICKETS, []))
            shown = True
            whole.add(
                response_parser.ticket(row) | {"partition": days[row["id"]], "found": PRESENT, "read_at": read_at}
            )
    listed.flush()
    whole.flush()
    counter.take("tickets", minimum_pages(rows))
    return Walked(rows, shown)


def walk_messages(reader: Reader, warehouse: Warehouse, counter: CallCounter, days: Mapping[int, str]) -> Walked:
    """Every message of the account; kept: those on the tickets in `days`."""
    warehouse.replace(MESSAGES, frame_of(MESSAGES, []))
    kept, rows = Batches(warehouse, MESSAGES), 0
    for row in reader.rows("/api/messages", order_by=OLDEST_FIRST):
        rows += 1
        if row["ticket_id"] in days:
            kept.add(response_parser.message(row, row["ticket_id"]) | {"partition": days[row["ticket_id"]]})
    kept.flush()
    counter.take("messages", minimum_pages(rows))
    return Walked(rows)


def walk_customers(
    reader: Reader, warehouse: Warehouse, ids: Mapping[int, str], proof: CustomerProof, read_at: datetime
) -> tuple[int, set[int]]:
    """Every customer of the account: ids and external ids; and whole rows of those that need no read of their own.

    Returns:
        How many rows the list held, and the customers that are kept whole.
    """
    kept, whole, rows = Batches(warehouse, LISTED), Batches(warehouse, CUSTOMERS), 0
    proved: set[int] = set()
    warehouse.replace(CUSTOMERS, frame_of(CUSTOMERS, []))
    for row in reader.rows("/api/customers", order_by=OLDEST_FIRST):
        rows += 1
        if _ours(row, ids):
            kept.add(_listed("customers", row, read_at))
        if row["id"] not in proved and (found := proof.proved(row)) is not None:
            proved.add(row["id"])
            whole.add(found | {"found": PRESENT, "read_at": read_at, "proof": LISTED_AND_ANSWERED})
    kept.flush()
    whole.flush()
    return rows, proved


def walk_definitions(
    reader: Reader, warehouse: Warehouse, counter: CallCounter, fallback_email: str | None, read_at: datetime
) -> Walked:
    """Users, teams, tags and custom fields, whole; and who stands in for authors without a user."""
    made: list[dict[str, Any]] = []
    for name, lists in _DEFINITIONS.items():
        minimum = 0
        for path, asked in lists:
            rows = list(reader.rows(path, **asked))
            minimum += minimum_pages(len(rows))
            made += [response_parser.definition(name, row) | {"read_at": read_at} for row in rows]
        if name == "users":
            minimum += _mark_fallback(reader, made, fallback_email)
        counter.take(name, minimum)
    warehouse.replace(DEFINITIONS, frame_of(DEFINITIONS, made))
    return Walked(len(made))


_DEFINITIONS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "users": [("/api/users", {})],
    "teams": [("/api/teams", {})],
    "tags": [("/api/tags", {})],
    "custom_fields": [("/api/custom-fields", {"object_type": kind}) for kind in ("Ticket", "Customer")],
}


def _mark_fallback(reader: Reader, users: list[dict[str, Any]], email: str | None) -> int:
    """Returns the calls that it takes: one where the credential's own user stands in."""
    own = reader.get("/api/users/0")["id"] if not email else None
    for user in users:
        same = bool(email) and str(user["email"] or "").lower() == str(email).lower()
        user["fallback"] = same or user["gorgias_id"] == own
    return 0 if email else 1


def _ours(row: dict[str, Any], ids: Mapping[int, str]) -> bool:
    return row["id"] in ids or is_of_this_site(row.get("external_id"))


def _listed(name: str, row: dict[str, Any], read_at: datetime) -> dict[str, Any]:
    return {"object": name, "gorgias_id": row["id"], "external_id": row.get("external_id"), "read_at": read_at}


def empty_lists(warehouse: Warehouse) -> None:
    """Before a sweep: what the last one listed."""
    warehouse.replace(LISTED, frame_of(LISTED, []))
