"""Which options the records of a tab really hold: choices and tags must exist before a value may name them."""

from __future__ import annotations

from migration_assets.ivinex.tables import OF_ROLE
from migration_assets.mapping.model import FieldMap, Role
from migration_assets.transforms.dispatch import transform
from migration_assets.transforms.lookups import Lookups
from resources.warehouse import Connection


def possible_values(tx: Connection, role: Role, item: FieldMap, lookups: Lookups) -> list[str]:
    """Every value that a choice or tag field can take: its options in their order, then deleted ones still in use.

    An option that Ivinex no longer has becomes `unknown option <id>` where the map's policy keeps it.
    """
    found: list[str] = []
    labels = lookups.options.get((item.collection_type_id, item.source), {})
    for option, label in labels.items():
        if label:
            found.append(item.values.get(option, item.values.get(label, label)))
    if item.default:
        found.append(item.default)
    if item.unmapped == "keep_label":
        held = _actual_values(tx, OF_ROLE[role].name, item)
        result = transform(held, item, lookups)
        for position in sorted(result.problems):
            value = result.values[position]
            found += value if isinstance(value, list) else [value] if value else []
    return list(dict.fromkeys(found))


def _actual_values(tx: Connection, table: str, item: FieldMap) -> list[str | None]:
    """The distinct wire values of the field in the swept records."""
    if not tx.exists(table):
        return []
    path = '$."' + item.source.replace('"', "") + '"'
    frame = tx.query(
        f"SELECT DISTINCT json_extract_string(CASE WHEN json_valid(raw) THEN raw END, ?) AS value FROM {table} "  # noqa: S608
        "WHERE collection_type_id = ? ORDER BY 1 NULLS LAST",
        [path, item.collection_type_id],
    )
    return [value for value in frame["value"].tolist() if isinstance(value, str) and value]
