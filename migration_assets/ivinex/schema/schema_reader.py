"""Which tabs there are and what their fields look like, read back from the warehouse.

Belongs here: the way from `ivinex.tabs` and `ivinex.fields` to what the client and a sweep need.
"""

from collections.abc import Hashable
from typing import Any

import orjson

from resources.ivinex.response_parser import Field, Option, Tab
from resources.warehouse import Warehouse


def tabs_of(warehouse: Warehouse, role: str) -> list[Tab]:
    """Returns the listed tabs with a role, by number."""
    rows = warehouse.query(
        "SELECT tab, collection_type_id FROM ivinex.tabs WHERE role = ? AND listed ORDER BY collection_type_id",
        [role],
    )
    return [Tab(name, number, number != name) for name, number in rows.itertuples(index=False)]


def fields_of(warehouse: Warehouse, tab: Tab) -> list[Field]:
    """Returns the fields of a tab in order."""
    rows = warehouse.query(
        "SELECT field_id, field_name, label, data_type, display_type, linked_collection_type_id, options, position "
        "FROM ivinex.fields WHERE collection_type_id = ? ORDER BY position",
        [tab.collection_type_id],
    )
    return [_field(row) for row in rows.to_dict("records")]


def _field(row: dict[Hashable, Any]) -> Field:
    linked = row["linked_collection_type_id"]
    return Field(
        field_id=row["field_id"],
        name=row["field_name"],
        label=row["label"],
        data_type=row["data_type"],
        display_type=row["display_type"],
        linked_collection_type_id=linked if isinstance(linked, str) else None,
        options=tuple(Option(item["id"], item["label"]) for item in orjson.loads(row["options"])),
        position=int(row["position"]),
    )
