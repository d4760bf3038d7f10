"""Two tickets become one, as auto-merge does it and a person in the UI: no operation of the API does.

It belongs here: what moves over, and what the one that is gone leaves behind. It does not: when (by_itself.py,
control.py).
"""

from __future__ import annotations

from sandbox.gorgias.account import Account


def merge_tickets(account: Account, gone: int, survivor: int) -> None:
    """The messages of one go over to the other; whoever asks for the one is answered 301 with the survivor's address.

    Raises:
        ValueError: one of them is not there, or they are the same.
    """
    ticket, other = account.tickets.get(gone), account.tickets.get(survivor)
    if ticket is None or other is None or ticket is other:
        raise ValueError("two tickets that are there")
    for message in account.messages.by("ticket_id", gone):
        message["ticket_id"] = survivor
        account.messages.save(message)
    other["updated_datetime"] = account.now()
    account.tickets.save(other)
    account.tickets.remove(gone)
    for earlier in account.ticket_merges:
        if earlier["into"] == gone:
            earlier["into"] = survivor
            account.ticket_merges.save(earlier)
    account.ticket_merges.add({"id": gone, "into": survivor})
    account.event("ticket-merged", "Ticket", survivor, {"source_id": gone})
