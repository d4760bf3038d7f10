"""The fields of one tab as rows of `ivinex.fields`. No Dagster: tabs asks for them too, to tell roles by."""

from typing import Any

import orjson
import pandas as pd

from migration_assets.ivinex import tables
from resources.ivinex.client import IvinexClient
from resources.ivinex.response_parser import Tab


def field_frame(client: IvinexClient, tab: Tab) -> pd.DataFrame:
    """Reads the fields of one tab; returns rows of `ivinex.fields`."""
    rows: list[dict[str, Any]] = [
        {
            "collection_type_id": tab.collection_type_id,
            "tab": tab.name,
            "field_id": field.field_id,
            "field_name": field.name,
            "label": field.label,
            "data_type": field.data_type,
            "display_type": field.display_type,
            "kind": field.kind,
            "linked_collection_type_id": field.linked_collection_type_id,
            "options": orjson.dumps([{"id": item.id, "label": item.label} for item in field.options]).decode(),
            "position": field.position,
            "restricted": "",
        }
        for field in client.fields(tab)
    ]
    return pd.DataFrame(rows, columns=list(tables.FIELDS.columns))
