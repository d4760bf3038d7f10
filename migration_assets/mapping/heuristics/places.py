"""What place, kind and neighbours tell of a field whose words say nothing against a target.

It belongs here: which fields of a tab may be a target by their kind, and which of them is the first or the only one.
It does not: what a label says for a target (field_scores.py), and options (option_evidence.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from migration_assets.mapping.heuristics.labels import Reading
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.target_fields import STANDARDS

SAME_ROLE = {"ticket": {"ticket"}, "contact": {"contact"}, "organization": {"organization"},
             "activity": {"activity", "message", "email", "call", "reply", "contact"},
             "task": {"task", "activity"}}  # fmt: skip
_FIRST_FEW = 4
_TEXT, _LONG, _MOMENT = ("text",), ("longtext", "html"), ("date", "datetime")


@dataclass(frozen=True)
class Place:
    """Where a target is found that no word names.

    Attributes:
        kinds: of the field.
        nth: 0 for the first of its kind, 1 for the second.
        beside: what its label may say all the same.
        only: has it to be the only one of its kind?
        within: so many fields of the tab may go before it.
    """

    kinds: tuple[str, ...]
    score: float
    nth: int = 0
    beside: frozenset[str] = frozenset()
    only: bool = False
    within: int = 1000


_ADDRESS = frozenset({"email", "address", "main", "name", "organization", "number"})
_NUMBER = frozenset({"phone", "mobile", "number", "main", "name", "organization", "call"})
_SECOND = frozenset({"second", "private", "contact"})
_ABOUT = frozenset({"question", "call", "email", "message", "activity", "contact", "ticket"})
_OF_TEXT = frozenset({"question", "subject", "direction", "kind"})
_OF_USER = frozenset({"leader", "direction", "kind", "result"})
"""What no long text and no user is in any tab."""
PLACES: dict[tuple[str, str], Place] = {
    ("contact", "email"): Place(("email",), 0.8, beside=_ADDRESS),
    ("contact", "other_email"): Place(("email",), 0.75, nth=1, beside=_ADDRESS | _SECOND),
    ("contact", "phone"): Place(("phone",), 0.8, beside=_NUMBER - {"mobile"}),
    ("contact", "other_phone"): Place(("phone",), 0.75, nth=1, beside=_NUMBER | _SECOND),
    ("organization", "name"): Place(_TEXT, 0.78, within=_FIRST_FEW, beside=frozenset({"name"})),
    ("organization", "domain"): Place(("url",), 0.75, only=True),
    ("ticket", "subject"): Place(_TEXT, 0.72, within=_FIRST_FEW, beside=frozenset({"name", "question"})),
    ("ticket", "description"): Place(_LONG, 0.75, beside=_OF_TEXT | {"contact", "message"}),
    ("ticket", "assignee"): Place(("user",), 0.8, only=True, beside=_OF_USER),
    ("activity", "body"): Place(("longtext",), 0.75, beside=_OF_TEXT | {"notes", "ticket", "result"}),
    ("activity", "html"): Place(("html",), 0.75, only=True, beside=frozenset({"notes", "ticket"})),
    ("activity", "from"): Place(("email",), 0.72, beside=frozenset({"from", "address"})),
    ("activity", "to"): Place(("email",), 0.72, nth=1, beside=frozenset({"from", "to", "address"})),
    ("activity", "phone"): Place(("phone",), 0.75, only=True, beside=_NUMBER | {"contact"}),
    ("activity", "owner"): Place(("user",), 0.8, only=True, beside=_OF_USER | {"recorded", "sent", "from"}),
    ("activity", "date"): Place(
        ("datetime",), 0.78, only=True, beside=frozenset({"recorded", "sent", "date", "ticket", "contact"})
    ),
    ("task", "subject"): Place(_TEXT, 0.75, within=_FIRST_FEW, beside=_ABOUT | {"name"}),
    ("task", "description"): Place(_LONG, 0.75, beside=frozenset({"notes"})),
    ("task", "due"): Place(_MOMENT, 0.75, only=True, beside=_ABOUT | {"date", "owner"}),
    ("task", "state"): Place(("dropdown",), 0.72, only=True, beside=_ABOUT | {"recorded"}),
    ("task", "owner"): Place(("user",), 0.8, only=True, beside=_OF_USER | {"contact", "recorded"}),
}  # fmt: skip
"""(role, target) -> where it is. The scores are above what is given (field_targets.ASSIGNED) and below every word."""


def speaks_for(readings: Sequence[Reading], hints: Sequence[str]) -> bool:
    """Does a label name the target, whatever else it says? "Committee member in charge"."""
    return any(item & set(hint.split()) for one in readings for item in one.items for hint in hints)


def nothing_against(readings: Sequence[Reading], allowed: set[str] | frozenset[str]) -> bool:
    """Does a label say nothing that is known to be something else? What nobody knows says nothing."""
    return any(all(not item or item & allowed for item in reading.items) for reading in readings)


def by_place(
    source: Source, target: str, fields: Sequence[Source], read: Callable[[Source], Sequence[Reading]]
) -> float:
    """The score of a field for a target by kind and place alone; 0 where something speaks against it."""
    place = PLACES.get((source.role, target))
    if place is None or source.kind not in place.kinds or source.position > place.within:
        return 0.0
    allowed = SAME_ROLE[source.role] | place.beside | {"filler"}
    named = STANDARDS[source.role][target].hints if place.kinds == ("user",) else ()
    of_kind = [
        field
        for field in fields
        if field.kind in place.kinds and (nothing_against(read(field), allowed) or speaks_for(read(field), named))
    ]
    if source not in of_kind or not source.filled_share or (place.only and len(of_kind) > 1):
        return 0.0
    return place.score if of_kind.index(source) == place.nth else 0.0
