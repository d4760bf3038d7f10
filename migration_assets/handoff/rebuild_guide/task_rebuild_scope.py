"""handoff/task_rebuild_scope: tasks on no ticket, which Gorgias has no place for, and a home proposed for each.

It belongs here: the document. What a task says is people's data and goes to the private folder. It does not: tasks
on a ticket, which became notes on it (staging).
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from migration_assets import documents, markdown
from migration_assets.handoff.results import HandoffDocument, publish_page
from migration_assets.written_before import written_before
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

NAME = "task_rebuild_scope"
TASK_REBUILD_SCOPE_OPEN = (
    "open: a task tool, with its due date; or a ticket to ourselves with a tag, snoozed until that date"
)
TASK_REBUILD_SCOPE_DONE = "done: nothing to rebuild; keep the record in the private folder as long as the law asks"
TASK_REBUILD_SCOPE_REGULAR = "comes again and again (the same subject): a recurring entry in a task tool, not a ticket"
TASK_REBUILD_SCOPE_WRITTEN = "in Gorgias: a note on the ticket that it hung on when it was written; nothing to rebuild"
DONE_WORDS = ("complet", "done", "closed", "cancel", "finish")
REGULAR = 3
"""So many tasks of one subject are taken for a chore that comes again."""
_LOOSE = """
    FROM ivinex.tasks t WHERE NOT EXISTS (
        SELECT 1 FROM ivinex.links l WHERE l.role = 'task_ticket' AND l.from_source_id = t.source_id
    )
"""
TASK_REBUILD_SCOPE_COLUMNS = {"source_id": "id", "created_at": "created (UTC)", "home": "proposed home"}


def write_task_rebuild_scope(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, and the records beside it; its numbers for the UI, and what its check says."""
    records = documents.private_folder(home) / f"{NAME}.ndjson"
    with warehouse.transaction() as tx:
        tasks = _tasks(tx) if tx.exists("ivinex.tasks") and tx.exists("ivinex.links") else []
        beside = records.with_name(records.name + ".part")
        if tasks:
            tx.write_lines(f"SELECT t.source_id, t.raw::JSON AS record {_LOOSE} ORDER BY t.source_id", beside)
        else:
            beside.write_text("")
    os.replace(beside, records)
    before = written_before(warehouse, ledger, [task["source_id"] for task in tasks])
    for task in tasks:
        if task["source_id"] in before:
            task["home"] = TASK_REBUILD_SCOPE_WRITTEN
    homes = Counter(task["home"] for task in tasks)
    content = {"homes": dict(homes), "tasks": tasks, "records": f"private/{records.name}"}
    table = markdown.table(tasks, TASK_REBUILD_SCOPE_COLUMNS)
    paths = publish_page(home, NAME, content, homes=homes, tasks=tasks, records=records.name, table=table)
    named = {"open": TASK_REBUILD_SCOPE_OPEN, "done": TASK_REBUILD_SCOPE_DONE, "recurring": TASK_REBUILD_SCOPE_REGULAR}
    named["written_before"] = TASK_REBUILD_SCOPE_WRITTEN
    numbers = {"tasks": len(tasks)} | {name: homes[home] for name, home in named.items()}
    return HandoffDocument(paths, numbers, tasks, TASK_REBUILD_SCOPE_COLUMNS)


def _tasks(tx: Connection) -> list[dict[str, Any]]:
    labels = _status_labels(tx)
    subjects = _text_fields(tx)
    found = tx.rows(
        f"SELECT t.source_id, t.collection_type_id, t.created_at, t.raw {_LOOSE} "
        "ORDER BY t.collection_type_id, try_cast(t.collection_id AS BIGINT), t.source_id"
    )
    records = [json.loads(row.pop("raw")) for row in found]
    named = [
        str(record.get(subjects.get(row["collection_type_id"], ""), "")).strip().lower()
        for row, record in zip(found, records, strict=True)
    ]
    often = Counter(name for name in named if name)
    for row, record, name in zip(found, records, named, strict=True):
        words = [labels.get((row["collection_type_id"], key, str(value)), "") for key, value in record.items()]
        done = any(mark in word.lower() for word in words for mark in DONE_WORDS)
        row["home"] = proposed_home(done=done, repeated=often[name])
        del row["collection_type_id"]
    return found


def proposed_home(*, done: bool, repeated: int) -> str:
    """Where a task on no ticket belongs.

    Args:
        repeated: tasks of the same subject.
    """
    if repeated >= REGULAR:
        return TASK_REBUILD_SCOPE_REGULAR
    return TASK_REBUILD_SCOPE_DONE if done else TASK_REBUILD_SCOPE_OPEN


def _status_labels(tx: Connection) -> dict[tuple[str, str, str], str]:
    """(tab, field, option id) -> label, of fields that are called status."""
    rows = tx.rows(
        "SELECT collection_type_id, field_name, options FROM ivinex.fields WHERE lower(label) LIKE '%status%'"
    )
    return {
        (row["collection_type_id"], row["field_name"], option["id"]): option["label"]
        for row in rows
        for option in json.loads(row["options"] or "[]")
    }


def _text_fields(tx: Connection) -> dict[str, str]:
    """Tab -> its first text field, which names a task."""
    rows = tx.rows(
        "SELECT collection_type_id, arg_min(field_name, position) AS name FROM ivinex.fields WHERE kind = 'text' "
        "GROUP BY collection_type_id"
    )
    return {row["collection_type_id"]: row["name"] for row in rows}
