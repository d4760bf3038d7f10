"""Checking and storing tickets: everything is looked up and refused first, then written (gorgias-api.md 6.7)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias import own_update
from sandbox.gorgias.account import Account
from sandbox.gorgias.effects import after_ticket_created, survey
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.message_rules import PreparedMessage, kept
from sandbox.gorgias.moments import stored
from sandbox.gorgias.operations.custom_field_values import checked_values
from sandbox.gorgias.operations.tags import new_tag
from sandbox.gorgias.people import NestedPerson
from sandbox.gorgias.table import Record

GIVEN_TIMES = (
    "opened_datetime",
    "closed_datetime",
    "trashed_datetime",
    "snooze_datetime",
    "updated_datetime",
    "last_message_datetime",
    "last_received_message_datetime",
)


class TagChoice:
    """The tags of a request: known ones, and names to be made where the account makes them."""

    def __init__(self, account: Account, names: list[str], field: str) -> None:
        self._account = account
        self._names = list(dict.fromkeys(names))
        policy = account.switches["G-04"]
        unknown = [name for name in self._names if not account.tags.by("name", name)]
        if unknown and policy == "refuse":
            raise invalid(field, f"Unknown tags: {len(unknown)}.")
        if policy == "drop":
            self._names = [name for name in self._names if name not in unknown]

    def write(self) -> list[int]:
        """Ids of the tags, making missing ones."""
        found = [self._account.tags.by("name", name) for name in self._names]
        return [
            tags[0]["id"] if tags else new_tag(self._account, {"name": name})["id"]
            for name, tags in zip(self._names, found, strict=True)
        ]


def checked_assignees(account: Account, body: dict[str, Any]) -> dict[str, int | None]:
    """Assignee columns of a request; an id of null unassigns. Raises ApiError 400 for an unknown id."""
    out: dict[str, int | None] = {}
    for name, table in (("assignee_user", account.users), ("assignee_team", account.teams)):
        if name in body:
            wanted = (body[name] or {}).get("id")
            if wanted is not None and table.get(wanted) is None:
                raise invalid(f"{name}.id", f"{name.removeprefix('assignee_').title()} {wanted} does not exist.")
            out[f"{name}_id"] = wanted
    return out


def create(account: Account, body: dict[str, Any], hidden_for: float = 0.0) -> Record:
    """Make a ticket with its messages in one step.

    Raises:
        ApiError: 400 naming the first field that does not fit; nothing was written then.
    """
    if account.switches["G-05"] and body.get("via") is None:
        raise invalid("via", "Missing data for required field.")
    messages = [
        PreparedMessage(account, message, f"messages.{position}.", nested=True)
        for position, message in enumerate(body["messages"])
    ]
    values = checked_values(account, "Ticket", body.get("custom_fields") or [], "custom_fields.")
    tags = TagChoice(account, [tag["name"] for tag in body.get("tags") or []], "tags")
    assignees = checked_assignees(account, body)
    customer = NestedPerson(account, body.get("customer") or {}, "customer", agent=False)
    now = account.now()
    first = messages[0]
    ticket: Record = {
        "id": body.get("id"),
        "external_id": body.get("external_id"),
        "status": body.get("status", "open"),
        "priority": body.get("priority", "normal"),
        "channel": body.get("channel") or first.body["channel"],
        "via": body.get("via") or first.body.get("via") or "api",
        "from_agent": first.from_agent if body.get("from_agent") is None else body["from_agent"],
        "spam": bool(body.get("spam")),
        "imported": body.get("imported"),
        "customer_id": _customer_id(customer, messages),
        "assignee_user_id": assignees.get("assignee_user_id"),
        "assignee_team_id": assignees.get("assignee_team_id"),
        "language": body.get("language"),
        "subject": body.get("subject"),
        "meta": body.get("meta") if account.switches["G-17"] else None,
        "tag_ids": tags.write(),
        "custom_fields": values,
        "created_datetime": kept(account, body.get("created_datetime")) or now,
        "processed_datetime": now,
        "is_unread": False,
        **{name: stored(body.get(name)) for name in GIVEN_TIMES},
    }
    ticket["updated_datetime"] = ticket["updated_datetime"] or now
    if ticket["status"] == "closed":
        ticket["closed_datetime"] = ticket["closed_datetime"] or now
    account.tickets.add(ticket)
    account.hide(account.tickets, ticket, account.switches["G-08"], False)
    account.hide(account.tickets, ticket, hidden_for, True)
    _creation_events(account, ticket)
    if account.switches["G-02"]:
        messages.sort(key=lambda message: message.created)
    rows = [message.store(ticket) for message in messages]
    derive_times(ticket, rows, keep_given=True)
    account.tickets.save(ticket)
    after_ticket_created(account, ticket, rows)
    own_update.after_create(account, ticket)
    return ticket


def _customer_id(customer: NestedPerson, messages: list[PreparedMessage]) -> int | None:
    """The named customer, else the customer side of the first message that names one."""
    person = customer.write()
    for message in messages:
        if person is None:
            person = (message.receiver if message.from_agent else message.sender).write()
    return person["id"] if person else None


def derive_times(ticket: Record, rows: list[Record], *, keep_given: bool) -> None:
    """Last message times follow the messages, unless the request gave them."""
    incoming = [row for row in rows if not row["from_agent"]]
    for name, counted in (("last_message_datetime", rows), ("last_received_message_datetime", incoming)):
        if counted and not (keep_given and ticket[name]):
            newest = max(row["created_datetime"] for row in counted)
            ticket[name] = max(newest, ticket[name] or "")


def _creation_events(account: Account, ticket: Record) -> None:
    account.event("ticket-created", "Ticket", ticket["id"])
    if ticket["assignee_user_id"]:
        account.event("ticket-assigned", "Ticket", ticket["id"])
    if ticket["assignee_team_id"]:
        account.event("ticket-team-assigned", "Ticket", ticket["id"])
    if ticket["tag_ids"]:
        account.event("ticket-tags-added", "Ticket", ticket["id"], {"tag_ids": ticket["tag_ids"]})
    if ticket["status"] == "closed":
        account.event("ticket-closed", "Ticket", ticket["id"])
    if ticket["trashed_datetime"]:
        account.event("ticket-trashed", "Ticket", ticket["id"])


def update(account: Account, ticket: Record, body: dict[str, Any]) -> None:
    """Change what the body names; tags are replaced. Raises ApiError 400 before anything is written."""
    if "created_datetime" in body:
        raise invalid("created_datetime", "Cannot be changed.")
    changes: Record = {
        name: body[name]
        for name in ("channel", "via", "from_agent", "is_unread", "language", "external_id", "subject", "priority")
        if name in body
    }
    changes.update(checked_assignees(account, body))
    if "spam" in body:
        changes["spam"] = bool(body["spam"])
    if "meta" in body and account.switches["G-17"]:
        changes["meta"] = body["meta"]
    if "custom_fields" in body:
        values = checked_values(account, "Ticket", body["custom_fields"] or [], "custom_fields.")
        changes["custom_fields"] = values if account.switches["G-41"] else {**ticket["custom_fields"], **values}
    tags = TagChoice(account, [tag["name"] for tag in body["tags"] or []], "tags") if "tags" in body else None
    customer = NestedPerson(account, body.get("customer") or {}, "customer", agent=False)
    if "customer" in body:
        person = customer.write()
        changes["customer_id"] = person["id"] if person else ticket["customer_id"]
    if tags is not None:
        changes["tag_ids"] = tags.write()
    changes.update({name: stored(body[name]) for name in GIVEN_TIMES if name in body})
    _status(account, ticket, body, changes)
    if "updated_datetime" not in body and account.switches["G-06"]:
        changes["updated_datetime"] = account.now()
    before = dict(ticket)
    ticket.update(changes)
    account.tickets.save(ticket)
    _update_events(account, before, ticket)
    if before["status"] != "closed" and ticket["status"] == "closed":
        survey(account, ticket)


def _status(account: Account, ticket: Record, body: dict[str, Any], changes: Record) -> None:
    status = body.get("status", ticket["status"])
    changes["status"] = status
    if status != ticket["status"] and "closed_datetime" not in body:
        changes["closed_datetime"] = account.now() if status == "closed" else None


def _update_events(account: Account, before: Record, after: Record) -> None:
    def tell(kind: str, data: dict[str, Any] | None = None) -> None:
        account.event(kind, "Ticket", after["id"], data)

    tell("ticket-updated")
    if before["status"] != after["status"]:
        tell("ticket-closed" if after["status"] == "closed" else "ticket-reopened")
    for column, given, taken in (
        ("assignee_user_id", "ticket-assigned", "ticket-unassigned"),
        ("assignee_team_id", "ticket-team-assigned", "ticket-team-unassigned"),
        ("trashed_datetime", "ticket-trashed", "ticket-untrashed"),
        ("spam", "ticket-marked-spam", "ticket-unmarked-spam"),
    ):
        if before[column] != after[column]:
            tell(given if after[column] else taken)
    if before["subject"] != after["subject"]:
        tell("ticket-subject-updated")
    if before["customer_id"] != after["customer_id"]:
        tell("ticket-customer-updated")
    if before["snooze_datetime"] != after["snooze_datetime"] and after["snooze_datetime"]:
        tell("ticket-snoozed")
    added = [tag for tag in after["tag_ids"] if tag not in before["tag_ids"]]
    removed = [tag for tag in before["tag_ids"] if tag not in after["tag_ids"]]
    if added:
        tell("ticket-tags-added", {"tag_ids": added})
    if removed:
        tell("ticket-tags-removed", {"tag_ids": removed})
