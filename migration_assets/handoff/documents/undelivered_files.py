"""handoff/undelivered_files: every file that is not on a ticket in Gorgias, with the reason.

The document names ids, reasons and sizes. File names, which are people's data, and where the store keeps the contents
are in the private folder only.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from checks.evaluate import SHOWN, Evaluation
from migration_assets import documents, markdown
from migration_assets.handoff.results import HandoffDocument, publish_page, warning
from resources.files import FileStore
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "undelivered_files"
_DELIVERED = ("created", "adopted")
_FILES = """
    SELECT DISTINCT ON (m.source_id) m.source_id, m.record_source_id, m.role, m.name, m.claimed_size,
           d.status, d.sha256, d.size, d.content_type
    FROM ivinex.mentions m JOIN ivinex.downloads d USING (source_id)
    ORDER BY m.source_id
"""
_ENDS = "SELECT source_id, partition, outcome, reason FROM reconciliation.ends WHERE object = 'files' AND known"
ALL_DELIVERED = warning(NAME, "all_delivered", "Every file of Ivinex is on its ticket in Gorgias.")
UNDELIVERED_FILES_COLUMNS = {
    "file": "file", "ticket": "ticket", "day": "day", "reason": "reason", "bytes": "bytes", "held": "content held"
}  # fmt: skip


def evaluate_undelivered_files(content: dict[str, Any]) -> Evaluation:
    """How many files are not on their ticket, by reason; ids only."""
    rows, total = content["files"], content["delivered"] + content["undelivered"]
    if not rows:
        return Evaluation(total, sentence=f"all {total} files are on their tickets")
    reasons = Counter(row["reason"] for row in rows)
    listed = "; ".join(f"{reason} ({number})" for reason, number in reasons.most_common())
    failures = Counter({("files", reason): number for reason, number in reasons.items()})
    told = f"{len(rows)} of {total} files are not in Gorgias: {listed}"
    return Evaluation(total, failures, [row["file"] for row in rows[:SHOWN]], sentence=told)


def write_undelivered_files(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, and the names beside it; its numbers for the UI, and what its check says.

    The books made last say what became of each (reconciliation.ends).
    """
    there = warehouse.exists("ivinex.mentions") and warehouse.exists("reconciliation.ends")
    ends = warehouse.rows(_ENDS) if there else []
    known = {row["source_id"]: row for row in warehouse.rows(_FILES)} if there else {}
    told, private = [], []
    for end in sorted(ends, key=lambda row: str(row["source_id"])):
        if end["outcome"] in _DELIVERED:
            continue
        file, _, ticket = end["source_id"].partition("@")
        row = known.get(file, {})
        told.append(_row(file, ticket, end, row))
        private.append({"file": file, "ticket": ticket or None, "name": row.get("name"), "content": _place(home, row)})
    beside = documents.private_folder(home) / f"{NAME}.ndjson"
    beside.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in private), "utf-8", newline="\n")
    delivered = len(ends) - len(told)
    content = {"delivered": delivered, "undelivered": len(told), "files": told, "names": f"private/{beside.name}"}
    reasons = Counter(row["reason"] for row in told).most_common()
    table = markdown.table(told, UNDELIVERED_FILES_COLUMNS)
    given = {"delivered": delivered, "rows": told, "reasons": reasons, "names": beside.name}
    paths = publish_page(home, NAME, content, **given, table=table)
    numbers = {"delivered": delivered, "undelivered": len(told)} | ledger.uploads.upload_counts()
    return HandoffDocument(paths, numbers, told, UNDELIVERED_FILES_COLUMNS, evaluate_undelivered_files(content))


def _row(file: str, ticket: str, end: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    return {
        "file": file,
        "ticket": ticket or None,
        "day": end["partition"],
        "outcome": end["outcome"],
        "reason": end["reason"] or end["outcome"] or "nothing is known of it",
        "bytes": row.get("size") or row.get("claimed_size"),
        "held": bool(row.get("sha256")),
        "sha256": row.get("sha256"),
    }


def _place(home: Path, row: dict[str, Any]) -> str | None:
    """Where the content lies, below MIGRATION_HOME."""
    if not row.get("sha256"):
        return None
    return str(FileStore(home / "files").path(row["sha256"]).relative_to(home))
