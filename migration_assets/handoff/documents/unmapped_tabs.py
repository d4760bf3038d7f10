"""handoff/unmapped_tabs: tabs without a role, which no part of Gorgias stands for, and where their records are kept."""

from pathlib import Path
from typing import Any

from migration_assets import documents, markdown
from migration_assets.handoff.results import HandoffDocument
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "unmapped_tabs"
UNMAPPED_TABS_COLUMNS = {
    "collection_type_id": "number",
    "tab": "tab",
    "records": "records",
    "file": "file",
    "problem": "not exported because",
}


def publish_unmapped_tabs(warehouse: Warehouse, home: Path) -> tuple[dict[str, Any], dict[str, Path]]:
    """Write the document; returns its content and the files."""
    there = warehouse.exists("ivinex.unmapped_tabs")
    rows = warehouse.rows("SELECT * FROM ivinex.unmapped_tabs ORDER BY tab") if there else []
    content = {"tabs": rows}
    page = markdown.render(f"{NAME}.md.j2", rows=rows, table=markdown.table(rows, UNMAPPED_TABS_COLUMNS))
    return content, documents.publish(home, NAME, content, page)


def write_unmapped_tabs(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    content, paths = publish_unmapped_tabs(warehouse, home)
    rows = content["tabs"]
    numbers = {"tabs": len(rows), "records": sum(row["records"] for row in rows)}
    return HandoffDocument(paths, numbers, rows, UNMAPPED_TABS_COLUMNS)
