"""handoff/saved_views_guide: how each saved view is rebuilt as a Gorgias view.

It belongs here: the document. It does not: the translation (view_filters.py).
"""

from collections import Counter
from pathlib import Path

from migration_assets import markdown
from migration_assets.handoff.rebuild_guide.view_filters import suggest_view
from migration_assets.handoff.results import (
    HandoffDocument,
    export_check,
    export_evaluation,
    missing_export,
    publish_page,
)
from migration_assets.handoff.sources import places
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


def write_saved_views_guide(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    lookup, known = places(warehouse, ledger, home), warehouse.exists("ivinex.saved_views")
    found = warehouse.rows("SELECT source_id, content FROM ivinex.saved_views ORDER BY rowid") if known else []
    views, rows = [], []
    for row in found:
        view, said = SavedView.model_validate_json(row["content"]), {"source_id": row["source_id"]}
        suggested = suggest_view(view, lookup)
        views.append(said | {"ivinex": view.model_dump(), "gorgias": suggested})
        rows.append(said | {"fit": SAVED_VIEWS_EQUIVALENCE[suggested["fit"]], "name": view.name, "tab": view.tab})
    missing = missing_export(export_file(home, SAVED_VIEWS_FILE), SAVED_VIEW_KEYS, rows)
    content = {"views": views, "missing": missing}
    paths = publish_page(home, NAME, content, **content, table=markdown.table(rows, _COLUMNS))
    equivalence = Counter(view["gorgias"]["fit"] for view in views)
    numbers = {"views": len(rows)} | {f"fit_{name}": equivalence[name] for name in SAVED_VIEWS_EQUIVALENCE}
    evaluation = export_evaluation(missing, SAVED_VIEWS_FILE, len(rows), "saved views")
    return HandoffDocument(paths, numbers, rows, SAVED_VIEWS_GUIDE_OVERVIEW, evaluation)
