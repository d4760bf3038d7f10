"""Tasks of tickets as rows of staging.messages: an internal note each, at the time when the task was made. Pure.

It belongs here: what the note says, and which tasks hang on which tickets. A task on several tickets is a note on
each; one on none has no row here (handoff/task_rebuild_scope).
"""

from __future__ import annotations

from html import escape
from typing import Any

from migration_assets.staging.context import StagingContext
from migration_assets.staging.conversations import messages
from migration_assets.staging.conversations.authorship import AuthorEvidence, author_of
from migration_assets.staging.conversations.tickets import Ticket
from migration_assets.transforms.apply import MappedRecords
from migration_assets.transforms.text import Body

TASKS_ON_TICKETS = """
SELECT t.partition, t.source_id AS ticket_source_id, k.collection_type_id, k.collection_id, k.source_id,
       k.content_hash, k.raw, k.created_at
FROM ivinex.tickets t JOIN ivinex.links l ON l.to_source_id = t.source_id AND l.role = 'task_ticket'
JOIN ivinex.tasks k ON k.source_id = l.from_source_id
"""
"""One row per (task, ticket), on the ticket's day."""
FACTS = {
    "state": "State",
    "due": "Due",
    "owner": "Owner",
    "completed": "Completed",
    "priority": "Priority",
    "kind": "Kind",
}
"""Standard target -> how the note calls it."""


def task(
    ticket: Ticket, row: dict[str, Any], record: dict[str, Any], applied: MappedRecords, i: int, context: StagingContext
) -> dict[str, Any]:
    """One task on one ticket: subject, text, then what is known of it."""
    external_id = str(row["source_id"])
    created_by = str(record.get("created_by") or "") or None
    owner = applied.get("owner", i)
    creator = context.lookups.user(created_by)
    meta = {
        "ivinex_id": external_id,
        "ivinex_kind": "Task",
        "ivinex_author": creator["source_id"] if creator else created_by,
        **messages.modified(record, context),
        "ivinex_owner": owner,
        "ivinex_contact": applied.get("contact", i),
        **applied.extra[i],
    }
    text, html = _content(applied.get("description", i), _facts(applied, i, context))
    made = messages.note(
        *(ticket, external_id, "task", row["created_at"] or ticket.created_at),
        author_of(AuthorEvidence("task", created_by=created_by, owner=owner), context),
        text,
        html,
        subject=applied.get("subject", i) or "Task",
        meta={key: value for key, value in meta.items() if value is not None},
    )
    return made | {"source_id": f"{external_id}@{ticket.source_id}"}


def _facts(applied: MappedRecords, i: int, context: StagingContext) -> list[str]:
    values = {name: applied.get(name, i) for name in FACTS}
    if values["owner"]:
        values["owner"] = context.name_of(values["owner"])
    return [f"{FACTS[name]}: {value}" for name, value in values.items() if value is not None]


def _content(about: Body | None, facts: list[str]) -> tuple[str, str | None]:
    """Plain text, and HTML where the task's text is HTML."""
    text = "\n\n".join(part for part in (about.plain() if about else "", "\n".join(facts)) if part)
    if about is None or about.html is None:
        return text, None
    return text, f"{about.html}<p>{'<br>'.join(escape(fact) for fact in facts)}</p>" if facts else about.html
