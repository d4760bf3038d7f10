"""Reading a chunk: its tickets with their customers, its activities and tasks, each through the map.

Reads ivinex.tickets, ivinex.activities and staging.customers on the caller's transaction; writes nothing. It does not
belong here: what they become together (batch_builder.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.model import Role
from migration_assets.staging.context import StagingContext
from migration_assets.staging.conversations import messages, task_notes, tickets
from migration_assets.staging.conversations.tickets import Customer, Ticket
from migration_assets.staging.people.stub_contacts import NO_CONTACT
from migration_assets.transforms.apply import MappedRecords, apply, parse_raw
from resources.ledger import Loss
from resources.warehouse import Connection

Activity = tuple[dict[str, Any], dict[str, Any], MappedRecords, int]
"""Row of ivinex.activities or ivinex.tasks with its `role`, wire record, map results, position in them."""

_ACTIVITIES = """
SELECT partition, ticket_source_id, collection_type_id, collection_id, source_id, content_hash, raw, created_at
FROM ivinex.activities
"""

_CUSTOMERS = """
WITH wanted AS (SELECT unnest(?::VARCHAR[]) AS contact),
known AS (
    SELECT source_id AS contact, source_id FROM staging.customers
    UNION ALL
    SELECT unnest(from_json(merged, '["VARCHAR"]')), source_id FROM staging.customers WHERE merged <> '[]'
)
SELECT contact, c.source_id, c.name, c.email, c.channels
FROM wanted JOIN known USING (contact) JOIN staging.customers c ON c.source_id = known.source_id
"""
_NEVER = datetime.max.replace(tzinfo=UTC)


def read_activities(
    tx: Connection, ids: list[str], days: tuple[str, str], context: StagingContext, losses: list[Loss]
) -> dict[str, list[Activity]]:
    """Ticket -> its activities and tasks in time order, ties by record id (docs/mapping.md)."""
    grouped: dict[str, list[Activity]] = defaultdict(list)
    sources: dict[Role, str] = {"activity": _ACTIVITIES, "task": task_notes.TASKS_ON_TICKETS}
    for role, source in sources.items():
        frame = tx.query(
            f"SELECT * FROM ({source}) "  # noqa: S608
            "WHERE partition BETWEEN ? AND ? AND ticket_source_id IN (SELECT unnest(?::VARCHAR[]))",
            [*days, ids],
        )
        for part, applied in _applied(to_rows(frame), context, role, losses):
            for i, row in enumerate(part):
                grouped[row["ticket_source_id"]].append((row | {"role": role}, row["record"], applied, i))
    for listed in grouped.values():
        listed.sort(key=lambda a: (messages.moment_of(a[0], a[2], a[3]) or _NEVER, _number(a[0]), a[0]["source_id"]))
    return grouped


def read_tickets(
    tx: Connection,
    ids: list[str],
    days: tuple[str, str],
    context: StagingContext,
    activities: dict[str, list[Activity]],
    losses: list[Loss],
) -> Iterator[Ticket]:
    """Tickets in the order of their ids, each with its customer; refused where the map or its customer says so."""
    frame = tx.query(
        "SELECT * FROM ivinex.tickets WHERE partition BETWEEN ? AND ? AND source_id IN (SELECT unnest(?::VARCHAR[]))",
        [*days, ids],
    )
    order = {source_id: place for place, source_id in enumerate(ids)}
    listed = sorted(to_rows(frame), key=lambda row: order[row["source_id"]])
    parts = list(_applied(listed, context, "ticket", losses))
    named = {
        row["source_id"]: applied.get("contact", i) or row["source_id"] + NO_CONTACT
        for part, applied in parts
        for i, row in enumerate(part)
    }
    customers = _customers(tx, sorted(set(named.values())))
    for part, applied in parts:
        for i, row in enumerate(part):
            of_ticket = activities.get(row["source_id"], [])
            moments = (messages.moment_of(a[0], a[2], a[3]) for a in of_ticket if a[0]["role"] == "activity")
            first = next((moment for moment in moments if moment), None)
            customer = customers.get(named[row["source_id"]])
            created = tickets.created_at(row, first)
            ticket = Ticket(row, row["record"], applied, i, customer, created, named[row["source_id"]])
            if i in applied.rejects:
                ticket.refused = ("needs_mapping", applied.rejects[i])
            elif customer is None:
                contact = named[row["source_id"]]
                ticket.refused = ("never_possible", f"its customer is not staged (quarantine of contact {contact})")
            yield ticket


def _applied(
    listed: list[dict[str, Any]], context: StagingContext, role: Role, losses: list[Loss]
) -> Iterator[tuple[list[dict[str, Any]], MappedRecords]]:
    """Parse and map the rows by partition and tab, so that losses are counted per partition."""
    for row, record in zip(listed, parse_raw([row.pop("raw") for row in listed]), strict=True):
        row["record"] = record
    parts: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in listed:
        parts[(row["partition"], row["collection_type_id"])].append(row)
    for (partition, tab), part in parts.items():
        applied = apply([row["record"] for row in part], context.mapping, role, tab, context.lookups)
        losses += [
            Loss(where, kind, count=count, partition=partition) for (where, kind), count in applied.losses.items()
        ]
        losses += [
            Loss(where, kind, part[position]["source_id"], partition=partition)
            for position, where, kind in applied.dropped
        ]
        yield part, applied


def _customers(tx: Connection, contacts: list[str]) -> dict[str, Customer]:
    found = {}
    for row in to_rows(tx.query(_CUSTOMERS, [contacts])):
        addresses = frozenset(channel["address"] for channel in orjson.loads(row["channels"]))
        found[row["contact"]] = Customer(row["source_id"], row["name"], row["email"], addresses)
    return found


def _number(row: dict[str, Any]) -> int:
    return int(row["collection_id"]) if str(row["collection_id"]).isdigit() else 0
