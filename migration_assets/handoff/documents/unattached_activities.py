"""handoff/unattached_activities: activities on no ticket, for which Gorgias has no place (architecture.md 8).

Told apart from them: those that were written before, and hang on no ticket only because that one is gone by now.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from checks.evaluate import SHOWN, Evaluation
from migration_assets import documents, markdown
from migration_assets.handoff.results import HandoffDocument, publish_page, warning
from migration_assets.wording import counted
from migration_assets.written_before import written_before
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "unattached_activities"
_ROWS = """
    SELECT source_id, collection_type_id, collection_id, created_at, modified_at, raw FROM ivinex.activity_sweep a
    WHERE NOT EXISTS (
        SELECT 1 FROM ivinex.links l WHERE l.role = 'activity_ticket' AND l.from_source_id = a.source_id
    )
    ORDER BY collection_type_id, try_cast(collection_id AS BIGINT), source_id
"""
ALL_ATTACHED = warning(
    NAME,
    "all_attached",
    "Every activity hangs on a ticket, or was written before. Any other is not in Gorgias; its record is in the "
    "private folder.",
)
UNATTACHED_ACTIVITIES_COLUMNS = {"source_id": "id", "created_at": "created (UTC)", "modified_at": "modified (UTC)"}
WRITTEN_BEFORE_COLUMNS = {"source_id": "id", "ticket": "in Gorgias on the ticket", "why": "why it is loose"}


def evaluate_unattached_activities(content: dict[str, Any]) -> Evaluation:
    """How many activities hang on no ticket; ids only."""
    rows, written = content["activities"], content["written_before"]
    before = f"; {counted(len(written), 'other was', 'others were')} written before and kept in Gorgias"
    if not rows:
        return Evaluation(sentence="every activity hangs on a ticket" + (before if written else ""))
    told = counted(len(rows), "activity hangs", "activities hang")
    told += f" on no ticket, so not in Gorgias; the content is in {content['records']}"
    told += before if written else ""
    ids = [row["source_id"] for row in rows[:SHOWN]]
    return Evaluation(len(rows), Counter({("activities", "on no ticket"): len(rows)}), ids, sentence=told)


def write_unattached_activities(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, and the records beside it; its numbers for the UI, and what its check says."""
    rows: list[dict[str, Any]] = warehouse.rows(_ROWS) if warehouse.exists("ivinex.activity_sweep") else []
    records = documents.private_folder(home) / f"{NAME}.ndjson"
    with records.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            held = {"source_id": row["source_id"], "record": json.loads(row.pop("raw"))}
            file.write(json.dumps(held, ensure_ascii=False) + "\n")
    before = written_before(warehouse, ledger, [row["source_id"] for row in rows])
    written = [row | before[row["source_id"]] for row in rows if row["source_id"] in before]
    rows = [row for row in rows if row["source_id"] not in before]
    content = {"activities": rows, "written_before": written, "records": f"private/{records.name}"}
    table = markdown.table(rows, UNATTACHED_ACTIVITIES_COLUMNS)
    page = {"rows": rows, "table": table, "written": written, "records": records.name}
    paths = publish_page(home, NAME, content, **page, written_table=markdown.table(written, WRITTEN_BEFORE_COLUMNS))
    found = evaluate_unattached_activities(content)
    return HandoffDocument(
        paths, {"activities": len(rows), "written_before": len(written)}, rows, UNATTACHED_ACTIVITIES_COLUMNS, found
    )
