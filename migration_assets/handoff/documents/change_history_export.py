"""handoff/change_history_export: the whole history of the records that were moved; Gorgias has no place for it.

It belongs here: the export. Values are people's data, so the rows go to the private folder, and the handoff folder
gets counts and ids. It does not: the note on a ticket with its latest changes (staging).
"""

import os
from pathlib import Path

from migration_assets import documents, markdown
from migration_assets.handoff.results import (
    HandoffDocument,
    export_check,
    export_evaluation,
    missing_export,
    publish_page,
)
from migration_assets.handoff.sources import RECORD_IDS, copy_record_ids
from migration_assets.ivinex.exports.export_files import HISTORY_COLUMNS, HISTORY_FILE, export_file
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

NAME = "change_history_export"
RECORDS = "change_history_records.ndjson"
ROWS = "change_history.ndjson"
_MOVED = f"ivinex.change_history h JOIN {RECORD_IDS.name} r ON r.source_id = h.record_source_id"
_AT = "strftime({} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
_ROWS = f"""
    SELECT h.record_source_id AS source_id, r.object, r.gorgias_id, {_AT.format("h.changed_at")} AS changed_at,
           h.changed_date, h.tab, h.field, h.old_value, h.new_value, h.changed_by
    FROM {_MOVED} ORDER BY h.line
"""  # noqa: S608
_RECORDS = f"""
    SELECT h.record_source_id AS source_id, r.object, r.gorgias_id, count(*) AS changes,
           {_AT.format("min(h.changed_at)")} AS first, {_AT.format("max(h.changed_at)")} AS last
    FROM {_MOVED} GROUP BY ALL ORDER BY r.object, h.record_source_id
"""  # noqa: S608
_FIELDS = f"""
    SELECT h.tab, h.field, count(*) AS changes, count(DISTINCT h.record_source_id) AS records
    FROM {_MOVED} GROUP BY ALL ORDER BY h.tab, changes DESC, h.field
"""  # noqa: S608
_DAYS = f"""
    SELECT coalesce(strftime(h.changed_at AT TIME ZONE 'UTC', '%Y-%m-%d'), 'none') AS day, count(*) AS changes
    FROM {_MOVED} GROUP BY ALL ORDER BY day
"""  # noqa: S608
_NUMBERS = ("changes", "exported", "of_unknown_tabs", "of_records_not_moved", "without_time", "records")
_COUNTS = f"""
    SELECT count(*) AS changes, count(*) FILTER (r.source_id IS NOT NULL) AS exported,
           count(*) FILTER (h.record_source_id IS NULL) AS of_unknown_tabs,
           count(*) FILTER (h.record_source_id IS NOT NULL AND r.source_id IS NULL) AS of_records_not_moved,
           count(*) FILTER (h.changed_at IS NULL) AS without_time,
           count(DISTINCT r.source_id) AS records
    FROM ivinex.change_history h LEFT JOIN {RECORD_IDS.name} r ON r.source_id = h.record_source_id
"""  # noqa: S608
CHANGE_HISTORY_EXPORT_CHECK = export_check(NAME, HISTORY_FILE, HISTORY_COLUMNS)
CHANGE_HISTORY_EXPORT_COLUMNS = {"tab": "tab", "field": "field", "changes": "changes", "records": "records"}


def write_change_history_export(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """Rows, records and the document, none of them held in memory; its numbers, and what its check says."""
    private = documents.private_folder(home)
    numbers, fields, days, files = dict.fromkeys(_NUMBERS, 0), [], [], {}
    with warehouse.transaction() as tx:
        if there := tx.exists("ivinex.change_history"):
            copy_record_ids(tx, ledger)
            numbers = {name: int(value) for name, value in tx.rows(_COUNTS)[0].items()}
            _lines(tx, _ROWS, private / ROWS)
            made = private / f"{RECORDS}.part"
            tx.write_lines(_RECORDS, made)
            fields, days = tx.rows(_FIELDS), tx.rows(_DAYS)
    if there:
        files = {"records": documents.publish_file(home, RECORDS, made), "rows": private / ROWS}
    missing = missing_export(export_file(home, HISTORY_FILE), HISTORY_COLUMNS)
    content = {"numbers": numbers, "missing": missing, "by_field": fields, "by_day": days}
    content |= {"rows": f"private/{ROWS}", "records": RECORDS}
    given = {"numbers": numbers, "missing": missing, "rows": ROWS, "records": RECORDS}
    given |= {"first": days[0]["day"] if days else "", "last": days[-1]["day"] if days else ""}
    table = markdown.table(fields, CHANGE_HISTORY_EXPORT_COLUMNS)
    paths = publish_page(home, NAME, content, **given, table=table)
    found = export_evaluation(missing, HISTORY_FILE, numbers["changes"], "changes")
    return HandoffDocument(paths | files, numbers, fields, CHANGE_HISTORY_EXPORT_COLUMNS, found)


def _lines(tx: Connection, sql: str, file: Path) -> None:
    beside = file.with_name(file.name + ".part")
    tx.write_lines(sql, beside)
    os.replace(beside, file)
