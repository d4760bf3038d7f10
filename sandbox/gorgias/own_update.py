"""What Gorgias does with a ticket by itself right after its create: language and a managed field (gorgias-api.md 14).

It belongs here: when, and under whose name. It does not: rules, AI Agent and surveys (effects.py).
"""

from __future__ import annotations

from sandbox.gorgias.account import Account
from sandbox.gorgias.moments import written
from sandbox.gorgias.table import Record

LANGUAGE = "en"
INTENT = "ai_intent"


def after_create(account: Account, ticket: Record) -> None:
    """Remember the ticket, where the account updates tickets by itself; the API user's id stands behind it."""
    seconds = account.switches["G-45"]
    if seconds is not None and account.actor is not None:
        account.own_updates.append((account.clock() + seconds, ticket["id"], account.actor))


def run_due(account: Account) -> None:
    """Carry out what is due by the account's clock; called before every request."""
    now = account.clock()
    due = [one for one in account.own_updates if one[0] <= now]
    if not due:
        return
    account.own_updates = [one for one in account.own_updates if one[0] > now]
    for at, number, actor in due:
        ticket = account.tickets.get(number)
        if ticket is None:
            continue
        ticket["language"] = ticket["language"] or LANGUAGE
        for field in account.custom_fields:
            choices = field["definition"]["input_settings"].get("choices")
            if field["managed_type"] == INTENT and choices:
                ticket["custom_fields"].setdefault(str(field["id"]), choices[0])
        ticket["updated_datetime"] = written(at)
        account.tickets.save(ticket)
        account.event("ticket-updated", "Ticket", number)
        event = max(account.events.by("object", ("Ticket", number)), key=lambda one: one["id"])
        event.update(user_id=actor, created_datetime=written(at))
        account.events.save(event)
