"""Where the values of each mapped field stand in the staged tables: SQL, as data.

It belongs here: role -> its staged rows beside their source records, the column of each standard target, references to
other staged tables. It does not: what a value has to be (mapping_schemas.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from migration_assets.mapping.model import OVERFLOW_FIELD, Role
from migration_assets.staging.conversations.task_notes import TASKS_ON_TICKETS
from migration_assets.staging.people.stub_contacts import NO_CONTACT

DAYS = "t.partition BETWEEN $first AND $last AND t.partition IN (SELECT unnest($days::VARCHAR[]))"
_OF_MESSAGE = (
    "staging.messages t JOIN {table} s ON s.partition = t.partition "
    "AND t.source_id = s.source_id || '@' || s.ticket_source_id"
)
_STRAY_TAGS = f"""
SELECT o.tags FROM (SELECT DISTINCT t.tags FROM staging.tickets t WHERE {DAYS}) o,
    unnest(from_json(o.tags, '["VARCHAR"]')) AS u(tag) WHERE u.tag NOT IN (SELECT name FROM staging.tags)
"""  # noqa: S608
_TICKETS = f"(SELECT source_id FROM staging.tickets t WHERE {DAYS})"  # noqa: S608
_MESSAGES = f"(SELECT source_id FROM staging.messages t WHERE {DAYS})"  # noqa: S608
_FILES = f"(SELECT t.source_id FROM ivinex.attachments t WHERE {DAYS} AND t.status = 'ok')"  # noqa: S608


@dataclass(frozen=True)
class Placed:
    """Staged rows (`t`) of one role beside their source records (`s`).

    Attributes:
        rows: FROM clause.
        where: which of them.
        day: the partition of a row.
        values: column of custom field values, "" where the target has none.
        extra: JSON column of the `meta` or `data` targets, and the path to them.
        standards: standard target -> the staged value; None: no column shows it, only its words are looked at.
        alone: one record makes the row.
        unmapped: staged column of a standard target -> what it is where no field of the map feeds the target.
    """

    rows: str
    where: str = DAYS
    day: str = "t.partition"
    values: str = ""
    extra: tuple[str, str] = ("t.meta", "")
    standards: Mapping[str, str | None] = field(default_factory=dict)
    alone: bool = True
    unmapped: Mapping[str, Callable[[pd.Series], pd.Series]] = field(default_factory=dict)


_WHOLE = "''"
_CUSTOMER_DATA = (
    "CASE WHEN t.data <> '{}' THEN t.data ELSE coalesce("
    f"json_extract_string(t.field_values, '/{OVERFLOW_FIELD.external_id}'), '{{}}') END"
)
"""What has no field of a customer's, wherever the map puts it."""
PLACES: dict[Role, Placed] = {
    "ticket": Placed(
        rows="staging.tickets t JOIN ivinex.tickets s ON s.partition = t.partition AND s.source_id = t.source_id",
        values="t.field_values",
        standards={
            "subject": "t.subject",
            "status": "t.status",
            "priority": "t.priority",
            "assignee": "t.assignee_source_id",
            "contact": f"CASE WHEN NOT ends_with(t.contact_source_id, '{NO_CONTACT}') THEN t.contact_source_id END",
            "team": "t.team_source_id",
            "tags": "CASE WHEN json_array_length(t.tags) > 1 THEN t.tags END",
        },
        unmapped={
            "status": lambda values: values == "open",
            "priority": lambda values: values == "normal",
            "assignee": lambda values: values.isna(),
            "contact": lambda values: values.isna(),
            "team": lambda values: values.isna(),
            "tags": lambda values: values.isna(),
        },
    ),
    "activity": Placed(
        rows=_OF_MESSAGE.format(table="ivinex.activities"),
        where=f"{DAYS} AND t.kind = 'activity'",
        standards={
            "kind": "t.channel",
            "direction": None,
            "owner": "json_extract_string(t.meta, '/ivinex_owner')",
            "duration": "json_extract_string(t.meta, '/call_duration')",
            "disposition": "json_extract_string(t.meta, '/call_disposition')",
        },
    ),
    "task": Placed(
        rows=_OF_MESSAGE.format(table=f"({TASKS_ON_TICKETS})"),
        where=f"{DAYS} AND t.kind = 'task'",
        standards={"owner": "json_extract_string(t.meta, '/ivinex_owner')"},
    ),
    "contact": Placed(
        rows="staging.customers t JOIN ivinex.contacts s ON s.source_id = t.source_id",
        where="t.kind = 'contact'",
        day=_WHOLE,
        values="t.field_values",
        extra=(_CUSTOMER_DATA, ""),
        standards={"email": "t.email"},
        alone=False,
    ),
    "organization": Placed(
        rows="staging.customers t JOIN ivinex.organizations s "
        f"ON s.source_id = json_extract_string({_CUSTOMER_DATA}, '/organization/ivinex_id')",
        where="t.kind = 'contact'",
        day=_WHOLE,
        values="t.field_values",
        extra=(_CUSTOMER_DATA, "/organization"),
        alone=False,
    ),
}

_PEOPLE = """
CASE t.{side}_type WHEN 'user' THEN t.{side}_source_id IN (SELECT source_id FROM staging.users)
WHEN 'customer' THEN t.{side}_source_id IN (SELECT source_id FROM staging.customers) END
"""
REFERENCES: dict[str, dict[str, tuple[str, str]]] = {
    "tickets": {
        "customer_source_id": (
            "staging.customers",
            "t.customer_source_id IN (SELECT source_id FROM staging.customers)",
        ),
        "assignee_source_id": ("staging.users", "t.assignee_source_id IN (SELECT source_id FROM staging.users)"),
        "team_source_id": ("staging.teams", "t.team_source_id IN (SELECT source_id FROM staging.teams)"),
        "tags": ("staging.tags", f"t.tags NOT IN ({_STRAY_TAGS})"),
    },
    "messages": {
        "ticket_source_id": ("staging.tickets", f"t.ticket_source_id IN {_TICKETS}"),
        "sender_source_id": ("staging.users or staging.customers", _PEOPLE.format(side="sender")),
        "receiver_source_id": ("staging.users or staging.customers", _PEOPLE.format(side="receiver")),
    },
    "attachments": {
        "ticket_source_id": ("staging.tickets", f"t.ticket_source_id IN {_TICKETS}"),
        "message_source_id": ("staging.messages", f"t.message_source_id IN {_MESSAGES}"),
        "file_source_id": ("ivinex.attachments", f"t.file_source_id IN {_FILES}"),
    },
}
"""Daily staged table -> column -> (the table it refers to, whether it does). Null refers to nothing, and is right."""
