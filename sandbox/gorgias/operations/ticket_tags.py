"""Tags on a ticket: POST adds, PUT sets, DELETE removes, GET lists; writes answer empty (gorgias-api.md 6.4)."""

from __future__ import annotations

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.operations.tags import shown
from sandbox.gorgias.operations.tickets import ticket_or_404
from sandbox.gorgias.table import Record


def _named(account: Account, call: Call) -> list[int]:
    """Ids of the tags that the body names. Raises ApiError 400 for one that does not exist."""
    ids = []
    for position, tag_id in enumerate(call.body.get("ids", [])):
        if account.tags.get(tag_id) is None:
            raise invalid(f"ids.{position}", f"Tag {tag_id} does not exist.")
        ids.append(tag_id)
    for position, name in enumerate(call.body.get("names", [])):
        found = account.tags.by("name", name)
        if not found:
            raise invalid(f"names.{position}", "Tag does not exist.")
        ids.append(found[0]["id"])
    return list(dict.fromkeys(ids))


def _set(account: Account, ticket: Record, tag_ids: list[int]) -> None:
    added = [tag_id for tag_id in tag_ids if tag_id not in ticket["tag_ids"]]
    removed = [tag_id for tag_id in ticket["tag_ids"] if tag_id not in tag_ids]
    ticket["tag_ids"] = tag_ids
    if account.switches["G-06"]:
        ticket["updated_datetime"] = account.now()
    account.tickets.save(ticket)
    if added:
        account.event("ticket-tags-added", "Ticket", ticket["id"], {"tag_ids": added})
    if removed:
        account.event("ticket-tags-removed", "Ticket", ticket["id"], {"tag_ids": removed})


def _answer(account: Account, ticket: Record, status: int) -> Reply:
    if account.switches["G-22"] or status == 204:
        return Reply(status)
    return Reply(status, {"data": [shown(account, account.tags.rows[tag_id]) for tag_id in ticket["tag_ids"]]})


@serves("list-ticket-tags")
def list_ticket_tags(account: Account, call: Call) -> Reply:
    ticket = ticket_or_404(account, call.params["ticket_id"])
    return Reply(200, {"data": [shown(account, account.tags.rows[tag_id]) for tag_id in ticket["tag_ids"]]})


@serves("create-ticket-tags")
def create_ticket_tags(account: Account, call: Call) -> Reply:
    ticket = ticket_or_404(account, call.params["ticket_id"])
    _set(account, ticket, list(dict.fromkeys([*ticket["tag_ids"], *_named(account, call)])))
    return _answer(account, ticket, 201)


@serves("update-ticket-tags")
def update_ticket_tags(account: Account, call: Call) -> Reply:
    ticket = ticket_or_404(account, call.params["ticket_id"])
    _set(account, ticket, _named(account, call))
    return _answer(account, ticket, 202)


@serves("delete-ticket-tags")
def delete_ticket_tags(account: Account, call: Call) -> Reply:
    ticket = ticket_or_404(account, call.params["ticket_id"])
    gone = _named(account, call)
    _set(account, ticket, [tag_id for tag_id in ticket["tag_ids"] if tag_id not in gone])
    return _answer(account, ticket, 204)
