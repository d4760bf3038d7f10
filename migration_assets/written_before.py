"""Records that hang on no ticket any more and are in Gorgias all the same: written before, and never taken back.

It belongs here: finding them, and why they are loose now. It does not: what is booked or told of them.
"""

from collections.abc import Collection

from resources.ledger import Ledger
from resources.warehouse import Warehouse

TICKET_GONE = "its ticket is gone at the source"
UNLINKED = "it hangs on its ticket no more"


def written_before(warehouse: Warehouse, ledger: Ledger, records: Collection[str]) -> dict[str, dict[str, str]]:
    """Record -> the ticket that it was written to, and why it hangs on that one no more; only what is in Gorgias."""
    if not records:
        return {}
    wanted, found = set(records), dict[str, str]()
    for batch in ledger.outcomes.outcome_batches(["messages"]):
        there = batch[batch["outcome"].isin(["created", "adopted"])]
        for source_id in there["source_id"]:
            record, _, ticket = str(source_id).partition("@")
            if ticket and record in wanted:
                found[record] = ticket.partition("#")[0]
    still = warehouse.rows(
        "SELECT DISTINCT source_id FROM ivinex.ticket_sweep WHERE list_contains(?, source_id)",
        [sorted(set(found.values()))],
        if_exists="ivinex.ticket_sweep",
    )
    at_source = {row["source_id"] for row in still}
    return {
        record: {"ticket": ticket, "why": UNLINKED if ticket in at_source else TICKET_GONE}
        for record, ticket in found.items()
    }
