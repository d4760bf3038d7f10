"""Single messages: append, read, update, delete, and the list over all tickets (gorgias-api.md 6.8)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.effects import after_message_created
from sandbox.gorgias.errors import invalid, not_found
from sandbox.gorgias.message_rules import PreparedMessage, check_content, recipients
from sandbox.gorgias.moments import stored
from sandbox.gorgias.operations.ticket_rules import derive_times
from sandbox.gorgias.operations.ticket_views import message_view, messages_of
from sandbox.gorgias.operations.tickets import ticket_or_404
from sandbox.gorgias.pages import listed
from sandbox.gorgias.people import NestedPerson
from sandbox.gorgias.table import Record


def _message_or_404(account: Account, call: Call) -> tuple[Record, Record]:
    ticket = ticket_or_404(account, call.params["ticket_id"])
    message = account.messages.get(call.params["id"])
    if message is None or message["ticket_id"] != ticket["id"]:
        raise not_found()
    return ticket, message


def _touch(account: Account, ticket: Record) -> None:
    if account.switches["G-06"]:
        ticket["updated_datetime"] = account.now()
    account.tickets.save(ticket)


@serves("list-messages")
def list_messages(account: Account, call: Call) -> Reply:
    ticket_id = call.query.get("ticket_id")
    rows = None if ticket_id is None else account.messages.by("ticket_id", ticket_id)
    return listed(account, call, account.messages, lambda row: message_view(account, row), rows=rows)


@serves("list-ticket-messages")
def list_ticket_messages(account: Account, call: Call) -> Reply:
    """Deprecated, but still answered: all messages at once."""
    ticket = ticket_or_404(account, call.params["ticket_id"])
    data = [message_view(account, message) for message in messages_of(account, ticket)]
    uri = f"/api/tickets/{ticket['id']}/messages/"
    return Reply(200, {"object": "list", "uri": uri, "data": data, "meta": {"prev_cursor": None, "next_cursor": None}})


@serves("create-ticket-message")
def create_ticket_message(account: Account, call: Call) -> Reply:
    ticket = ticket_or_404(account, call.params["ticket_id"])
    prepared = PreparedMessage(account, call.fields())
    last = max((row["created_datetime"] for row in account.messages.by("ticket_id", ticket["id"])), default=None)
    message = prepared.store(ticket)
    account.hide(account.messages, message, call.hidden_for, True)
    derive_times(ticket, [message], keep_given=False)
    _touch(account, ticket)
    after_message_created(account, ticket, message, last)
    return Reply(201, message_view(account, message))


@serves("get-ticket-message")
def get_ticket_message(account: Account, call: Call) -> Reply:
    _, message = _message_or_404(account, call)
    return Reply(200, message_view(account, message))


@serves("update-ticket-message")
def update_ticket_message(account: Account, call: Call) -> Reply:
    """Clearing sent_datetime of an agent's message sends it: the silence rule holds for updates too."""
    ticket, message = _message_or_404(account, call)
    body: dict[str, Any] = call.body
    if "created_datetime" in body:
        raise invalid("created_datetime", "Cannot be changed.")
    if "attachments" in body and not account.switches["G-39"]:
        raise invalid("attachments", "Unknown field.")
    check_content(account, body, "")
    agent = body["from_agent"]
    sender = NestedPerson(account, body.get("sender") or {}, "sender", agent=agent).write()
    receiver = NestedPerson(account, body.get("receiver") or {}, "receiver", agent=not agent).write()
    changes = {name: value for name, value in call.fields().items() if name not in ("sender", "receiver")}
    if not account.switches["G-18"]:
        changes.pop("external_id", None)
    for name in ("sent_datetime", "failed_datetime"):
        if name in changes:
            changes[name] = stored(changes[name])
    if sender:
        changes["sender_id"] = sender["id"]
    if receiver:
        changes["receiver_id"] = receiver["id"]
    message.update(changes)
    _send_if_cleared(account, ticket, message)
    account.messages.save(message)
    _touch(account, ticket)
    account.event("ticket-message-updated", "TicketMessage", message["id"], {"ticket_id": ticket["id"]})
    return Reply(202, message_view(account, message))


def _send_if_cleared(account: Account, ticket: Record, message: Record) -> None:
    if message["from_agent"] and message["channel"] != "internal-note" and not message.get("sent_datetime"):
        account.mail("message", recipients(account, ticket, message), "sent_datetime cleared", ticket, message)
        message["sent_datetime"] = account.now()


@serves("delete-ticket-message")
def delete_ticket_message(account: Account, call: Call) -> Reply:
    ticket, message = _message_or_404(account, call)
    account.messages.remove(message["id"])
    _touch(account, ticket)
    account.event("ticket-message-deleted", "TicketMessage", message["id"], {"ticket_id": ticket["id"]})
    return Reply(204)
