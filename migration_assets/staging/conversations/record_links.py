"""Links of a ticket with records that do not hang on it: parent and child tickets, organizations, other tabs. Pure.

It belongs here: which links a ticket has, and what its meta and its internal note say of them. It does not: finding
links (ivinex/relations/resolve.py), and the list of all of them with both ids (handoff/record_links).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from migration_assets.ivinex.tables import OTHER_LINKS
from migration_assets.mapping.model import Mapping
from migration_assets.staging.conversations.tickets import Ticket
from resources.warehouse import Connection

KEY = "ivinex_links"
_LINKS = f"""
SELECT DISTINCT one_source_id, other_source_id FROM {OTHER_LINKS.name}
WHERE one_source_id IN (SELECT unnest($ids::VARCHAR[])) OR other_source_id IN (SELECT unnest($ids::VARCHAR[]))
"""  # noqa: S608


def links_of(tx: Connection, tickets: Sequence[str]) -> dict[str, list[str]]:
    """Ticket -> the records that Ivinex links with it, in order."""
    if not tx.exists(OTHER_LINKS):
        return {}
    asked, found = set(tickets), defaultdict(set)
    for row in tx.rows(_LINKS, {"ids": list(tickets)}):
        one, other = row["one_source_id"], row["other_source_id"]
        for end, far in ((one, other), (other, one)):
            if end in asked and far != end:
                found[end].add(far)
    return {ticket: sorted(linked) for ticket, linked in found.items()}


def tell(ticket: Ticket, linked: Sequence[str], mapping: Mapping) -> None:
    """Its meta names every linked record but its own contact; those that the map asks for stand in a note as well.

    A note names the other record by its external id, as bodies do.
    """
    linked = [other for other in linked if other != ticket.contact]
    if not linked:
        return
    ticket.applied.extra[ticket.at].setdefault(KEY, linked)
    role_of = {tab: role for tab, role in mapping.tabs().items() if role in mapping.link_notes}
    for other in linked:
        if role := role_of.get(other.split(":")[1]):
            ticket.applied.notes[ticket.at].append(f"Linked {role}: [{other}]")
