"""handoff/unattached_activities: activities that hang on no ticket, for which Gorgias has no place (design.md 6)."""

import json
from pathlib import Path
from typing import Any

import dagster as dg

from migration_assets import documents
from migration_assets.settings import SettingsResource
from resources.warehouse import Warehouse, WarehouseResource

NAME = "unattached_activities"
_ROWS = """
    SELECT source_id, collection_type_id, collection_id, created_at, modified_at, raw FROM ivinex.activity_sweep a
    WHERE NOT EXISTS (
        SELECT 1 FROM ivinex.links l WHERE l.role = 'activity_ticket' AND l.from_source_id = a.source_id
    )
    ORDER BY collection_type_id, try_cast(collection_id AS BIGINT), source_id
"""
_COLUMNS = {"source_id": "id", "created_at": "created (UTC)", "modified_at": "modified (UTC)"}


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"json", "markdown"},
    deps=[dg.AssetKey(["ivinex", "activity_sweep"])],
)
def unattached_activities(warehouse: WarehouseResource, settings: SettingsResource) -> dg.MaterializeResult:
    """Ids and times of activities on no ticket; their records, which are people's data, in the private folder."""
    rows, paths = publish(warehouse.get(), settings.get().home)
    metadata = {name: dg.MetadataValue.path(str(path)) for name, path in paths.items()}
    return dg.MaterializeResult(metadata={"activities": rows, **metadata})


def publish(warehouse: Warehouse, home: Path) -> tuple[int, dict[str, Path]]:
    """Write the document and the records; returns how many there are, and the files."""
    found: list[dict[str, Any]] = warehouse.rows(_ROWS) if warehouse.exists("ivinex.activity_sweep") else []
    records = documents.private_folder(home) / f"{NAME}.ndjson"
    with records.open("w", encoding="utf-8", newline="\n") as file:
        for row in found:
            held = {"source_id": row["source_id"], "record": json.loads(row.pop("raw"))}
            file.write(json.dumps(held, ensure_ascii=False) + "\n")
    page = documents.render(f"{NAME}.md.j2", rows=found, records=records.name, table=documents.table(found, _COLUMNS))
    content = {"activities": found, "records": f"private/{records.name}"}
    return len(found), documents.publish(home, NAME, content, page)
