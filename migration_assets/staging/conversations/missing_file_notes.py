"""Files that cannot be delivered, told in their ticket by an internal note of its own (docs/mapping.md). Pure.

It belongs here: what the note says. It does not: other losses (messages.py). The note stands apart from theirs because
files may come in a later pass (FILES=later): it is then added to a known ticket, whose create stays what it was.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from migration_assets.staging.conversations import messages
from migration_assets.staging.conversations.tickets import Ticket
from migration_assets.staging.file_names import safe_name
from migration_assets.transforms.text import cut_bytes
from resources.ledger import Loss

REASONS = {
    "expired": "its link had expired",
    "pending": "it was not downloaded",
    "gone": "Ivinex does not have it any more",
    "too_large": "it is larger than the migration takes",
    "empty": "it is empty in Ivinex",
    "refused_address": "its address leads where nothing may be fetched",
    "unreadable": "Ivinex did not give it out whole",
}


def note_undelivered(ticket: Ticket) -> None:
    """Note each file whose content is not there, for the ledger and for the agents who read the ticket."""
    for row in ticket.bodies.files(ticket.source_id) if ticket.bodies else []:
        if row["status"] != "ok":
            kind = f"not carried over: {row['status']}"
            ticket.losses.append(Loss("file", kind, row["source_id"], partition=ticket.partition))
            name = safe_name(row["name"])
            reason = REASONS[row["status"]]
            ticket.undelivered.append(f'The file "{name}" of {row["record_source_id"]} was not carried over: {reason}')


def undelivered_note(ticket: Ticket, at: datetime) -> dict[str, Any] | None:
    """The note, dated at the ticket's last message; None where every file is there."""
    if not ticket.undelivered:
        return None
    text = "Files and images of this ticket that are not here as they were in Ivinex:\n" + "\n".join(
        f"- {line}" for line in ticket.undelivered
    )
    return messages.synthetic_note(ticket, "undelivered", at, cut_bytes(text)[0])
