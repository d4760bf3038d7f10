"""The proposal: a whole map from the live schema and a profile of the values. Pure; it reads and writes nothing.

Each field gets a target, a confidence and a reason that a person can read. Standard targets are given best match
first; what is left competes for the custom fields that the account has room for (`budget.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rapidfuzz import fuzz

from . import budget, words
from .frames import rows
from .model import FieldMap, Mapping, Role, Target
from .schema_check import options_of
from .targets import OBJECT_OF_ROLE, PLATFORM_FIELDS, STANDARDS, TRANSFORM_OF_KIND, Standard

ENOUGH = 80.0
MAX_CHOICES = 200
"""More options than this go to a text field: the limit of a dropdown is not published (gorgias-api.md 6.5)."""


@dataclass(frozen=True)
class Source:
    """A source field with its profile."""

    role: Role
    collection_type_id: str
    tab: str
    name: str
    field_id: str | None
    label: str
    kind: str
    linked_role: str | None
    options: dict[str, str]
    filled_share: float
    max_length: int
    html_share: float

    @property
    def filled(self) -> str:
        return f"filled in {self.filled_share:.0%} of records"


def propose(
    fields: pd.DataFrame,
    profile: pd.DataFrame,
    roles: dict[Role, list[str]],
    time_zone: str,
    active_fields: int = 0,
    max_fields: int = 25,
    reserved: frozenset[str] = frozenset(),
) -> Mapping:
    """Propose the whole map.

    Args:
        fields: `ivinex.fields`.
        profile: as `profile.profile` returns it.
        roles: role -> tabs.
        time_zone: IANA name of the zone of Ivinex's times.
        active_fields: custom fields that are active in the account already.
        max_fields: the account's limit of active fields.
        reserved: labels of fields that Gorgias manages, which no proposal takes.
    """
    maps: dict[Role, list[FieldMap]] = {}
    candidates: list[budget.Candidate] = []
    for role, tabs in roles.items():
        maps[role] = []
        for tab in tabs:
            sources = list(_sources(fields, profile, role, tab, roles))
            standard = _standards(role, sources)
            number = _number(sources, tab) if role == "ticket" else None
            for source in sources:
                if number is None or source.name != number.item.source or source.kind == "default":
                    maps[role] += _of_field(source, standard.get(source.name), candidates)
            candidates += [number] if number else []
    for role, item in budget.spend(candidates, max_fields - active_fields, reserved):
        maps[role].append(item)
    return Mapping(time_zone=time_zone, roles=roles, fields=maps)


def _sources(
    fields: pd.DataFrame, profile: pd.DataFrame, role: Role, tab: str, roles: dict[Role, list[str]]
) -> Iterator[Source]:
    seen = {row["field_name"]: row for row in rows(profile[profile["collection_type_id"] == tab])}
    linked = {linked_tab: linked_role for linked_role, tabs in roles.items() for linked_tab in tabs}
    for row in rows(fields[fields["collection_type_id"] == tab].sort_values("position")):
        values = seen.get(row["field_name"], {})
        yield Source(
            role=role,
            collection_type_id=tab,
            tab=str(row["tab"]),
            name=row["field_name"],
            field_id=row["field_id"],
            label=str(row["label"] or row["field_name"]),
            kind=row["kind"],
            linked_role=linked.get(str(row["linked_collection_type_id"])),
            options=options_of(row["options"]),
            filled_share=float(values.get("filled_share", 0)),
            max_length=int(values.get("max_length", 0)),
            html_share=float(values.get("html_share", 0)),
        )


def _standards(role: Role, sources: list[Source]) -> dict[str, tuple[str, float]]:
    """Field name -> (standard target, score 0-100): best scores first, each field and each target once."""
    scored = sorted(
        (
            (_score(source, standard), -position, source.name, name)
            for position, source in enumerate(sources)
            for name, standard in STANDARDS[role].items()
        ),
        reverse=True,
    )
    given: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for score, _, field, target in scored:
        if score >= ENOUGH and field not in given and target not in taken:
            given[field] = (target, score)
            taken.add(target)
    return given


def _score(source: Source, standard: Standard) -> float:
    """Likeness of label or machine name to the target's labels, 0 where the kind or the link does not fit.

    A link to the right role counts even when its label says nothing; an empty field loses to a filled one.
    """
    if source.kind not in standard.kinds or not standard.hints:
        return 0.0
    if standard.links_to and source.linked_role != standard.links_to:
        return 0.0
    names = {words.plain(source.label), words.plain(source.name)}
    likeness = max(fuzz.ratio(name, hint) - 2 * rank for name in names for rank, hint in enumerate(standard.hints))
    if standard.links_to:
        likeness = max(likeness, ENOUGH + 5)
    return likeness - (4 if source.filled_share == 0 else 0)


def _of_field(
    source: Source, standard: tuple[str, float] | None, candidates: list[budget.Candidate]
) -> Iterator[FieldMap]:
    if source.kind == "default" or source.name in PLATFORM_FIELDS:
        name = PLATFORM_FIELDS.get(source.name)
        if name:
            yield _map(source, Target(to="standard", name=name), "text", 1.0, "a default field, kept by the platform")
        else:
            yield _map(source, Target(to="skip"), "none", 1.0, "Ivinex's own bookkeeping, no data of the customer")
    elif source.kind == "layout":
        yield _map(source, Target(to="skip"), "none", 1.0, "a layout item holds no value (ivinex-api.md 4)")
    elif source.kind == "file":
        yield _map(source, Target(to="skip"), "none", 1.0, "files are found by shape and travel as attachments")
    elif standard:
        yield from _standard(source, *standard, candidates)
    else:
        candidates.append(_candidate(source))


def _standard(source: Source, name: str, score: float, candidates: list[budget.Candidate]) -> Iterator[FieldMap]:
    spec = STANDARDS[source.role][name]
    values = words.value_map(source.role, name, source.options)
    default = words.fallback(source.role, name)
    reason = f"'{source.label}' reads like {name}; {source.filled}"
    if values:
        reason += f"; {len(values)} options mapped by their words, look at values"
    transform = spec.transform or TRANSFORM_OF_KIND[source.kind]
    yield _map(
        source, Target(to="standard", name=name), transform, score / 100, reason, values=values,
        default=default, unmapped="default" if default else "keep_label", missing="default" if default else "empty",
    )  # fmt: skip
    if source.role == "organization" and name == "name":
        label = "Company"
        candidates.append(_candidate(source, label=label, weight=2.0, why="the company name, to search customers by"))
    elif spec.vocabulary and source.role == "ticket" and len(values) > len(set(values.values())):
        why = f"Gorgias has {len(spec.vocabulary)} values of {name}; this keeps Ivinex's own"
        candidates.append(_candidate(source, label=f"Ivinex {name}", why=why))


def _candidate(source: Source, label: str = "", weight: float = 1.0, why: str = "") -> budget.Candidate:
    """A field that would like to be a custom field, with the place it takes where it cannot."""
    name = label or source.label
    transform = TRANSFORM_OF_KIND[source.kind]
    if source.kind == "dropdown" and len(source.options) > MAX_CHOICES:
        transform = "options"
    reason = "; ".join(part for part in (why, source.filled) if part)
    item = _map(source, Target(to="meta", name=name), transform, 0.9 if source.field_id else 0.7, reason)
    return budget.Candidate(
        role=source.role,
        tab=source.tab,
        item=item,
        label=name,
        suitable=source.role in OBJECT_OF_ROLE and budget.suits(source.kind, source.max_length, source.html_share),
        rank=source.filled_share * budget.KIND_WEIGHT.get(source.kind, 0.3) * weight,
        max_length=source.max_length,
    )


def _number(sources: list[Source], tab: str) -> budget.Candidate:
    """The old number, always first in the budget: what people search an old ticket by (design.md 6)."""
    numbered = [s for s in sources if s.kind in {"text", "number", "unknown"} and words.is_number_label(s.label)]
    source = max(numbered, key=lambda s: s.filled_share, default=None)
    if source and source.filled_share > 0.5:
        item = _map(source, Target(to="meta", name="x"), "text", 0.95, f"the visible ticket number; {source.filled}")
    else:
        item = FieldMap(
            collection_type_id=tab, source="collection_id", label="Record ID", kind="default",
            target=Target(to="meta", name="x"), confidence=0.9, reason="no field holds a number: the record id",
        )  # fmt: skip
    return budget.Candidate("ticket", "", item, "Ivinex number", True, float("inf"), 0)


def _map(source: Source, target: Target, transform: str, confidence: float, reason: str, **more: Any) -> FieldMap:
    return FieldMap(
        collection_type_id=source.collection_type_id, source=source.name, field_id=source.field_id,
        label=source.label, kind=source.kind, target=target, transform=transform,
        confidence=min(1.0, max(0.0, confidence)), reason=reason, **more,
    )  # fmt: skip
