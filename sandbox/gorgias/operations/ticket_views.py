"""How stored tickets and messages look in answers; the store keeps ids and leaves out what is at its default."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.operations import tags, teams
from sandbox.gorgias.operations.custom_field_values import shown_values
from sandbox.gorgias.people import brief, name_parts, shown_channels
from sandbox.gorgias.table import Record

EXCERPT_LENGTH = 200

MESSAGE_DEFAULTS: dict[str, Any] = {
    "message_id": None,
    "external_id": None,
    "public": True,
    "source": None,
    "integration_id": None,
    "intents": [],
    "rule_id": None,
    "subject": None,
    "body_text": None,
    "body_html": None,
    "stripped_text": None,
    "stripped_html": None,
    "stripped_signature": None,
    "attachments": [],
    "macros": [],
    "actions": None,
    "headers": None,
    "imported": None,
    "meta": None,
    "deleted_datetime": None,
    "sent_datetime": None,
    "failed_datetime": None,
    "opened_datetime": None,
    "last_sending_error": None,
    "auth_customer_identity": None,
    "is_retriable": False,
    "replied_by": None,
    "replied_to": None,
}


def person(account: Account, person_id: int | None) -> Record | None:
    """A customer or user by id; they share one range of ids."""
    if person_id is None:
        return None
    return account.customers.get(person_id) or account.users.get(person_id)


def message_view(account: Account, message: Record) -> dict[str, Any]:
    """A message as the single read and the lists show it."""
    out = {**MESSAGE_DEFAULTS, **message}
    out["uri"] = f"/api/tickets/{message['ticket_id']}/messages/{message['id']}/"
    out["sender"] = brief(person(account, out.pop("sender_id", None)))
    out["receiver"] = brief(person(account, out.pop("receiver_id", None)))
    return out


def messages_of(account: Account, ticket: Record) -> list[Record]:
    """Messages in the order in which an answer lists them."""
    rows = account.messages.by("ticket_id", ticket["id"])
    if account.switches["G-38"] == "created_datetime":
        return sorted(rows, key=lambda row: (row["created_datetime"], row["id"]))
    return rows


def _common(account: Account, ticket: Record) -> dict[str, Any]:
    user = account.users.get(ticket["assignee_user_id"])
    team = account.teams.get(ticket["assignee_team_id"])
    out = {
        key: value
        for key, value in ticket.items()
        if key not in ("tag_ids", "custom_fields", "customer_id", "assignee_user_id", "assignee_team_id")
    }
    out["uri"] = f"/api/tickets/{ticket['id']}/"
    out["assignee_user"] = None if user is None else {**(brief(user) or {}), "bio": user["bio"]}
    out["assignee_team"] = None if team is None else teams.brief(team)
    out["tags"] = [tags.brief(account.tags.rows[tag_id]) for tag_id in ticket["tag_ids"]]
    out["summary"] = None
    return out


def full(account: Account, ticket: Record, *, values: bool = False) -> dict[str, Any]:
    """The single read: with messages, and with custom field values where they were asked for."""
    out = _common(account, ticket)
    customer = account.customers.get(ticket["customer_id"])
    out["customer"] = None if customer is None else _ticket_customer(customer)
    out["requester"] = out["customer"]
    out["assignee_user_id"] = ticket["assignee_user_id"]
    out["assignee_team_id"] = ticket["assignee_team_id"]
    out["messages"] = [message_view(account, message) for message in messages_of(account, ticket)]
    out["events"] = []
    out["reply_options"] = {}
    surveys = account.surveys.by("ticket_id", ticket["id"])
    out["satisfaction_survey"] = surveys[0] if surveys else None
    if values:
        out["custom_fields"] = shown_values(account, ticket)
    return out


def compact(account: Account, ticket: Record) -> dict[str, Any]:
    """A list row: no messages, and no custom field values unless the switch says so."""
    out = _common(account, ticket)
    del out["imported"], out["processed_datetime"]
    rows = account.messages.by("ticket_id", ticket["id"])
    out["customer"] = brief(account.customers.get(ticket["customer_id"]))
    out["messages_count"] = len(rows)
    last = max(rows, key=lambda row: (row["created_datetime"], row["id"]), default={})
    out["excerpt"] = (last.get("stripped_text") or last.get("body_text") or "")[:EXCERPT_LENGTH]
    out["integrations"] = []
    out["last_sent_message_not_delivered"] = False
    if account.switches["G-03"]:
        out["custom_fields"] = shown_values(account, ticket)
    return out


def _ticket_customer(customer: Record) -> dict[str, Any]:
    return {
        "id": customer["id"],
        "email": customer["email"],
        "name": customer["name"],
        **name_parts(customer["name"]),
        "meta": customer["meta"],
        "channels": shown_channels(customer),
        "data": customer["data"],
        "customer": None,
        "integrations": {},
        "external_id": customer["external_id"],
        "note": customer["note"],
    }
