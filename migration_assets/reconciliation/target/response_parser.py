"""From Gorgias's JSON to rows: tickets, messages, customers, definitions (gorgias-api.md 6). Pure.

This is the reader's own understanding of the API; it shares nothing with what builds requests (gorgias/), so that a
mistake there cannot hide here.
"""

from typing import Any

import orjson

Row = dict[str, Any]


def ticket(body: Row) -> Row:
    """A ticket of a list or of a single read; custom field values only where the answer shows them."""
    plain = (
        "external_id",
        "subject",
        "status",
        "priority",
        "channel",
        "via",
        "from_agent",
        "imported",
        "spam",
        "language",
    )
    times = ("created", "opened", "closed", "updated", "trashed", "snooze")
    return {
        "gorgias_id": body["id"],
        **{name: body.get(name) for name in plain},
        "customer_id": _id(body.get("customer")),
        "assignee_id": _id(body.get("assignee_user")),
        "team_id": _id(body.get("assignee_team")),
        "tags": _json(sorted(tag["name"] for tag in body.get("tags") or [])),
        "field_values": values(body.get("custom_fields")),
        "meta": _json(body.get("meta")),
        **{f"{name}_at": body.get(f"{name}_datetime") for name in times},
    }


def message(body: Row, ticket_id: int) -> Row:
    """A message of a list or inside its ticket."""
    plain = (
        *("external_id", "channel", "via", "from_agent", "public"),
        *("subject", "body_text", "body_html", "message_id"),
    )
    files = [
        {name: one.get(name) for name in ("url", "name", "size", "content_type")}
        for one in body.get("attachments") or []
    ]
    return {
        "gorgias_id": body["id"],
        "ticket_id": ticket_id,
        **{name: body.get(name) for name in plain},
        "sender_id": _id(body.get("sender")),
        "receiver_id": _id(body.get("receiver")),
        "source": _json(body.get("source")),
        "meta": _json(body.get("meta")),
        "attachments": _json(files),
        "created_at": body.get("created_datetime"),
        "sent_at": body.get("sent_datetime"),
        "failed": bool(body.get("failed_datetime") or body.get("last_sending_error")),
        "automatic": bool(body.get("rule_id")) or body.get("via") == "rule",
    }


def customer(body: Row) -> Row:
    """A customer of a single read, which alone shows channels and values."""
    channels = [{name: one.get(name) for name in ("type", "address", "preferred")} for one in body["channels"]]
    return {
        "gorgias_id": body["id"],
        **{name: body.get(name) for name in ("external_id", "name", "email", "language")},
        "channels": _json(channels),
        "field_values": values(body.get("custom_fields") or {}),
        "data": _json(body.get("data")),
        "updated_at": body.get("updated_datetime"),
    }


def definition(name: str, body: Row) -> Row:
    """A user, team, tag or custom field of its list."""
    settings = (body.get("definition") or {}).get("input_settings") or {}
    facts: dict[str, Row] = {
        "users": {"role": (body.get("role") or {}).get("name")},
        "teams": {"members": sorted(one["id"] for one in body.get("members") or [])},
        "tags": {},
        "custom_fields": {
            "object_type": body.get("object_type"),
            "data_type": (body.get("definition") or {}).get("data_type"),
            "input_type": settings.get("input_type"),
            "choices": settings.get("choices") or [],
            "archived": body.get("deactivated_datetime") is not None,
        },
    }
    return {
        "object": name,
        "gorgias_id": body["id"],
        "external_id": body.get("external_id"),
        "name": body.get("label") if name == "custom_fields" else body.get("name"),
        "email": body.get("email"),
        "facts": _json(facts[name] | {"description": body.get("description")}),
        "updated_at": body.get("updated_datetime"),
    }


def values(shown: Any) -> str | None:
    """`{"<field id>": value}` of what an answer shows (a map or a list, gorgias-api.md 6.6); None: it shows none."""
    if shown is None:
        return None
    pairs = shown.items() if isinstance(shown, dict) else (((one.get("field") or one)["id"], one) for one in shown)
    held = {str(key): one.get("value") if isinstance(one, dict) else one for key, one in pairs}
    return _json({key: value for key, value in held.items() if value is not None})


def _id(person: Any) -> int | None:
    return person.get("id") if isinstance(person, dict) else None


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
