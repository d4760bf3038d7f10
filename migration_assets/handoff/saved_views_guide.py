"""handoff/saved_views_guide: how each saved view is rebuilt as a Gorgias view.

It belongs here: the document. It does not: the translation (view_filters.py).
"""

from collections import Counter
from pathlib import Path

import dagster as dg

from migration_assets import documents
from migration_assets.handoff.places import Places
from migration_assets.handoff.sources import places
from migration_assets.handoff.view_filters import nearest
from migration_assets.ivinex.exports import export_file, told_missing
from migration_assets.ivinex.view_export import FILE, KEYS, SavedView
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

NAME = "saved_views_guide"
FITS = {
    "full": "the same tickets, columns and order",
    "partly": "the same tickets, other columns or order",
    "wider": "shows more tickets than in Ivinex",
    "none": "no view does this",
}
_COLUMNS = {"name": "view", "tab": "tab", "fit": "in Gorgias"}


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"json", "markdown"},
    deps=[
        dg.AssetKey(["ivinex", "saved_views"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("tabs", "fields", "users")),
        *(dg.AssetKey(["gorgias", name]) for name in ("users", "custom_fields")),
    ],
)
def saved_views_guide(
    warehouse: WarehouseResource, ledger: LedgerResource, settings: SettingsResource
) -> dg.MaterializeResult:
    """Criteria, columns and order of each saved view, with the nearest Gorgias filters and what they cannot say."""
    home, store = settings.get().home, warehouse.get()
    fits, paths = publish(store, home, places(store, ledger.get(), home))
    metadata = {name: dg.MetadataValue.path(str(path)) for name, path in paths.items()}
    return dg.MaterializeResult(
        metadata={"views": sum(fits.values()), **{f"fit_{name}": fits[name] for name in FITS}, **metadata}
    )


def publish(warehouse: Warehouse, home: Path, lookup: Places) -> tuple[Counter[str], dict[str, Path]]:
    """Write the document; returns how many views fit how well, and the files."""
    known = warehouse.exists("ivinex.saved_views")
    found = warehouse.rows("SELECT source_id, content FROM ivinex.saved_views ORDER BY rowid") if known else []
    rows = []
    for row in found:
        view = SavedView.model_validate_json(row["content"])
        rows.append({"source_id": row["source_id"], "ivinex": view.model_dump(), "gorgias": nearest(view, lookup)})
    missing = "" if rows or export_file(home, FILE).exists() else told_missing(Path("admin_exports") / FILE, KEYS)
    table = [
        {"name": row["ivinex"]["name"], "tab": row["ivinex"]["tab"], "fit": FITS[row["gorgias"]["fit"]]} for row in rows
    ]
    page = documents.render(f"{NAME}.md.j2", views=rows, missing=missing, table=documents.table(table, _COLUMNS))
    content = {"views": rows, "missing": missing}
    return Counter(row["gorgias"]["fit"] for row in rows), documents.publish(home, NAME, content, page)
