"""gorgias.json and site.json of a generated dataset: a trial account as it was recorded, and a site.

A fresh account is not silent: surveys are on for all four channels, and so is auto-split; seven managed custom fields
take their part of what is allowed (gorgias-api.md 14). The hostile profile adds what a shop adds: rules that answer and
assign, AI Agent, an HTTP integration, auto-merge.
"""

from __future__ import annotations

from typing import Any

from sandbox.generator.people import SHOP, User

ZONE = "America/Denver"


def gorgias(users: list[User], seed: int, *, hostile: bool = False) -> dict[str, Any]:
    """The Gorgias account before the migration: active colleagues, and what a fresh account does by itself."""
    active = [user for user in users if user.active]
    config = {
        "account": {"domain": SHOP, "created_datetime": "2025-11-03T09:00:00+00:00"},
        "auth": [{"email": active[0].email, "api_key": f"sandbox-key-{seed}", "role": "admin"}],
        "settings": recorded_settings(auto_merge=hostile),
        "custom_fields": managed_fields(),
        "users": [
            {
                "email": user.email,
                "name": user.name,
                "role": {"name": "admin" if user is active[0] else "agent"},
            }
            for user in active
        ],
    }
    return config | (_busy(active[-1].email) if hostile else {})


def recorded_settings(*, auto_merge: bool = False) -> list[dict[str, Any]]:
    """The settings of a recorded trial account, in its shapes; it has auto-merge off."""
    surveys = {f"send_survey_for_{channel}": True for channel in ("chat", "email", "help_center", "contact_form")}
    texts = {"survey_interval": 2, "survey_email_html": "<div>Hi</div>", "survey_email_text": "Hi"}
    return [
        {"type": "satisfaction-surveys", "data": {**texts, **surveys}},
        {"type": "auto-merge", "data": {"tickets": {"enabled": auto_merge, "merging_window_days": 5}}},
        {"type": "auto-split", "data": {"email": {"enabled": True, "split_after_days": 10}}},
    ]


def managed_fields() -> list[dict[str, Any]]:
    """The seven custom fields that Gorgias manages on a recorded trial account."""
    calls = ["Answered", "Missed with Voicemail", "Missed", "Cancelled", "Abandoned", "Callback Requested"]
    return [
        _managed("Ticket", "Call status", "call_status", 6, calls),
        _managed("Ticket", "Managed sentiment", "managed_sentiment", 5, ["Positive", "Negative", "Undefined"]),
        _managed("Ticket", "AI Intent", "ai_intent", 4, ["Other::Other::Other", "Account::Login", "Order::Status"]),
        _managed("Ticket", "Contact reason", "contact_reason", 3, ["Order::Cancel", "Order::Status", "Spam", "Other"]),
        _managed("Ticket", "Product", "product", 2, []),
        _managed("Ticket", "Resolution", "resolution", 1, ["No action", "Refund", "Discount", "Other"]),
        _managed("Customer", "Customer Type", "customer_type", 1, ["\U0001f48e VIP", "\U0001f621 Problematic"]),
    ]


def _managed(object_type: str, label: str, managed_type: str, priority: int, choices: list[str]) -> dict[str, Any]:
    definition = {"data_type": "text", "input_settings": {"input_type": "dropdown", "choices": choices}}
    named = {"object_type": object_type, "label": label, "managed_type": managed_type}
    return {**named, "priority": priority, "definition": definition}


def _busy(agent: str) -> dict[str, Any]:
    """What a shop that works with the account has added."""
    return {
        "ai_agent": {"active": True},
        "integrations": [
            {
                "name": "Order lookup",
                "type": "http",
                "http": {
                    "url": "https://orders.shop.invalid/hook",
                    "method": "POST",
                    "request_content_type": "application/json",
                    "response_content_type": "application/json",
                    "triggers": {"ticket-created": True, "ticket-message-created": True},
                },
            }
        ],
        "rules": [
            {
                "name": "Answer at once",
                "code": 'if (eq(ticket.channel, "email")) { Action("replyToTicket", {"body_text": "We got it."}) }',
                "event_types": "ticket-created",
                "effects": [{"do": "mail"}],
            },
            {
                "name": "Answer each message",
                "code": 'Action("replyToTicket", {"body_text": "Thanks."})',
                "event_types": "ticket-message-created",
                "effects": [{"do": "mail"}],
            },
            {
                "name": "Hand over",
                "code": f'Action("setAssignee", {{"assignee_user": {{"email": "{agent}"}}}})',
                "event_types": "ticket-created",
                "effects": [{"do": "assign", "user": agent}],
            },
        ],
    }


def site(users: list[User], *, hostile: bool) -> dict[str, Any]:
    """The Ivinex site: the migration's API user, and others who may see less or nothing."""
    migration = {
        "id": users[0].id,
        "username": users[0].username,
        "password": "sandbox-password",
        "visible_tabs": "*",
        "unreadable_tabs": ["Payroll"] if hostile else [],
    }
    limited = {
        "id": users[1].id,
        "username": users[1].username,
        "password": "limited-password",
        "visible_tabs": ["Activities", "Contacts", "Tickets"],
        "row_filters": {"Tickets": [{"field": "owner", "operator": "equal", "value": users[1].id}]},
    }
    gone = next(user for user in users if not user.active)
    inactive = {"id": gone.id, "username": gone.username, "password": "gone-password", "active": False}
    unpermitted = {
        "id": users[2].id,
        "username": users[2].username,
        "password": "no-api-password",
        "api_permission": False,
    }
    faults = [
        {"kind": "duplicate_row", "tab": "Tickets"},
        {"kind": "duplicate_row", "tab": "Activities", "probability": 0.2, "seed": 1},
    ]
    return {
        "time_zone": ZONE,
        "api_users": [migration, limited, inactive, unpermitted],
        "users": {user.id: user.username for user in users},
        "switches": {},
        "faults": faults if hostile else [],
    }
