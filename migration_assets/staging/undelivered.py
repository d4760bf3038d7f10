"""Files that cannot be delivered, told in their ticket: lines of its internal note (design.md 6). Pure."""

from __future__ import annotations

from migration_assets.staging.file_names import safe_name
from migration_assets.staging.inputs import Inputs
from migration_assets.staging.tickets import Ticket

REASONS = {
    "expired": "its link had expired",
    "pending": "it was not downloaded",
    "gone": "Ivinex does not have it any more",
    "too_large": "it is larger than the migration takes",
    "empty": "it is empty in Ivinex",
    "refused_address": "its address leads where nothing may be fetched",
    "unreadable": "Ivinex did not give it out whole",
}


def tell_undelivered(ticket: Ticket, inputs: Inputs) -> None:
    """Note each file whose content is not there, for the ledger and for the agents who read the ticket."""
    if ticket.bodies is None or inputs.files_later:
        return
    for row in ticket.bodies.files(ticket.source_id):
        if row["status"] != "ok":
            reason = REASONS[row["status"]]
            line = f'The file "{safe_name(row["name"])}" of {row["record_source_id"]} was not carried over: {reason}'
            ticket.lose("file", f"not carried over: {row['status']}", row["source_id"], line)
