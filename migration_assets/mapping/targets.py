"""What a source field may become: the standard targets of each role, as data.

It belongs here: the names that `mapping.yaml` may use, the labels that suggest them, and the kinds that fit.
It does not: how a value is converted (`transforms.py`) or which field wins a target (`propose.py`).
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
        hints: labels that suggest it, in lower case.
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
        "name": Standard(("name", "full name", "contact name", "display name"), _TEXT, "text"),
        "first_name": Standard(("first name", "given name", "firstname"), _TEXT, "text"),
        "last_name": Standard(("last name", "surname", "family name", "lastname"), _TEXT, "text"),
        "email": Standard(("email", "e mail", "email address", "primary email"), frozenset({"email", "text"}), "email"),
        "other_email": Standard(
            ("secondary email", "other email", "alternate email", "email 2", "work email"),
            frozenset({"email", "text"}),
            "email",
        ),
        "phone": Standard(
            ("phone", "phone number", "telephone", "main phone", "home phone"), frozenset({"phone", "text"}), "phone"
        ),
        "other_phone": Standard(
            ("mobile", "mobile phone", "cell", "cell phone", "phone 2", "2nd phone", "second phone", "work phone"),
            frozenset({"phone", "text"}),
            "phone",
        ),
        "organization": Standard(
            ("organization", "company", "account"), frozenset({"link"}), "link", links_to="organization"
        ),
    },
    "organization": {
        **_PLATFORM,
        "name": Standard(("name", "organization name", "company name", "company", "account name"), _TEXT, "text"),
        "domain": Standard(("domain", "website", "web site", "url", "homepage"), frozenset({"url", "text"}), "text"),
    },
    "ticket": {
        **_PLATFORM,
        "subject": Standard(("subject", "title", "summary", "ticket subject", "ticket name", "name"), _TEXT, "text"),
        "description": Standard(
            ("description", "details", "problem description", "issue description", "message", "question"),
            _BODY,
            "html",
        ),
        "status": Standard(("status", "ticket status", "state"), _CHOICE, "option", vocabulary=("open", "closed")),
        "priority": Standard(
            ("priority", "ticket priority", "urgency", "severity"),
            _CHOICE,
            "option",
            vocabulary=("critical", "high", "normal", "low"),
        ),
        "assignee": Standard(
            ("assigned to", "assigned", "assignee", "owner", "ticket owner", "agent"), frozenset({"user"}), "user_id"
        ),
        "contact": Standard(
            ("contact", "customer", "requester", "client"), frozenset({"link"}), "link", links_to="contact"
        ),
        "closed": Standard(
            ("date closed", "closed", "closed date", "closed at", "resolved date", "date resolved"),
            frozenset({"datetime", "date"}),
            "moment",
        ),
        "team": Standard(
            ("team", "assigned team", "group", "assigned group", "support team", "support group"), _CHOICE, "option"
        ),
        "tags": Standard(("tags", "ticket tags", "labels", "keywords"), frozenset({"multi"}), "labels"),
    },
    "activity": {
        **_PLATFORM,
        "kind": Standard(
            ("activity", "activity type", "type", "kind", "channel"),
            _CHOICE,
            "option",
            vocabulary=MESSAGE_KINDS,
        ),
        "subject": Standard(("subject", "title", "summary"), _TEXT, "text"),
        "body": Standard(("body plain", "plain body", "body text", "body", "message"), _BODY, "html"),
        "description": Standard(("description", "notes", "note", "comments", "details"), _BODY, "html"),
        "html": Standard(("body", "html body", "body html", "email body"), frozenset({"html"}), "html"),
        "from": Standard(("from", "field from", "email from", "sender", "from address"), _TEXT | {"email"}, "text"),
        "to": Standard(("to", "email to", "recipient", "recipients"), _TEXT | {"email"}, "text"),
        "cc": Standard(("cc", "email cc"), _TEXT | {"email"}, "text"),
        "bcc": Standard(("bcc", "email bcc"), _TEXT | {"email"}, "text"),
        "phone": Standard(
            ("phone number", "phone", "caller", "external number", "called number"),
            frozenset({"phone", "text"}),
            "text",
        ),
        "message_id": Standard(("message id", "email id", "internet message id"), _TEXT, "text"),
        "direction": Standard(
            ("direction", "call direction", "in or out", "inbound outbound"),
            _CHOICE,
            "option",
            vocabulary=("in", "out"),
        ),
        "duration": Standard(
            ("duration", "call duration", "call length", "talk time"),
            frozenset({"number", "decimal", "text"}),
            "text",
        ),
        "disposition": Standard(("disposition", "call disposition", "call result", "outcome"), _CHOICE, "option"),
        "owner": Standard(("assigned", "assigned to", "owner", "agent", "user"), frozenset({"user"}), "user_id"),
        "date": Standard(
            ("activity date", "email date", "date", "date time", "sent date", "date sent"),
            frozenset({"datetime"}),
            "moment",
        ),
        "ticket": Standard(("ticket", "case", "related ticket"), frozenset({"link"}), "link", links_to="ticket"),
    },
    "task": {
        **_PLATFORM,
        "subject": Standard(("subject", "task", "title", "summary", "task name", "name"), _TEXT, "text"),
        "description": Standard(("description", "notes", "note", "comments", "details"), _BODY, "html"),
        "due": Standard(("due date", "due", "deadline", "end date"), frozenset({"date", "datetime"}), ""),
        "owner": Standard(
            ("owner", "assigned to", "assigned", "assignee", "task owner", "agent"), frozenset({"user"}), "user_id"
        ),
        "state": Standard(("status", "state", "task status"), _CHOICE, "option"),
        "completed": Standard(
            ("date completed", "completed", "completed date", "completed at", "completion date"),
            frozenset({"date", "datetime"}),
            "",
        ),
        "priority": Standard(("priority", "task priority", "urgency"), _CHOICE, "option"),
        "kind": Standard(("category", "task type", "type", "kind"), _CHOICE, "option"),
        "ticket": Standard(("ticket", "case", "related ticket"), frozenset({"link"}), "link", links_to="ticket"),
        "contact": Standard(("contact", "customer", "client"), frozenset({"link"}), "link", links_to="contact"),
    },
}
"""Role -> standard target -> what it takes. A task becomes an internal note of its ticket."""

TRANSFORMS = (
    "text", "html", "email", "phone", "option", "options", "labels", "boolean", "date", "datetime", "moment", "number",
    "user", "user_id", "link", "none",
)  # fmt: skip

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
