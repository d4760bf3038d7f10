"""handoff/saved_views_guide: how each saved view is rebuilt as a Gorgias view.

It belongs here: the document. It does not: the translation (view_filters.py).
"""

from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg

from migration_assets import documents, markdown
from migration_assets.handoff.rebuild_guide.target_locations import TargetLocations
from migration_assets.handoff.rebuild_guide.view_filters import suggest_view
from migration_assets.handoff.results import (
    document_metadata,
    export_check,
    export_evaluation,
    missing_export,
)
from migration_assets.handoff.sources import places
from migration_assets.ivinex.exports.export_files import export_file
from migration_assets.ivinex.exports.saved_view_model import SAVED_VIEW_KEYS, SAVED_VIEWS_FILE, SavedView
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

NAME = "saved_views_guide"
EQUIVALENCE = {
    "full": "the same tickets, columns and order",
    "partly": "the same tickets, other columns or order",
    "wider": "shows more tickets than in Ivinex",
    "none": "no view does this",
}
EXPORT = export_check(NAME, SAVED_VIEWS_FILE, SAVED_VIEW_KEYS)
_OVERVIEW = {"source_id": "view", "fit": "in Gorgias"}
_COLUMNS = {"name": "view", "tab": "tab", "fit": "in Gorgias"}


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[
        dg.AssetKey(["ivinex", "saved_views"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("tabs", "fields", "users")),
        *(dg.AssetKey(["gorgias", name]) for name in ("users", "custom_fields")),
    ],
    check_specs=[EXPORT.spec],
)
def saved_views_guide(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Criteria, columns and order of each saved view, with the nearest Gorgias filters and what they cannot say."""
    home, open_warehouse = settings.get().home, warehouse.get()
    content, paths = publish(open_warehouse, home, places(open_warehouse, ledger.get(), home))
    rows = _overview(content)
    equivalence = Counter(row["gorgias"]["fit"] for row in content["views"])
    numbers = {"views": len(rows)} | {f"fit_{name}": equivalence[name] for name in EQUIVALENCE}
    found = export_evaluation(content["missing"], SAVED_VIEWS_FILE, len(rows), "saved views")
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, rows, _OVERVIEW),
        check_results=[EXPORT.report(context, None, lambda: {None: found})],
    )


def publish(warehouse: Warehouse, home: Path, lookup: TargetLocations) -> tuple[dict[str, Any], dict[str, Path]]:
    """Write the document; returns its content and the files."""
    known = warehouse.exists("ivinex.saved_views")
    found = warehouse.rows("SELECT source_id, content FROM ivinex.saved_views ORDER BY rowid") if known else []
    rows = []
    for row in found:
        view = SavedView.model_validate_json(row["content"])
        rows.append({"source_id": row["source_id"], "ivinex": view.model_dump(), "gorgias": suggest_view(view, lookup)})
    content = {"views": rows, "missing": missing_export(export_file(home, SAVED_VIEWS_FILE), SAVED_VIEW_KEYS, rows)}
    page = markdown.render(f"{NAME}.md.j2", **content, table=markdown.table(_overview(content), _COLUMNS))
    return content, documents.publish(home, NAME, content, page)


def _overview(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"source_id": row["source_id"], "fit": EQUIVALENCE[row["gorgias"]["fit"]]}
        | {name: row["ivinex"][name] for name in ("name", "tab")}
        for row in content["views"]
    ]
