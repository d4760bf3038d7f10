"""What a source field may become: the standard targets of each role, as data.

It belongs here: the names that `mapping.yaml` may use, the labels that suggest them, and the kinds that fit.
It does not: how a value is converted (`transforms/dispatch.py`) or which field wins a target (`propose.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("contact", "organization", "ticket", "activity", "task")
KINDS = (
    "text", "longtext", "html", "phone", "email", "url", "dropdown", "multi", "checkbox", "date", "datetime",
    "number", "decimal", "user", "link", "file", "layout", "default", "unknown",
)  # fmt: skip
TEXT_KINDS = frozenset({"text", "longtext", "html", "phone", "email", "url"})
PLATFORM_FIELDS = {
    "collection_id": "id",
    "created_by": "author",
    "created_date": "created",
    "modified_by": "modifier",
    "modified_date": "modified",
}
"""Default fields of every Ivinex record (ivinex-api.md 5.1): read by the platform itself, whatever the map says."""

_TEXT = frozenset({"text", "longtext", "unknown"})
_BODY = frozenset({"text", "longtext", "html", "unknown"})
_CHOICE = frozenset({"dropdown", "text"})


@dataclass(frozen=True)
class Standard:
    """One standard target.

    Attributes:
        hints: what its label says, as the concepts of the word lists (vocabulary/), the plainest first.
        kinds: source kinds that fit; a field of another kind is never proposed.
        transform: the conversion it needs; "" = that of the field's kind.
        links_to: role that a link field must point to.
        vocabulary: the words that its value map may use; empty = free.
    """

    hints: tuple[str, ...]
    kinds: frozenset[str]
    transform: str
    links_to: str | None = None
    vocabulary: tuple[str, ...] = ()


MESSAGE_KINDS = (
    "email", "email_in", "email_out", "call", "call_in", "call_out", "sms", "sms_in", "sms_out", "chat", "note",
    "task", "meeting",
)  # fmt: skip

_PLATFORM = {name: Standard((), frozenset({"default"}), "text") for name in PLATFORM_FIELDS.values()}

STANDARDS: dict[str, dict[str, Standard]] = {
    "contact": {
        **_PLATFORM,
        "name": Standard(("name", "name", "contact"), _TEXT, "text"),
        "first_name": Standard(("first_name",), _TEXT, "text"),
        "last_name": Standard(("last_name",), _TEXT, "text"),
        "email": Standard(("email",), frozenset({"email", "text"}), "email"),
        "other_email": Standard(
            ("second email", "private email"),
            frozenset({"email", "text"}),
            "email",
        ),
        "phone": Standard(("phone", "second phone", "private phone"), frozenset({"phone", "text"}), "phone"),
        "other_phone": Standard(
            ("mobile", "second phone", "private phone"),
            frozenset({"phone", "text"}),
            "phone",
        ),
        "organization": Standard(("organization",), frozenset({"link"}), "link", links_to="organization"),
    },
    "organization": {
        **_PLATFORM,
        "name": Standard(("name organization", "name", "organization"), _TEXT, "text"),
        "domain": Standard(("website",), frozenset({"url", "text"}), "text"),
    },
    "ticket": {
        **_PLATFORM,
        "subject": Standard(("subject", "name"), _TEXT, "text"),
        "description": Standard(
            ("description", "message", "question", "body", "notes ticket"),
            _BODY,
            "html",
        ),
        "status": Standard(("status",), _CHOICE, "option", vocabulary=("open", "closed")),
        "priority": Standard(
            ("priority",),
            _CHOICE,
            "option",
            vocabulary=("critical", "high", "normal", "low"),
        ),
        "assignee": Standard(("owner",), frozenset({"user"}), "user_id"),
        "contact": Standard(("contact",), frozenset({"link"}), "link", links_to="contact"),
        "closed": Standard(
            ("closed",),
            frozenset({"datetime", "date"}),
            "moment",
        ),
        "team": Standard(("team",), _CHOICE, "option"),
        "tags": Standard(("tags",), frozenset({"multi"}), "labels"),
    },
    "activity": {
        **_PLATFORM,
        "kind": Standard(
            ("activity kind", "kind", "activity", "category"),
            _CHOICE,
            "option",
            vocabulary=MESSAGE_KINDS,
        ),
        "subject": Standard(("subject",), _TEXT, "text"),
        "body": Standard(("body plain", "plain", "body", "message"), _BODY, "html"),
        "description": Standard(("description", "notes"), _BODY, "html"),
        "html": Standard(("body html", "body", "html", "message"), frozenset({"html"}), "html"),
        "from": Standard(("from",), _TEXT | {"email"}, "text"),
        "to": Standard(("to",), _TEXT | {"email"}, "text"),
        "cc": Standard(("cc",), _TEXT | {"email"}, "text"),
        "bcc": Standard(("bcc",), _TEXT | {"email"}, "text"),
        "phone": Standard(
            ("phone", "caller number", "caller", "mobile"),
            frozenset({"phone", "text"}),
            "text",
        ),
        "message_id": Standard(("message id", "email id"), _TEXT, "text"),
        "direction": Standard(
            ("direction",),
            _CHOICE,
            "option",
            vocabulary=("in", "out"),
        ),
        "duration": Standard(
            ("duration", "unit"),
            frozenset({"number", "decimal", "text"}),
            "text",
        ),
        "disposition": Standard(("result",), _CHOICE, "option"),
        "owner": Standard(("owner", "from", "recorded"), frozenset({"user"}), "user_id"),
        "date": Standard(
            ("sent date", "date activity", "date email", "sent", "date", "recorded"),
            frozenset({"datetime"}),
            "moment",
        ),
        "ticket": Standard(("ticket",), frozenset({"link"}), "link", links_to="ticket"),
    },
    "task": {
        **_PLATFORM,
        "subject": Standard(("subject", "task name", "task", "name", "description", "body"), _TEXT, "text"),
        "description": Standard(("description", "notes", "message"), _BODY, "html"),
        "due": Standard(("due", "end date"), frozenset({"date", "datetime"}), ""),
        "owner": Standard(("owner",), frozenset({"user"}), "user_id"),
        "state": Standard(("status", "closed"), _CHOICE, "option"),
        "completed": Standard(
            ("closed",),
            frozenset({"date", "datetime"}),
            "",
        ),
        "priority": Standard(("priority",), _CHOICE, "option"),
        "kind": Standard(("category", "kind task", "kind"), _CHOICE, "option"),
        "ticket": Standard(("ticket",), frozenset({"link"}), "link", links_to="ticket"),
        "contact": Standard(("contact",), frozenset({"link"}), "link", links_to="contact"),
    },
}
"""Role -> standard target -> what it takes. A task becomes an internal note of its ticket."""

TRANSFORMS = (
    "text", "html", "email", "phone", "option", "options", "labels", "boolean", "date", "datetime", "moment", "number",
    "user", "user_id", "link", "none", "drop", "mask", "hash",
)  # fmt: skip
PRIVATE = frozenset({"drop", "mask", "hash"})
"""Transforms that keep a value from Gorgias; for any field that is not a standard target, and for these."""
PRIVATE_STANDARDS = frozenset(
    {("contact", "name"), ("contact", "first_name"), ("contact", "last_name"), ("organization", "name"),
     ("organization", "domain")}
)  # fmt: skip
"""Standard targets that may be private. By the others people and messages are told apart, or they are the message."""

TRANSFORM_OF_KIND = {
    "text": "text", "longtext": "text", "html": "html", "phone": "text", "email": "text", "url": "text",
    "dropdown": "option", "multi": "options", "checkbox": "boolean", "date": "date", "datetime": "datetime",
    "number": "number", "decimal": "number", "user": "user", "link": "link", "file": "none", "layout": "none",
    "default": "text", "unknown": "text",
}  # fmt: skip
"""The conversion of a field that is no standard target."""

DATA_TYPES = {
    "checkbox": ("boolean", "dropdown"),
    "number": ("number", "input_number"),
    "decimal": ("number", "input_number"),
    "dropdown": ("text", "dropdown"),
}
"""Source kind -> (data_type, input_type) of a custom field (gorgias-api.md 6.5); everything else is text input."""

OBJECT_OF_ROLE = {"contact": "Customer", "organization": "Customer", "ticket": "Ticket"}
"""Where a role's custom fields live. Messages have none, so the fields of activities and tasks go to meta."""
