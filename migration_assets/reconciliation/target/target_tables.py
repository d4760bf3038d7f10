"""What Gorgias holds, as tables of the warehouse: declared here, filled by target_sweep and readback.

It belongs here: the tables, and turning rows into their frames. It does not: the shape of Gorgias's JSON
(response_parser.py), reading (list_reads.py, single_reads.py) and comparing (comparison/comparator.py).
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from resources.warehouse import Connection, Table

UNPARTITIONED = "*"
"""Partition of objects that belong to no day, as in the gates."""
PRESENT, MERGED, GONE = "present", "merged", "gone"

TICKETS = Table(
    "reconciliation.target_tickets",
    {
        "partition": ("VARCHAR", "the day it was loaded for"),
        "gorgias_id": ("BIGINT", "the ticket"),
        "found": ("VARCHAR", "present, merged or gone"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "subject": ("VARCHAR", "subject"),
        "status": ("VARCHAR", "open or closed"),
        "priority": ("VARCHAR", "priority"),
        "channel": ("VARCHAR", "channel"),
        "via": ("VARCHAR", "how it entered"),
        "from_agent": ("BOOLEAN", "direction of the first message"),
        "imported": ("BOOLEAN", "created by an import; NULL where the answer does not show it"),
        "customer_id": ("BIGINT", "its customer in Gorgias"),
        "assignee_id": ("BIGINT", "its user in Gorgias, NULL where unassigned"),
        "team_id": ("BIGINT", "its team in Gorgias"),
        "tags": ("VARCHAR", "JSON list of names"),
        "field_values": ("VARCHAR", "JSON {custom field id: value}"),
        "meta": ("VARCHAR", "JSON"),
        "created_at": ("TIMESTAMPTZ", "created_datetime"),
        "opened_at": ("TIMESTAMPTZ", "opened_datetime"),
        "closed_at": ("TIMESTAMPTZ", "closed_datetime"),
        "updated_at": ("TIMESTAMPTZ", "updated_datetime"),
        "trashed_at": ("TIMESTAMPTZ", "trashed_datetime"),
        "spam": ("BOOLEAN", "spam"),
        "snooze_at": ("TIMESTAMPTZ", "snooze_datetime"),
        "language": ("VARCHAR", "language"),
        "read_at": ("TIMESTAMPTZ", "when it was read"),
    },
)
MESSAGES = Table(
    "reconciliation.target_messages",
    {
        "partition": ("VARCHAR", "the day of its ticket"),
        "gorgias_id": ("BIGINT", "the message"),
        "ticket_id": ("BIGINT", "its ticket in Gorgias"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "channel": ("VARCHAR", "channel"),
        "via": ("VARCHAR", "how it entered"),
        "from_agent": ("BOOLEAN", "direction"),
        "public": ("BOOLEAN", "seen by the customer"),
        "sender_id": ("BIGINT", "user or customer in Gorgias"),
        "receiver_id": ("BIGINT", "user or customer in Gorgias"),
        "source": ("VARCHAR", "JSON {type, from, to, cc, bcc}"),
        "subject": ("VARCHAR", "subject"),
        "body_text": ("VARCHAR", "plain text"),
        "body_html": ("VARCHAR", "HTML"),
        "message_id": ("VARCHAR", "Message-ID"),
        "meta": ("VARCHAR", "JSON"),
        "attachments": ("VARCHAR", "JSON [{url, name, size, content_type}]"),
        "created_at": ("TIMESTAMPTZ", "created_datetime"),
        "sent_at": ("TIMESTAMPTZ", "sent_datetime"),
        "failed": ("BOOLEAN", "Gorgias tried to send it: failed_datetime or last_sending_error is set"),
        "automatic": ("BOOLEAN", "a rule wrote it"),
    },
)
SURVEYS = Table(
    "reconciliation.target_surveys",
    {
        "gorgias_id": ("BIGINT", "the event"),
        "ticket_id": ("BIGINT", "the ticket whose customer was asked"),
        "sent_at": ("TIMESTAMPTZ", "when"),
    },
)
CUSTOMERS = Table(
    "reconciliation.target_customers",
    {
        "gorgias_id": ("BIGINT", "the customer"),
        "found": ("VARCHAR", "present, merged or gone"),
        "survivor_id": ("BIGINT", "the customer that it was merged into, where one holds its channels"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "name": ("VARCHAR", "full name"),
        "email": ("VARCHAR", "primary address"),
        "channels": ("VARCHAR", "JSON [{type, address, preferred}]"),
        "field_values": ("VARCHAR", "JSON {custom field id: value}"),
        "data": ("VARCHAR", "JSON"),
        "language": ("VARCHAR", "language"),
        "updated_at": ("TIMESTAMPTZ", "updated_datetime"),
        "read_at": ("TIMESTAMPTZ", "when it was read"),
        "proof": ("VARCHAR", "read, or list and answer (customer_proof.py)"),
    },
)
DEFINITIONS = Table(
    "reconciliation.target_definitions",
    {
        "object": ("VARCHAR", "users, teams, tags or custom_fields"),
        "gorgias_id": ("BIGINT", "the object"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "name": ("VARCHAR", "name, or a field's label"),
        "email": ("VARCHAR", "a user's address"),
        "facts": ("VARCHAR", "JSON: role; description; members; object_type, data_type, input_type, choices, archived"),
        "fallback": ("BOOLEAN", "the user who stands in for authors without one"),
        "updated_at": ("TIMESTAMPTZ", "updated_datetime, where the object has one"),
        "read_at": ("TIMESTAMPTZ", "when it was read"),
    },
)
LISTED = Table(
    "reconciliation.target_listed",
    {
        "object": ("VARCHAR", "tickets or customers"),
        "gorgias_id": ("BIGINT", "the object"),
        "external_id": ("VARCHAR", "as Gorgias holds it"),
        "read_at": ("TIMESTAMPTZ", "when the list was walked"),
    },
)
LISTS_MARK = Table(
    "reconciliation.lists_mark",
    {"newest_event": ("VARCHAR", "Gorgias's newest event before its lists were walked; NULL where it shows none")},
)
_KINDS: dict[str, Any] = {"BIGINT": "Int64", "BOOLEAN": "boolean", "VARCHAR": "str"}


def upgrade(tx: Connection) -> None:
    """Columns that tables of an earlier release do not have."""
    tx.ensure(TICKETS, MESSAGES, CUSTOMERS)
    added = (
        (TICKETS, ("spam", "snooze_at", "language")),
        (MESSAGES, ("automatic",)),
        (CUSTOMERS, ("language", "proof")),
    )
    for table, names in added:
        for name in names:
            tx.execute(f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {name} {table.columns[name][0]}")


def frame_of(table: Table, rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with the table's types; what a row does not name is NULL."""
    frame = pd.DataFrame(list(rows), columns=list(table.columns))
    for name, (kind, _) in table.columns.items():
        if kind == "TIMESTAMPTZ":
            # A time without an offset is UTC (gorgias-api.md 5).
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
        else:
            frame[name] = frame[name].astype(_KINDS[kind])
    return frame
