"""The map as rows for a table, side by side with the last confirmed one: what is to be decided first. Pure.

It belongs here: what `migrate mapping show` and the UI's result of a confirmation list. It does not: judging and
sentences (review.py).
"""

from __future__ import annotations

from typing import Any

from migration_assets.mapping.map_changes import Content
from migration_assets.mapping.model import TO_DECIDE, FieldMap, Mapping, Role
from migration_assets.mapping.restricted_fields import Restrictions, restriction_to_decide

DOUBTFUL = 0.85
"""A field whose confidence is below this wants a look."""


def render_diff(
    mapping: Mapping, confirmed: Content | None = None, restrictions: Restrictions | None = None
) -> list[dict[str, Any]]:
    """One row a place of a field: role, tab, label, source, kind, target, transform, confidence, reason, values, ...

    Args:
        confirmed: what the last confirmation kept of its map; `was` is the target there, "" where it is the same.
        restrictions: fields that some groups may not see in Ivinex.
    """
    targets = _targets(confirmed)
    rows = [
        {
            "role": role,
            "tab": item.collection_type_id,
            "label": item.label,
            "source": item.source,
            "kind": item.kind,
            "target": str(item.target),
            "was": _was(targets, item) if confirmed else "",
            "transform": item.transform,
            "confidence": round(item.confidence, 2),
            "reason": item.reason,
            "to_decide": open_points(role, item, restrictions or {}),
            "values": [
                {
                    "option": option,
                    "value": value,
                    "confidence": item.value_confidence.get(option),
                    "reason": item.value_reasons.get(option, ""),
                }
                for option, value in item.values.items()
            ],
        }
        for role, _, item in mapping.each()
    ]
    return sorted(rows, key=lambda row: (not row["to_decide"], min(row["confidence"], DOUBTFUL)))


def open_points(role: Role, item: FieldMap, restrictions: Restrictions) -> list[str]:
    """What a person has to say of a field before its map can be confirmed."""
    points = [point for point in (item.to_decide, restriction_to_decide(role, item, restrictions)) if point]
    for option, value in item.values.items():
        if value == TO_DECIDE:
            why = item.value_reasons.get(option)
            point = f"the value of {option!r} (in mapping.yaml write {item.allowed(role)} in its place)"
            points.append(point + (f": {why}" if why else ""))
    return points


def _targets(confirmed: Content | None) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for held in (confirmed or {}).values():
        found.setdefault((held["collection_type_id"], held["source"]), set()).add(held["target"])
    return found


def _was(targets: dict[tuple[str, str], set[str]], item: FieldMap) -> str:
    held = targets.get((item.collection_type_id, item.source), set())
    if str(item.target) in held:
        return ""
    return ", ".join(sorted(held)) or "not in the map"
