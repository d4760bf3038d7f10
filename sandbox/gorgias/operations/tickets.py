"""The ticket operations: list, create, read, update, delete for good (gorgias-api.md 6.7)."""

from __future__ import annotations

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import ApiError, Merged, invalid
from sandbox.gorgias.operations import ticket_rules
from sandbox.gorgias.operations.ticket_views import compact, full
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record
from sandbox.gorgias.view_filters import read_filters, view_order

MOST_TICKET_IDS = 100


def ticket_or_404(account: Account, ticket_id: int) -> Record:
    if merged := account.ticket_merges.get(ticket_id):
        raise Merged(f"/api/tickets/{merged['into']}/" if account.switches["G-47"] else "")
    return account.tickets.require(ticket_id)


@serves("list-tickets")
def list_tickets(account: Account, call: Call) -> Reply:
    """Trash is included unless `trashed=false`."""
    query = call.query
    if "rule_id" in query:
        raise ApiError(501, "The sandbox does not serve list-tickets by rule_id.")
    view = account.views.require(query["view_id"]) if "view_id" in query else None
    in_view = read_filters(account, view.get("filters")) if view else None
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
            and (in_view is None or in_view(ticket))
        )

    filters = in_view or not query.get("trashed", True) or {"customer_id", "ticket_ids"} & set(query)
    return listed(
        account,
        call,
        account.tickets,
        lambda ticket: compact(account, ticket),
        rows=rows,
        keep=keep if filters else None,
        default_order=view_order(view) if view else "created_datetime:desc",
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
