"""handoff/unattached_activities: activities on no ticket, for which Gorgias has no place (architecture.md 8)."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from checks.evaluate import SHOWN, Evaluation
from migration_assets import documents, markdown
from migration_assets.handoff.results import HandoffDocument, publish_page, warning
from migration_assets.wording import counted
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
    "Every activity hangs on a ticket. One that does not is not in Gorgias; its record is in the private folder.",
)
UNATTACHED_ACTIVITIES_COLUMNS = {"source_id": "id", "created_at": "created (UTC)", "modified_at": "modified (UTC)"}


def evaluate_unattached_activities(content: dict[str, Any]) -> Evaluation:
    """How many activities hang on no ticket; ids only."""
    rows = content["activities"]
    if not rows:
        return Evaluation(sentence="every activity hangs on a ticket")
    told = counted(len(rows), "activity hangs", "activities hang")
    told += f" on no ticket, so not in Gorgias; the content is in {content['records']}"
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
    content = {"activities": rows, "records": f"private/{records.name}"}
    table = markdown.table(rows, UNATTACHED_ACTIVITIES_COLUMNS)
    paths = publish_page(home, NAME, content, rows=rows, records=records.name, table=table)
    found = evaluate_unattached_activities(content)
    return HandoffDocument(paths, {"activities": len(rows)}, rows, UNATTACHED_ACTIVITIES_COLUMNS, found)
