"""Customers for tickets without one: one stub per missing contact id, one per ticket that names no contact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migration_assets.mapping.model import Mapping
from migration_assets.partitions import NO_PARTITION
from migration_assets.staging.chunks import chunks
from migration_assets.staging.context import StagingContext, tabs_with_rows
from migration_assets.staging.people.customer_rows import stub_row
from migration_assets.transforms.apply import parse_raw
from migration_assets.transforms.dispatch import transform, wire_text
from migration_assets.transforms.lookups import Lookups
from resources.warehouse import Connection

NO_CONTACT = "#customer"


def contact_ids(records: list[dict[str, Any]], mapping: Mapping, tab: str, lookups: Lookups) -> list[str | None]:
    """The contact that each ticket names, as source id; None where it names none that can be read."""
    for item in mapping.fields.get("ticket", []):
        if item.collection_type_id == tab and str(item.target) == "standard contact":
            return transform([wire_text(record.get(item.source)) for record in records], item, lookups).values
    return [None] * len(records)


def stubs(tx: Connection, context: StagingContext) -> Iterator[list[dict[str, Any]]]:
    """Chunks of stub rows, for the tickets that belong to a day."""
    seen: set[str] = set()
    for tab in tabs_with_rows(tx, "ivinex.ticket_sweep"):
        plan = tx.query(
            "SELECT source_id, strlen(raw) AS bytes FROM ivinex.ticket_sweep "
            "WHERE collection_type_id = ? AND partition <> ? ORDER BY try_cast(collection_id AS BIGINT), source_id",
            [tab, NO_PARTITION],
        )
        for ids in chunks(plan):
            frame = tx.query(
                "SELECT source_id, raw FROM ivinex.ticket_sweep WHERE source_id IN (SELECT unnest(?::VARCHAR[])) "
                "ORDER BY try_cast(collection_id AS BIGINT), source_id",
                [ids],
            )
            named = contact_ids(parse_raw(frame["raw"].tolist()), context.mapping, tab, context.lookups)
            missing = _missing(tx, sorted({contact for contact in named if contact} - seen))
            seen |= missing
            made = [_of_contact(contact, context) for contact in sorted(missing)]
            tickets = zip(frame["source_id"].tolist(), named, strict=True)
            yield made + [_of_ticket(ticket, context) for ticket, contact in tickets if contact is None]


def _missing(tx: Connection, contacts: list[str]) -> set[str]:
    """Those that no sweep of contacts has seen."""
    if not contacts or not tx.exists("ivinex.contacts"):
        return set(contacts)
    found = tx.query(
        "SELECT source_id FROM ivinex.contacts WHERE source_id IN (SELECT unnest(?::VARCHAR[]))", [contacts]
    )
    return set(contacts) - set(found["source_id"])


def _of_contact(source_id: str, context: StagingContext) -> dict[str, Any]:
    name = f"Missing Ivinex contact {source_id.rsplit(':', 1)[-1]}"
    return stub_row(source_id, name, {"ivinex_id": source_id, "stub": "missing contact"}, context.stub_domain)


def _of_ticket(ticket: str, context: StagingContext) -> dict[str, Any]:
    name = f"No contact (Ivinex ticket {ticket.rsplit(':', 1)[-1]})"
    data = {"ivinex_ticket": ticket, "stub": "ticket without contact"}
    return stub_row(f"{ticket}{NO_CONTACT}", name, data, context.stub_domain)
