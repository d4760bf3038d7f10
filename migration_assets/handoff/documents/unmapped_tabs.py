"""handoff/unmapped_tabs: tabs without a role, which no part of Gorgias stands for, and where their records are kept."""

from pathlib import Path
from typing import Any

import dagster as dg

from migration_assets import documents, markdown
from migration_assets.handoff.results import document_metadata
from migration_assets.settings import SettingsResource
from resources.warehouse import Warehouse, WarehouseResource

NAME = "unmapped_tabs"
_COLUMNS = {
    "collection_type_id": "number",
    "tab": "tab",
    "records": "records",
    "file": "file",
    "problem": "not exported because",
}


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["ivinex", "unmapped_tabs"])],
)
def unmapped_tabs(warehouse: WarehouseResource, settings: SettingsResource) -> dg.MaterializeResult:
    """Tabs without a role: how many records each has, and the private file that holds them."""
    content, paths = publish(warehouse.get(), settings.get().home)
    rows = content["tabs"]
    numbers = {"tabs": len(rows), "records": sum(row["records"] for row in rows)}
    return dg.MaterializeResult(metadata=document_metadata(paths, numbers, rows, _COLUMNS))


def publish(warehouse: Warehouse, home: Path) -> tuple[dict[str, Any], dict[str, Path]]:
    """Write the document; returns its content and the files."""
    there = warehouse.exists("ivinex.unmapped_tabs")
    rows = warehouse.rows("SELECT * FROM ivinex.unmapped_tabs ORDER BY tab") if there else []
    content = {"tabs": rows}
    page = markdown.render(f"{NAME}.md.j2", rows=rows, table=markdown.table(rows, _COLUMNS))
    return content, documents.publish(home, NAME, content, page)
