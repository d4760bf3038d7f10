"""admin_exports/: what an Ivinex admin hands over, because no API shows it (ivinex-api.md 8)."""

from __future__ import annotations

from typing import Any

from sandbox.generator.people import User
from sandbox.generator.schema import TEAMS
from sandbox.generator.writer import Writer

HISTORY_COLUMNS = ("changed_date", "tab", "collection_id", "field", "old_value", "new_value", "changed_by")


def write_exports(writer: Writer, users: list[User]) -> None:
    """Writes users.csv, groups.csv, workflows.json, saved_views.json, and the head of change_history.csv."""
    writer.rows("admin_exports/users.csv", [("id", "username", "first", "last", "email", "active", "title")])
    for user in users:
        active = "true" if user.active else "false"
        row = (user.id, user.username, user.first, user.last, user.email, active, user.title)
        writer.rows("admin_exports/users.csv", [row])
    writer.rows("admin_exports/groups.csv", [("group_id", "group", "user_id", "username")])
    for number, name, members in _groups(users):
        for user in members:
            writer.rows("admin_exports/groups.csv", [(number, name, user.id, user.username)])
    writer.json("admin_exports/workflows.json", _workflows(users[2]))
    writer.json("admin_exports/saved_views.json", _saved_views())
    writer.rows("admin_exports/change_history.csv", [HISTORY_COLUMNS])


def _groups(users: list[User]) -> list[tuple[str, str, list[User]]]:
    agents = users[1:]
    return [
        ("1", TEAMS[0], agents),
        ("2", TEAMS[1], agents[1::3]),
        ("3", TEAMS[2], agents[2::4]),
        ("4", "API", users[:1]),
    ]


def _workflows(wholesale: User) -> list[dict[str, Any]]:
    return [
        {
            "id": "1",
            "group": "Support",
            "name": "Acknowledge a new ticket",
            "tab": "Tickets",
            "trigger": {"type": "Record Created"},
            "filter": [{"field": "Status", "operator": "Equal", "value": "New"}],
            "actions": [{"type": "Send Email", "to": "Contact", "template": "We have received your request"}],
            "active": True,
        },
        {
            "id": "2",
            "group": "Support",
            "name": "Escalate urgent tickets",
            "tab": "Tickets",
            "trigger": {"type": "Record Created or Updated"},
            "filter": [{"field": "Priority", "operator": "Equal", "value": "Urgent"}],
            "actions": [
                {"type": "Update Existing Record", "set": {"Escalated": "true"}},
                {"type": "Create Record", "tab": "Tasks", "set": {"Category": "Call Back"}},
            ],
            "active": True,
        },
        {
            "id": "3",
            "group": "Support",
            "name": "Close resolved tickets at night",
            "tab": "Tickets",
            "trigger": {"type": "Timer", "days_of_week": ["Mon", "Tue", "Wed", "Thu", "Fri"], "time": "23:30"},
            "filter": [{"field": "Status", "operator": "Equal", "value": "Resolved"}],
            "actions": [{"type": "Update Existing Record", "set": {"Status": "Closed"}}],
            "active": True,
        },
        {
            "id": "4",
            "group": "Wholesale",
            "name": "Tell the account manager",
            "tab": "Contacts",
            "trigger": {"type": "Records Linked", "other_tab": "Organizations"},
            "filter": [],
            "actions": [{"type": "Send Email", "to": "Account Manager", "template": "New buyer"}],
            "active": False,
        },
        {
            "id": "5",
            "group": "Support",
            "name": "Route by product line",
            "tab": "Tickets",
            "trigger": {"type": "Record Updated"},
            "filter": [{"field": "Product Line", "operator": "Changed", "value": ""}],
            "actions": [],
            "branches": [
                {
                    "filter": [{"field": "Product Line", "operator": "Equal", "value": "Furniture"}],
                    "actions": [
                        {"type": "Update Existing Record", "set": {"Owner": wholesale.username, "Tags": "Wholesale"}}
                    ],
                },
                {
                    "filter": [
                        {"field": "Product Line", "operator": "Equal", "value": "Spare Parts"},
                        {"field": "Status", "operator": "NOT Equal", "value": "Closed"},
                    ],
                    "actions": [{"type": "Update Existing Record", "set": {"Priority": "High"}}],
                },
            ],
            "else": {
                "actions": [
                    {"type": "Link Record", "tab": "Organizations"},
                    {"type": "Send Email", "to": "Owner", "template": "Please sort this ticket"},
                ]
            },
            "active": True,
        },
    ]


def _saved_views() -> list[dict[str, Any]]:
    return [
        {
            "id": "1",
            "tab": "Tickets",
            "name": "My open tickets",
            "criteria": [
                {"field": "Owner", "operator": "Equal", "value": "Current User"},
                {"field": "Status", "operator": "NOT Equal", "value": "Closed"},
            ],
            "columns": ["Ticket Number", "Subject", "Contact", "Status", "Priority"],
            "order_by": {"field": "Date Created", "descending": True},
            "visible_to": ["Support"],
        },
        {
            "id": "2",
            "tab": "Tickets",
            "name": "Urgent, unassigned",
            "criteria": [
                {"field": "Priority", "operator": "Equal", "value": "Urgent"},
                {"field": "Owner", "operator": "Equal", "value": ""},
            ],
            "columns": ["Ticket Number", "Subject", "Due Date"],
            "order_by": {"field": "Due Date", "descending": False},
            "visible_to": ["Support", "Wholesale"],
        },
        {
            "id": "3",
            "tab": "Contacts",
            "name": "VIPs",
            "criteria": [{"field": "VIP Customer", "operator": "Equal", "value": "true"}],
            "columns": ["First Name", "Last Name", "Email", "Lifetime Value"],
            "order_by": {"field": "Lifetime Value", "descending": True},
            "visible_to": ["Support"],
        },
    ]
