"""The ticket operations: list, create, read, update, delete for good (gorgias-api.md 6.7)."""

from __future__ import annotations

from sandbox.gorgias import ticket_rules
from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import ApiError, Merged, invalid, not_found
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record
from sandbox.gorgias.ticket_views import compact, full

MOST_TICKET_IDS = 100


def ticket_or_404(account: Account, ticket_id: int) -> Record:
    ticket = account.tickets.get(ticket_id)
    if ticket is None:
        if account.ticket_merges.get(ticket_id):
            raise Merged
        raise not_found()
    return ticket


@serves("list-tickets")
def list_tickets(account: Account, call: Call) -> Reply:
    """Trash is included unless `trashed=false`."""
    query = call.query
    if {"view_id", "rule_id"} & set(query):
        raise ApiError(501, "The sandbox does not serve list-tickets by view_id or rule_id.")
    rows: list[Record] | None = None
    if "external_id" in query:
        rows = account.tickets.by("external_id", query["external_id"])
    elif "customer_id" in query:
        rows = account.tickets.by("customer_id", query["customer_id"])
    elif "ticket_ids" in query:
        if len(query["ticket_ids"]) > MOST_TICKET_IDS:
            raise invalid("ticket_ids", f"Longer than maximum length {MOST_TICKET_IDS}.")
        found = [account.tickets.get(ticket_id) for ticket_id in dict.fromkeys(query["ticket_ids"])]
        rows = [ticket for ticket in found if ticket]

    def keep(ticket: Record) -> bool:
        return (
            (query.get("trashed", True) or ticket["trashed_datetime"] is None)
            and ("customer_id" not in query or ticket["customer_id"] == query["customer_id"])
            and ("ticket_ids" not in query or ticket["id"] in query["ticket_ids"])
        )

    filters = not query.get("trashed", True) or {"customer_id", "ticket_ids"} & set(query)
    return listed(
        account,
        call,
        account.tickets,
        lambda ticket: compact(account, ticket),
        rows=rows,
        keep=keep if filters else None,
    )


@serves("create-ticket")
def create_ticket(account: Account, call: Call) -> Reply:
    ticket = ticket_rules.create(account, call.fields(), call.hidden_for)
    return Reply(201, full(account, ticket))


@serves("get-ticket")
def get_ticket(account: Account, call: Call) -> Reply:
    ticket = ticket_or_404(account, call.params["id"])
    return Reply(200, full(account, ticket, values="custom_fields" in call.query.get("relationships", [])))


@serves("update-ticket")
def update_ticket(account: Account, call: Call) -> Reply:
    ticket = ticket_or_404(account, call.params["id"])
    ticket_rules.update(account, ticket, call.body)
    return Reply(202, full(account, ticket))


@serves("delete-ticket")
def delete_ticket(account: Account, call: Call) -> Reply:
    remove(account, ticket_or_404(account, call.params["id"]))
    return Reply(204)


def remove(account: Account, ticket: Record) -> None:
    """Delete a ticket with its messages and survey; there is no way back."""
    for message in account.messages.by("ticket_id", ticket["id"]):
        account.messages.remove(message["id"])
    for survey in account.surveys.by("ticket_id", ticket["id"]):
        account.surveys.remove(survey["id"])
    account.tickets.remove(ticket["id"])
    account.event("ticket-deleted", "Ticket", ticket["id"])
