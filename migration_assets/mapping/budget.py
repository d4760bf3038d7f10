"""Spending the custom-field budget: at most 25 active fields in an account (gorgias-api.md 6.5).

Whether the limit is per object type is not published, so it is counted over tickets and customers together. What
does not fit keeps its value in customer `data` or in ticket or message `meta`, with a loss row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from migration_assets.mapping.model import FieldMap, Role, Target
from migration_assets.mapping.target_fields import OBJECT_OF_ROLE, TRANSFORM_OF_KIND

LONGEST_FIELD_VALUE = 255
"""Longer values are proposed for meta or data: the length limit of a text value is not published."""

KIND_WEIGHT = {
    "dropdown": 1.0, "checkbox": 0.9, "number": 0.85, "decimal": 0.85, "multi": 0.8, "date": 0.8, "user": 0.7,
    "datetime": 0.7, "text": 0.65, "url": 0.5, "email": 0.5, "phone": 0.5, "longtext": 0.4, "unknown": 0.3,
}  # fmt: skip
"""What agents filter and report by comes first."""


@dataclass(frozen=True)
class Candidate:
    """A field that asks for a custom field.

    Attributes:
        item: its map; the target is set when the budget is spent.
        label: the label it would have.
        suitable: may it be a custom field at all (role, kind, length)?
        rank: higher first.
    """

    role: Role
    tab: str
    item: FieldMap
    label: str
    suitable: bool
    rank: float
    max_length: int


def suits(kind: str, max_length: int, html_share: float) -> bool:
    """Short, plain values suit a custom field; bodies, links and files do not."""
    return kind in KIND_WEIGHT and max_length <= LONGEST_FIELD_VALUE and html_share < 0.05


def allocate_custom_fields(
    candidates: Iterable[Candidate],
    room: int,
    reserved: frozenset[str] = frozenset(),
    standing: frozenset[tuple[str, str]] = frozenset(),
) -> Iterator[tuple[Role, FieldMap]]:
    """Give each candidate its target.

    Args:
        room: custom fields that may still be made.
        reserved: labels, without letter case, that no proposal takes.
        standing: (object type, label without letter case) of fields that are there already; whoever takes one makes
            none, so that a second home proposes what the first one did.

    Yields:
        (role, map), in the order of rank, so that the same schema gives the same file.
    """
    ordered = sorted(candidates, key=lambda c: (-c.rank, c.role, c.item.collection_type_id, c.item.source, c.label))
    labels: dict[str, tuple[Role, str, str]] = {}
    keys: set[tuple[Role, str, str]] = set()
    new: set[str] = set()
    for candidate in ordered:
        kind_of_field = candidate.item.kind + candidate.item.transform
        label = _label(candidate, kind_of_field, labels, reserved)
        name = label.casefold()
        free = name in labels or (OBJECT_OF_ROLE.get(candidate.role, ""), name) in standing
        if candidate.suitable and candidate.rank > 0 and (free or len(new) < room):
            new |= set() if free else {name}
            labels.setdefault(name, (candidate.role, kind_of_field, candidate.item.collection_type_id))
            target = Target(to="custom_field", name=label)
            yield candidate.role, candidate.item.model_copy(update={"target": target})
        else:
            yield candidate.role, _overflow(candidate, room, keys)


def _label(candidate: Candidate, kind: str, labels: dict[str, tuple[Role, str, str]], reserved: frozenset[str]) -> str:
    """A label nobody else uses; only same-named fields of two tabs of one role share one."""
    wanted = candidate.label[:255]
    options = [wanted, f"{wanted[:200]} ({candidate.tab[:40]})"]
    options += [f"{wanted[:200]} ({candidate.tab[:30]} {candidate.item.source[:20]})"]
    for label in options:
        if label.casefold() in reserved:
            continue
        taken = labels.get(label.casefold())
        if taken is None or (taken[:2] == (candidate.role, kind) and taken[2] != candidate.item.collection_type_id):
            return label
    return f"{wanted[:200]} ({candidate.item.collection_type_id} {candidate.item.field_id})"


def _overflow(candidate: Candidate, room: int, keys: set[tuple[Role, str, str]]) -> FieldMap:
    item = candidate.item
    if not candidate.suitable:
        why = f"values up to {candidate.max_length} characters or of kind {item.kind} do not suit a custom field"
        if candidate.role in {"activity", "task"}:
            why = "messages have no custom fields"
    elif candidate.rank == 0:
        why = "no record fills it, so it takes no custom field"
    else:
        why = f"over the budget of {max(room, 0)} custom fields"
    key = item.source if (candidate.role, item.collection_type_id, item.source) not in keys else candidate.label
    keys.add((candidate.role, item.collection_type_id, key))
    to = "data" if candidate.role in {"contact", "organization"} else "meta"
    transform = TRANSFORM_OF_KIND.get(item.kind, "text") if item.transform != "options" else "options"
    target = Target(to=to, name=key)  # type: ignore[arg-type]
    return item.model_copy(update={"target": target, "transform": transform, "reason": f"{item.reason}; {why}"})
