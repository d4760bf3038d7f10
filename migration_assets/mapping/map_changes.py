"""What changed in a map since it was confirmed, each change by tab, field and key. Pure.

It belongs here: the part of a map that decides results, and comparing two of them. It does not: reading the map that
the ledger keeps (confirm.py), and the schema and its drift (schema_check.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migration_assets.mapping.model import NOTES, Mapping

Content = dict[str, dict[str, Any]]
_KEYS = ("target", "transform", "missing", "unmapped", "default", "kind", "field_id", "restricted")


def content_of(mapping: Mapping) -> Content:
    """`<role>: <tab>.<field> as <place>` -> what decides its result; notes for the reader are left out."""
    found: Content = {}
    for role, _, item in mapping.each():
        name = f"{role}: {item.collection_type_id}.{item.source}"
        # A field may have two places (its standard target and a custom field of its own).
        number = sum(1 for key in found if key.split(" as ")[0] == name)
        held = item.model_dump(exclude=set(NOTES))
        found[f"{name} as {number + 1}"] = held | {"target": str(item.target)}
    return found


def map_changes(before: Content, after: Content) -> Iterator[str]:
    """Each change in words that name tab, field and key."""
    for key in sorted(before.keys() - after.keys()):
        yield f"{_field(key)} is no longer in the map (it was {before[key]['target']})"
    for key in sorted(after.keys() - before.keys()):
        yield f"{_field(key)} is new in the map: {after[key]['target']}"
    for key in sorted(before.keys() & after.keys()):
        was, now = before[key], after[key]
        for name in _KEYS:
            if was.get(name) != now.get(name):
                yield f"{_field(key)}: {name} was {was.get(name)} and is {now.get(name)}"
        for option in sorted(was["values"].keys() | now["values"].keys()):
            old, new = was["values"].get(option, "not named"), now["values"].get(option, "not named")
            if old != new:
                yield f"{_field(key)}: the value of {option!r} was {old} and is {new}"


def switch_changes(before: Mapping, after: Mapping) -> Iterator[str]:
    """Each change of what is said once for the whole map."""
    for name in ("time_zone", "roles", "partition_fallback", "link_notes", "overflow"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield f"{name} was {was} and is {now}"


def _field(key: str) -> str:
    name, _, number = key.rpartition(" as ")
    return name if number == "1" else f"{name} (its place {number})"
