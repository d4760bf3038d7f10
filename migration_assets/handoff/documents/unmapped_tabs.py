"""handoff/unmapped_tabs: tabs without a role, which no part of Gorgias stands for, and where their records are kept."""

from pathlib import Path

from migration_assets import markdown
from migration_assets.handoff.results import HandoffDocument, publish_page
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


def write_unmapped_tabs(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    there = warehouse.exists("ivinex.unmapped_tabs")
    rows = warehouse.rows("SELECT * FROM ivinex.unmapped_tabs ORDER BY tab") if there else []
    table = markdown.table(rows, UNMAPPED_TABS_COLUMNS)
    paths = publish_page(home, NAME, {"tabs": rows}, rows=rows, table=table)
    numbers = {"tabs": len(rows), "records": sum(row["records"] for row in rows)}
    return HandoffDocument(paths, numbers, rows, UNMAPPED_TABS_COLUMNS)
