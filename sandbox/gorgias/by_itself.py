"""What the account does to tickets by itself a moment after an answer: auto-merge and auto-split (gorgias-api.md 14).

It belongs here: when they act, and what becomes of the tickets. It does not: rules, AI Agent and surveys (effects.py).
"""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.moments import parse
from sandbox.gorgias.table import Record
from sandbox.gorgias.ticket_merge import merge_tickets

DAY = 86_400.0


def run_due(account: Account) -> None:
    """Do what is due; called before every request."""
    due, account.due = account.due, []
    for one in due:
        one()


def setting(account: Account, kind: str) -> dict[str, Any]:
    """The data of a setting of the account; {} where there is none."""
    row = next((row for row in account.settings if row["type"] == kind), None)
    return (row or {}).get("data") or {}


def merge_later(account: Account, ticket: Record) -> None:
    """Open tickets of one customer and channel, created within the window, become one: the older one."""
    how = setting(account, "auto-merge").get("tickets") or {}
    if not how.get("enabled") or (ticket["imported"] and not account.switches["G-43"]):
        return
    account.due.append(lambda: _merge(account, ticket["id"], float(how.get("merging_window_days", 5)) * DAY))


def split_later(account: Account, ticket: Record, message: Record, last: str | None) -> None:
    """A customer's e-mail after a long silence becomes a ticket of its own.

    Args:
        last: when the message before it was created.
    """
    how = setting(account, "auto-split").get("email") or {}
    long = float(how.get("split_after_days", 10)) * DAY
    mail = message["channel"] == "email" and not message["from_agent"]
    if how.get("enabled") and account.switches["G-44"] and mail and last and _apart(last, message) > long:
        account.due.append(lambda: _split(account, ticket["id"], message["id"]))


def _apart(last: str, message: Record) -> float:
    return (parse(message["created_datetime"]) - parse(last)).total_seconds()


def _merge(account: Account, ticket_id: int, window: float) -> None:
    ticket = account.tickets.get(ticket_id)
    if ticket is None or ticket["status"] != "open" or ticket["customer_id"] is None:
        return
    for other in account.tickets.by("customer_id", ticket["customer_id"]):
        near = abs((parse(other["created_datetime"]) - parse(ticket["created_datetime"])).total_seconds()) <= window
        same = other["channel"] == ticket["channel"] and other["status"] == "open" and other["id"] != ticket_id
        if near and same:
            merge_tickets(account, ticket_id, other["id"])
            return


def _split(account: Account, ticket_id: int, message_id: int) -> None:
    ticket, message = account.tickets.get(ticket_id), account.messages.get(message_id)
    if ticket is None or message is None:
        return
    own = {"id": None, "external_id": None, "imported": None, "created_datetime": message["created_datetime"]}
    new = account.tickets.add({**ticket, **own, "status": "open", "split_from": ticket_id, "tag_ids": []})
    message["ticket_id"] = new["id"]
    account.messages.save(message)
    account.event("ticket-split", "Ticket", ticket_id, {"ticket_id": new["id"]})
