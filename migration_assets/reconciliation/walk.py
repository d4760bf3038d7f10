"""One walk over what Gorgias holds: tickets, customers and messages, 100 to a call, kept as rows of the warehouse.

It belongs here: reading lists and their shape. It does not: comparing (agreement.py). Only GETs are sent, and no
warehouse connection is open while Gorgias is waited for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import pandas as pd

from resources.gorgias.client import Reader
from resources.warehouse import Table, Warehouse

OURS = "ivinex:"
"""External ids of this migration begin so."""
_BATCH = 2_000

TICKETS = Table(
    "reconciliation.target_tickets",
    {
        "gorgias_id": ("BIGINT", "the ticket"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "subject": ("VARCHAR", "subject"),
        "status": ("VARCHAR", "open or closed"),
        "priority": ("VARCHAR", "priority"),
        "channel": ("VARCHAR", "channel"),
        "customer_id": ("BIGINT", "its customer in Gorgias"),
        "assignee_id": ("BIGINT", "its user in Gorgias, NULL where unassigned"),
        "team_id": ("BIGINT", "its team in Gorgias, NULL where it has none"),
        "created_at": ("TIMESTAMPTZ", "created_datetime"),
        "closed_at": ("TIMESTAMPTZ", "closed_datetime"),
        "trashed": ("BOOLEAN", "in the trash"),
        "messages": ("BIGINT", "messages_count"),
        "tags": ("VARCHAR", "JSON list of names"),
    },
)
CUSTOMERS = Table(
    "reconciliation.target_customers",
    {
        "gorgias_id": ("BIGINT", "the customer"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "name": ("VARCHAR", "full name"),
        "email": ("VARCHAR", "primary address"),
    },
)
MESSAGES = Table(
    "reconciliation.target_messages",
    {
        "gorgias_id": ("BIGINT", "the message"),
        "ticket_id": ("BIGINT", "its ticket in Gorgias"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "channel": ("VARCHAR", "channel"),
        "from_agent": ("BOOLEAN", "direction"),
        "public": ("BOOLEAN", "seen by the customer"),
        "sender_id": ("BIGINT", "user or customer in Gorgias"),
        "created_at": ("TIMESTAMPTZ", "created_datetime"),
        "sent_at": ("TIMESTAMPTZ", "sent_datetime"),
    },
)


@dataclass(frozen=True)
class Walked:
    """How many rows a list held, how many of them concern this migration, and in how many calls."""

    rows: int
    kept: int
    calls: int


def walk_tickets(reader: Reader, warehouse: Warehouse, ids: set[int]) -> Walked:
    """Every ticket of the account, trash included; kept: those in `ids` or with an external id of ours."""

    def keep(row: dict[str, Any]) -> bool:
        return row["id"] in ids or str(row.get("external_id") or "").startswith(OURS)

    return _walk(reader, warehouse, "/api/tickets", TICKETS, keep, _ticket)


def walk_customers(reader: Reader, warehouse: Warehouse, ids: set[int]) -> Walked:
    """Every customer of the account; kept as for tickets."""

    def keep(row: dict[str, Any]) -> bool:
        return row["id"] in ids or str(row.get("external_id") or "").startswith(OURS)

    return _walk(reader, warehouse, "/api/customers", CUSTOMERS, keep, _customer)


def walk_messages(reader: Reader, warehouse: Warehouse, ids: set[int]) -> Walked:
    """Every message of the account; kept: those on the tickets in `ids`."""
    return _walk(reader, warehouse, "/api/messages", MESSAGES, lambda row: row.get("ticket_id") in ids, _message)


def _walk(
    reader: Reader,
    warehouse: Warehouse,
    path: str,
    table: Table,
    keep: Callable[[dict[str, Any]], bool],
    shape: Callable[[dict[str, Any]], dict[str, Any]],
) -> Walked:
    """Oldest first, so that what is created meanwhile comes at the end and moves no page."""
    warehouse.replace(table, _frame(table, []))
    batch: list[dict[str, Any]] = []
    rows = kept = calls = 0
    for page in reader.pages(path, order_by="created_datetime:asc"):
        rows, calls = rows + len(page), calls + 1
        batch += [shape(row) for row in page if keep(row)]
        if len(batch) >= _BATCH:
            warehouse.append(table, _frame(table, batch))
            kept, batch = kept + len(batch), []
    warehouse.append(table, _frame(table, batch))
    return Walked(rows, kept + len(batch), calls)


def _frame(table: Table, rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(table.columns))
    kinds: dict[str, Any] = {"BIGINT": "Int64", "BOOLEAN": "boolean", "VARCHAR": "str"}
    for name, (kind, _) in table.columns.items():
        if kind == "TIMESTAMPTZ":
            # A time without an offset is UTC (gorgias-api.md 5).
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
        else:
            frame[name] = frame[name].astype(kinds[kind])
    return frame


def _ticket(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "gorgias_id": row["id"],
        "external_id": row.get("external_id"),
        "subject": row.get("subject"),
        "status": row.get("status"),
        "priority": row.get("priority"),
        "channel": row.get("channel"),
        "customer_id": _id(row.get("customer")),
        "assignee_id": _id(row.get("assignee_user")),
        "team_id": _id(row.get("assignee_team")),
        "created_at": row.get("created_datetime"),
        "closed_at": row.get("closed_datetime"),
        "trashed": bool(row.get("trashed_datetime")),
        "messages": row.get("messages_count"),
        "tags": orjson.dumps([tag["name"] for tag in row.get("tags") or []]).decode(),
    }


def _customer(row: dict[str, Any]) -> dict[str, Any]:
    names = ("external_id", "name", "email")
    return {"gorgias_id": row["id"]} | {name: row.get(name) for name in names}


def _message(row: dict[str, Any]) -> dict[str, Any]:
    names = ("ticket_id", "external_id", "channel", "from_agent", "public")
    return {
        "gorgias_id": row["id"],
        "sender_id": _id(row.get("sender")),
        "created_at": row.get("created_datetime"),
        "sent_at": row.get("sent_datetime"),
    } | {name: row.get(name) for name in names}


def _id(person: Any) -> int | None:
    return person.get("id") if isinstance(person, dict) else None
