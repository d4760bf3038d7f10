"""What a customer holds beside its own fields, as the value of one text custom field: it saves a call a customer.

It belongs here: moving a row's `data` into its field values where the map says so, and telling where losses went. It
does not: the field's definition (mapping/model.py). What is moved here is a value like any other from here on,
for the load, the forecast, the comparison, deltas and a rollback.
"""

from typing import Any

import orjson

from migration_assets.mapping.model import LONGEST_OVERFLOW, OVERFLOW_FIELD, OVERFLOW_LABEL, Mapping

_IN_DATA, _IN_FIELD = "kept in data", f"kept in the field {OVERFLOW_LABEL}"


def place_overflow(row: dict[str, Any], mapping: Mapping) -> dict[str, Any]:
    """A row of staging.customers with its overflow where the map wants it; too long a text stays in `data`."""
    text = row["data"]
    if mapping.overflow != "field" or text == "{}" or len(text) > LONGEST_OVERFLOW:
        return row
    values = orjson.loads(row["field_values"]) | {OVERFLOW_FIELD.external_id: text}
    return row | {"field_values": orjson.dumps(values).decode(), "data": "{}"}


def name_overflow(kind: str, mapping: Mapping) -> str:
    """The kind of a loss, which says where the value went."""
    return kind.replace(_IN_DATA, _IN_FIELD) if mapping.overflow == "field" else kind
