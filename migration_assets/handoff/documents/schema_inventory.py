"""handoff/schema_inventory: every tab and field of the source with its place in Gorgias.

It belongs here: the document that the scope sign-off rests on, useful after discovery already. It does not: proposing
or confirming the map.
"""

import json
from pathlib import Path
from typing import Any

from migration_assets import markdown
from migration_assets.handoff.results import HandoffDocument, publish_page
from migration_assets.handoff.sources import mapping_of
from migration_assets.mapping.model import Mapping
from migration_assets.mapping.schema_check import drift, snapshot
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "schema_inventory"
_TABLES = {
    "organization": "organizations",
    "contact": "contacts",
    "ticket": "ticket_sweep",
    "activity": "activity_sweep",
    "task": "tasks",
}
"""Role -> table of its present records."""
SCHEMA_INVENTORY_TABS = {
    "tab": "tab",
    "number": "number",
    "role": "role",
    "fields": "fields",
    "records": "records",
    "state": "state",
}
_FIELDS = {"label": "field", "name": "machine name", "kind": "type", "options": "options", "target": "in Gorgias"}


def write_schema_inventory(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    content = inventory(warehouse, ledger, mapping_of(home))
    tabs = content["tabs"]
    rows = [tab | {"fields": len(tab["fields"]), "state": _state(tab)} for tab in tabs]
    sections = [(tab, markdown.table(tab["fields"], _FIELDS)) for tab in tabs]
    table = markdown.table(rows, SCHEMA_INVENTORY_TABS)
    paths = publish_page(home, NAME, content, **content, table=table, sections=sections)
    numbers = {"tabs": len(tabs), "fields": sum(len(tab["fields"]) for tab in tabs)}
    numbers |= {name: len(content[name]) for name in ("unreadable", "drift")}
    return HandoffDocument(paths, numbers, rows, SCHEMA_INVENTORY_TABS)


def inventory(warehouse: Warehouse, ledger: Ledger, mapping: Mapping | None) -> dict[str, Any]:
    """What the source is, and what the map makes of it."""
    tabs = _read(warehouse, "ivinex.tabs", "tab")
    fields = _read(warehouse, "ivinex.fields", "position")
    roles = mapping.tabs() if mapping else {}
    targets: dict[tuple[str, str], list[str]] = {}
    for _, _, item in mapping.each() if mapping else ():
        told = str(item.target) + (f" ({item.reason})" if item.target.to == "skip" else "")
        targets.setdefault((item.collection_type_id, item.source), []).append(told)
    listed = [
        {
            "tab": tab["tab"],
            "number": tab["collection_type_id"],
            "role": roles.get(str(tab["collection_type_id"]), tab["role"]) or "",
            "readable": bool(tab["readable"]),
            "empty": bool(tab["empty"]),
            "problem": tab["problem"] or "",
            "records": _records(warehouse, tab["collection_type_id"], tab["role"]),
            "fields": [
                _field(row, targets) for row in fields if row["collection_type_id"] == tab["collection_type_id"]
            ],
        }
        for tab in tabs
    ]
    confirmation = ledger.decisions.confirmed_mapping()
    changes = []
    if mapping and confirmation and fields:
        present = snapshot(warehouse.query("SELECT * FROM ivinex.fields"), mapping)
        changes = drift(confirmation.schema, present)
    return {
        "tabs": listed,
        "unreadable": [tab["tab"] for tab in listed if not tab["readable"]],
        "empty": [tab["tab"] for tab in listed if tab["empty"]],
        "drift": changes,
        "mapping_version": mapping.mapping_version if mapping else "",
        "confirmed_by": confirmation.by if confirmation else "",
        "confirmed_at": confirmation.at.isoformat() if confirmation else "",
    }


def _field(row: dict[str, Any], targets: dict[tuple[str, str], list[str]]) -> dict[str, Any]:
    found = targets.get((row["collection_type_id"], row["field_name"]), [])
    return {
        "label": row["label"],
        "name": row["field_name"],
        "id": row["field_id"],
        "kind": row["kind"],
        "ivinex_type": f"{row['data_type']} / {row['display_type']}",
        "options": len(json.loads(row["options"] or "[]")),
        "target": "; ".join(found) or "not in the map",
    }


def _read(warehouse: Warehouse, table: str, order: str) -> list[dict[str, Any]]:
    return warehouse.rows(f"SELECT * FROM {table} ORDER BY {order}") if warehouse.exists(table) else []  # noqa: S608


def _records(warehouse: Warehouse, tab: str | None, role: str | None) -> int | None:
    """Records read of this tab; None where its records are not read."""
    table = f"ivinex.{_TABLES.get(role or '', '')}"
    if tab is None or role not in _TABLES or not warehouse.exists(table):
        return None
    return int(warehouse.scalar(f"SELECT count(*) FROM {table} WHERE collection_type_id = ?", [tab]))  # noqa: S608


def _state(tab: dict[str, Any]) -> str:
    if not tab["readable"]:
        return f"not readable: {tab['problem']}"
    return "empty" if tab["empty"] else "readable"
