"""handoff/saved_views_guide: how each saved view is rebuilt as a Gorgias view.

It belongs here: the document. It does not: the translation (view_filters.py).
"""

from collections import Counter
from pathlib import Path
from typing import Any

from migration_assets import documents, markdown
from migration_assets.handoff.rebuild_guide.view_filters import suggest_view
from migration_assets.handoff.results import (
    HandoffDocument,
    export_check,
    export_evaluation,
    missing_export,
)
from migration_assets.handoff.sources import places
from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.ivinex.exports.export_files import export_file
from migration_assets.ivinex.exports.saved_view_model import SAVED_VIEW_KEYS, SAVED_VIEWS_FILE, SavedView
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "saved_views_guide"
SAVED_VIEWS_EQUIVALENCE = {
    "full": "the same tickets, columns and order",
    "partly": "the same tickets, other columns or order",
    "wider": "shows more tickets than in Ivinex",
    "none": "no view does this",
}
SAVED_VIEWS_EXPORT_CHECK = export_check(NAME, SAVED_VIEWS_FILE, SAVED_VIEW_KEYS)
SAVED_VIEWS_GUIDE_OVERVIEW = {"source_id": "view", "fit": "in Gorgias"}
_COLUMNS = {"name": "view", "tab": "tab", "fit": "in Gorgias"}


def publish_saved_views_guide(
    warehouse: Warehouse, home: Path, lookup: TargetLocations
) -> tuple[dict[str, Any], dict[str, Path]]:
    """Write the document; returns its content and the files."""
    known = warehouse.exists("ivinex.saved_views")
    found = warehouse.rows("SELECT source_id, content FROM ivinex.saved_views ORDER BY rowid") if known else []
    rows = []
    for row in found:
        view = SavedView.model_validate_json(row["content"])
        rows.append({"source_id": row["source_id"], "ivinex": view.model_dump(), "gorgias": suggest_view(view, lookup)})
    content = {"views": rows, "missing": missing_export(export_file(home, SAVED_VIEWS_FILE), SAVED_VIEW_KEYS, rows)}
    page = markdown.render(
        f"{NAME}.md.j2", **content, table=markdown.table(saved_views_guide_overview(content), _COLUMNS)
    )
    return content, documents.publish(home, NAME, content, page)


def saved_views_guide_overview(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"source_id": row["source_id"], "fit": SAVED_VIEWS_EQUIVALENCE[row["gorgias"]["fit"]]}
        | {name: row["ivinex"][name] for name in ("name", "tab")}
        for row in content["views"]
    ]


def write_saved_views_guide(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    content, paths = publish_saved_views_guide(warehouse, home, places(warehouse, ledger, home))
    rows = saved_views_guide_overview(content)
    equivalence = Counter(row["gorgias"]["fit"] for row in content["views"])
    numbers = {"views": len(rows)} | {f"fit_{name}": equivalence[name] for name in SAVED_VIEWS_EQUIVALENCE}
    found = export_evaluation(content["missing"], SAVED_VIEWS_FILE, len(rows), "saved views")
    return HandoffDocument(paths, numbers, rows, SAVED_VIEWS_GUIDE_OVERVIEW, found)
