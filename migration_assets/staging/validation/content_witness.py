"""The check `content_kept`: does a staged ticket or message hold what its source record holds?

It compares each source record with its staged row, independently of the code that made the row: every visible word of
each body, every address, every image, every mapped value. A difference that no loss row of that record explains is a
failure of its day. Nothing downstream could find it: later comparisons begin with the staged row.

It belongs here: reading both sides, and the result per day. It does not: which rule fits which field
(witness_records.py). Findings are ids, fields and rules, never a value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from checks.evaluate import SHOWN, Evaluation
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.mapping.frames import to_rows
from migration_assets.staging.chunks import chunks
from migration_assets.staging.context import STAGE, StagingContext
from migration_assets.staging.conversations.task_notes import TASKS_ON_TICKETS
from migration_assets.staging.validation import witness_texts as texts
from migration_assets.staging.validation.balance import Results
from migration_assets.staging.validation.witness_records import Found, Row, Witness
from migration_assets.transforms.apply import parse_raw
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

_PLAN = """
SELECT t.partition, t.source_id, (strlen(t.raw) + coalesce(a.bytes, 0))::BIGINT AS bytes
FROM ivinex.tickets t LEFT JOIN (
    SELECT ticket_source_id, sum(strlen(body_text)) * 3 AS bytes FROM staging.messages
    WHERE partition BETWEEN $first AND $last GROUP BY ticket_source_id) a ON a.ticket_source_id = t.source_id
WHERE t.partition BETWEEN $first AND $last AND t.partition IN (SELECT unnest($keys::VARCHAR[]))
ORDER BY t.partition, t.source_id
"""
_MESSAGES = """
SELECT m.partition, m.source_id, m.ticket_source_id, m.external_id, m.channel, m.source, m.subject, m.body_text,
       m.body_html, m.message_id, m.meta, m.created_at, s.collection_type_id AS tab, s.raw
FROM staging.messages m JOIN (
    SELECT partition, source_id || '@' || ticket_source_id AS id, collection_type_id, raw FROM {table}
    WHERE partition BETWEEN $first AND $last AND ticket_source_id IN (SELECT unnest($ids::VARCHAR[]))
) s ON s.id = m.source_id AND s.partition = m.partition
WHERE m.partition BETWEEN $first AND $last AND m.kind = $kind
"""
_TICKETS = """
SELECT t.* EXCLUDE (external_id, channel, from_agent, messages), s.collection_type_id AS tab, s.raw,
       d.body_text, d.body_html, n.body_text AS note
FROM staging.tickets t JOIN ivinex.tickets s ON s.source_id = t.source_id AND s.partition = t.partition
LEFT JOIN staging.messages d ON d.partition = t.partition AND d.source_id = t.source_id || '#description'
LEFT JOIN staging.messages n ON n.partition = t.partition AND n.source_id = t.source_id || '#losses'
WHERE t.partition BETWEEN $first AND $last AND t.source_id IN (SELECT unnest($ids::VARCHAR[]))
"""
_FILES = f"""
SELECT * FROM {ATTACHMENTS.name} WHERE partition BETWEEN $first AND $last
AND ticket_source_id IN (SELECT unnest($ids::VARCHAR[])) ORDER BY record_source_id, position, source_id
"""  # noqa: S608


def tickets_kept(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    """`content_kept` of staging/tickets: their values, subjects and descriptions."""
    return _look(warehouse, ledger, list(keys or []), context, [(_TICKETS, {}, lambda witness: witness.ticket)])


def messages_kept(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    """`content_kept` of staging/messages: those of activities and of tasks."""
    sources: list[_Source] = [
        (_MESSAGES.format(table="ivinex.activities"), {"kind": "activity"}, lambda witness: witness.activity),
        (_MESSAGES.format(table=f"({TASKS_ON_TICKETS})"), {"kind": "task"}, lambda witness: witness.task),
    ]
    return _look(warehouse, ledger, list(keys or []), context, sources)


_Source = tuple[str, dict[str, Any], Callable[[Witness], Callable[[Row, dict[str, Any], Sequence[texts.File]], Found]]]


def _look(
    warehouse: Warehouse, ledger: Ledger, keys: list[str], context: StagingContext, sources: Sequence[_Source]
) -> dict[str | None, Evaluation]:
    results: dict[str | None, Evaluation] = {key: Evaluation() for key in keys}
    if not keys:
        return results
    with warehouse.transaction() as tx:
        users = tx.query("SELECT * FROM ivinex.users")
        witness = Witness(context, users, _excused(ledger, keys))
        plan = tx.query(_PLAN, {"keys": keys, "first": min(keys), "last": max(keys)})
        day_of = dict(zip(plan["source_id"], plan["partition"], strict=True))
        for ids in chunks(plan):
            span = {"first": day_of[ids[0]], "last": day_of[ids[-1]], "ids": ids}
            files = _files(tx, span)
            for sql, more, which in sources:
                _compare(tx, sql, span | more, which(witness), files, results)
    return results


def _compare(
    tx: Connection,
    sql: str,
    given: dict[str, Any],
    look: Callable[[Row, dict[str, Any], Sequence[texts.File]], Found],
    files: dict[str, list[texts.File]],
    results: dict[str | None, Evaluation],
) -> None:
    listed = tx.rows(sql, given)
    for row, record in zip(listed, parse_raw([row["raw"] for row in listed]), strict=True):
        result = results[row["partition"]]
        result.rows += 1
        record_id = row["source_id"].partition("@")[0]
        try:
            found = set(look(row, record, files.get(record_id, [])))
        except Exception as error:
            found = {("record", f"cannot be compared ({type(error).__name__})")}
        result.failures.update(found)
        if found and len(result.source_ids) < SHOWN:
            result.source_ids.append(row["source_id"])


def _files(tx: Connection, span: dict[str, Any]) -> dict[str, list[texts.File]]:
    found: dict[str, list[texts.File]] = defaultdict(list)
    if tx.exists(ATTACHMENTS):
        for row in to_rows(tx.query(_FILES, span)):
            found[row["record_source_id"]].append(row)
    return found


def _excused(ledger: Ledger, keys: list[str]) -> dict[str, set[str]]:
    """Record -> kinds of loss that staging has written down for it."""
    losses = ledger.losses.loss_rows(keys)
    found: dict[str, set[str]] = defaultdict(set)
    mine = losses[(losses["stage"] == STAGE) & (losses["source_id"] != "")]
    for source_id, kind in zip(mine["source_id"], mine["kind"], strict=True):
        found[source_id].add(kind)
    return found
