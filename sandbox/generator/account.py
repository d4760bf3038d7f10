"""gorgias.json and site.json of a generated dataset: an account and a site that leave a preflight nothing to decide."""

from __future__ import annotations

from typing import Any

from sandbox.generator.people import SHOP, User

ZONE = "America/Denver"


def gorgias(users: list[User], seed: int) -> dict[str, Any]:
    """The Gorgias account before the migration: active colleagues, surveys off, nothing that mails or closes."""
    active = [user for user in users if user.active]
    return {
        "account": {"domain": SHOP, "created_datetime": "2025-11-03T09:00:00+00:00"},
        "auth": [{"email": active[0].email, "api_key": f"sandbox-key-{seed}", "role": "admin"}],
        "settings": [
            {
                "type": "satisfaction-surveys",
                "data": {
                    "send_survey_for_email": False,
                    "send_survey_for_chat": False,
                    "send_survey_for_contact_form": False,
                    "send_survey_for_help_center": False,
                    "survey_interval": 0,
                },
            },
            {"type": "auto-merge", "data": {"tickets": {"enabled": False}, "merging_window_days": 5}},
            {"type": "auto-split", "data": {"email": {"enabled": False}, "split_after_days": 30}},
            {"type": "ticket-assignment", "data": {"auto_assign_to_teams": False}},
        ],
        "users": [
            {
                "email": user.email,
                "name": user.name,
                "role": {"name": "admin" if user is active[0] else "agent"},
            }
            for user in active
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
