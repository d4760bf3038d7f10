"""What people call a field: `50.start_time` and `ivinex:field:1001:30023` become `Activities: Start Time`.

It belongs here: the lookup in the source's schema. It does not: what is said of a field (losses.py, the report).
"""

import re
from collections.abc import Mapping

from resources.warehouse import Warehouse

_ID = re.compile(r"ivinex:field:\d+:\w+|\b\d+\.\w+")
_NAME = re.compile(r"[a-z][a-z_]*")


def labels(warehouse: Warehouse) -> dict[str, str]:
    """`<tab>.<machine name>` and `ivinex:field:<tab>:<id>` -> `<Tab>: <label>`; {} before the schema was read."""
    if not warehouse.exists("ivinex.fields"):
        return {}
    rows = warehouse.rows("SELECT collection_type_id, tab, field_id, field_name, label FROM ivinex.fields")
    found = {}
    for row in rows:
        tab, name, label = row["collection_type_id"], row["field_name"], row["label"] or row["field_name"]
        shown = f"{row['tab']}: {label}" if row["tab"] else str(label)
        found[f"{tab}.{name}"] = found[f"ivinex:field:{tab}:{row['field_id'] or name}"] = shown
    return found


def readable(field: str, names: Mapping[str, str]) -> str:
    """A field's label; where the schema does not know it, its name in words."""
    if field == "*":
        return "the whole record"
    return field.replace("_", " ") if _NAME.fullmatch(field) else within(field.removeprefix("custom_fields."), names)


def within(text: str, names: Mapping[str, str]) -> str:
    """A sentence with the labels of the fields that it names."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), text)
