"""The proposal: a whole map from the live schema and a profile of the values. Pure; it reads and writes nothing.

Each field gets a target, a confidence and a reason that a person can read. Standard targets are given by one
optimisation over the whole tab (`heuristics/field_targets.py`); what is left competes for the custom fields that the
account has room for (`budget.py`). What cannot be decided is asked: the map says so, and is not confirmed before it is
answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from migration_assets.mapping import budget
from migration_assets.mapping.heuristics.field_scores import Tab as TabEvidence
from migration_assets.mapping.heuristics.field_targets import AssignedTarget, standard_targets
from migration_assets.mapping.heuristics.labels import Reader
from migration_assets.mapping.heuristics.languages import spoken
from migration_assets.mapping.heuristics.option_values import OptionValues, Uses, option_values
from migration_assets.mapping.heuristics.source_fields import Source, sources
from migration_assets.mapping.model import FieldMap, Mapping, Role, Target
from migration_assets.mapping.proposers.proposer import Evidence, Proposer, together
from migration_assets.mapping.proposers.words import Words
from migration_assets.mapping.target_fields import OBJECT_OF_ROLE, PLATFORM_FIELDS, STANDARDS, TRANSFORM_OF_KIND

MAX_CHOICES = 200
"""More options than this go to a text field: the limit of a dropdown is not published (gorgias-api.md 6.5)."""
FALLBACK = {("ticket", "status"): "open", ("ticket", "priority"): "normal", ("activity", "kind"): "note"}
"""What an empty value becomes, and an option that is not in the map because it is newer."""
_UNREAD = 0.8
"""A label that no word list knows may be anything, so what is left for it never looks sure."""


def propose(
    fields: pd.DataFrame,
    profile: pd.DataFrame,
    roles: dict[Role, list[str]],
    time_zone: str,
    active_fields: int = 0,
    max_fields: int = 25,
    reserved: frozenset[str] = frozenset(),
    uses: Uses | None = None,
    questions: tuple[str, ...] = (),
    others: Sequence[Proposer] = (),
    standing: frozenset[tuple[str, str]] = frozenset(),
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
        uses: how the tickets use the options of a status; without it only words tell.
        questions: what a person has to say of the roles.
        others: who is asked besides the word lists, of what these do not know.
        standing: as `budget.allocate_custom_fields`.
    """
    reader = reader_of(fields, roles)
    maps: dict[Role, list[FieldMap]] = {}
    candidates: list[budget.Candidate] = []
    for role, tabs in roles.items():
        maps[role] = []
        for tab in tabs:
            evidence = Evidence(role, list(sources(fields, profile, role, tab, roles)), reader)
            of_tab = _Tab(evidence, uses, others)
            number = _number(of_tab, tab) if role == "ticket" else None
            for source in of_tab.fields:
                if number is None or source.name != number.item.source or source.kind == "default":
                    maps[role] += of_tab.maps_of(source, candidates)
            candidates += [number] if number else []
    for role, item in budget.allocate_custom_fields(candidates, max_fields - active_fields, reserved, standing):
        maps[role].append(item)
    return Mapping(time_zone=time_zone, roles=roles, fields=maps, to_decide=list(questions))


def reader_of(fields: pd.DataFrame, roles: dict[Role, list[str]]) -> Reader:
    """Reads the labels of a site in the languages that most of them are in, and knows who its customers are."""
    labels = [*fields["label"].dropna(), *fields["tab"].dropna().unique()]
    tabs = roles.get("contact", [])
    contacts = [
        *fields[fields["collection_type_id"].isin(tabs)]["tab"].dropna().unique(),
        *fields[fields["linked_collection_type_id"].isin(tabs)]["label"].dropna().unique(),
    ]
    return Reader(tuple(language.with_customers(contacts) for language in spoken(labels)), labels)


class _Tab:
    """One tab while its fields get their targets."""

    def __init__(self, evidence: Evidence, uses: Uses | None, others: Sequence[Proposer] = ()):
        self.role, self.fields, self.reader, self.uses = evidence.role, evidence.fields, evidence.reader, uses
        role = self.role
        self.opinion = together(Words().propose(evidence), [other.propose(evidence) for other in others])
        self.given = standard_targets(role, self.fields, self.opinion.scores)
        taken = {given.target for given in self.given.values()}
        self.open_kinds = {
            kind for name, standard in STANDARDS[role].items() if name not in taken for kind in standard.kinds
        }

    def closed(self) -> Source | None:
        """The field with the closing date."""
        return next((f for f in self.fields if f.name in self.given and self.given[f.name].target == "closed"), None)

    def maps_of(self, source: Source, candidates: list[budget.Candidate]) -> Iterator[FieldMap]:
        given = self.given.get(source.name)
        if source.kind == "default" or source.name in PLATFORM_FIELDS:
            name = PLATFORM_FIELDS.get(source.name)
            if name:
                why = "a default field, kept by the platform"
                yield _map(source, Target(to="standard", name=name), "text", 1.0, why)
            else:
                yield _map(source, Target(to="skip"), "none", 1.0, "Ivinex's own bookkeeping, no data of the customer")
        elif source.kind == "layout":
            yield _map(source, Target(to="skip"), "none", 1.0, "a layout item holds no value (ivinex-api.md 4)")
        elif source.kind == "file":
            yield _map(source, Target(to="skip"), "none", 1.0, "files are found by shape and travel as attachments")
        elif given and given.given:
            yield from self._standard(source, given, candidates)
        else:
            candidates.append(self._left(source, given))

    def _standard(
        self, source: Source, given: AssignedTarget, candidates: list[budget.Candidate]
    ) -> Iterator[FieldMap]:
        name, spec = given.target, STANDARDS[self.role][given.target]
        values = self._values(source, name)
        default = FALLBACK.get((self.role, name))
        why = self.opinion.reasons.get((source.name, name)) or f"'{source.label}' reads like {name}"
        reason = f"{why}; {source.how_full}"
        if values.values:
            reason += f"; {len(values.values)} options mapped by their words, look at values"
        transform = spec.transform or TRANSFORM_OF_KIND[source.kind]
        question = "" if given.sure else f"it was taken for {name}, which is not sure. Correct target where it is not."
        yield _map(
            source, Target(to="standard", name=name), transform, given.confidence, reason, values=values.values,
            default=default, unmapped="default" if default else "keep_label",
            missing="default" if default else "empty", value_confidence=values.confidence,
            value_reasons=values.reasons, to_decide=question,
        )  # fmt: skip
        if self.role == "organization" and name == "name":
            why = "the company name, to search customers by"
            candidates.append(_candidate(source, label="Company", weight=2.0, why=why))
        elif spec.vocabulary and self.role == "ticket" and len(values.values) > len(set(values.values.values())):
            why = f"Gorgias has {len(spec.vocabulary)} values of {name}; this keeps Ivinex's own"
            candidates.append(_candidate(source, label=f"Ivinex {name}", why=why))

    def _values(self, source: Source, name: str) -> OptionValues:
        if not STANDARDS[self.role][name].vocabulary:
            return OptionValues()
        uses = self.uses if (self.role, name) == ("ticket", "status") else None
        thought = self.opinion.values.get((source.name, name))
        return option_values(name, source, self.reader.spoken, uses, self.closed(), thought)

    def _left(self, source: Source, given: AssignedTarget | None) -> budget.Candidate:
        """A field without a standard target; where it may have one, a person is asked."""
        if given:
            question = (
                f"it may be {given.target} (confidence {given.confidence:.2f}). If it is, write target: "
                f"{{to: standard, name: {given.target}}} and transform: {STANDARDS[self.role][given.target].transform}."
            )
            return _candidate(source, confidence=round(1 - given.confidence, 2), question=question)
        unread = not any(reading.known for reading in self.reader.read(source.label))
        if unread and source.kind in self.open_kinds:
            return _candidate(source, confidence=_UNREAD, why="no word list knows this label")
        return _candidate(source)


def _candidate(
    source: Source, label: str = "", weight: float = 1.0, why: str = "", confidence: float = 0.9, question: str = ""
) -> budget.Candidate:
    """A field that would like to be a custom field, with the place it takes where it cannot."""
    name = label or source.label
    transform = TRANSFORM_OF_KIND[source.kind]
    if source.kind == "dropdown" and len(source.options) > MAX_CHOICES:
        transform = "options"
    reason = "; ".join(part for part in (why, source.how_full) if part)
    confidence = confidence if source.field_id else min(confidence, 0.7)
    item = _map(source, Target(to="meta", name=name), transform, confidence, reason, to_decide=question)
    return budget.Candidate(
        role=source.role,
        tab=source.tab,
        item=item,
        label=name,
        suitable=source.role in OBJECT_OF_ROLE and budget.suits(source.kind, source.max_length, source.html_share),
        rank=source.filled_share * budget.KIND_WEIGHT.get(source.kind, 0.3) * weight,
        max_length=source.max_length,
    )


def _number(tab: _Tab, tab_id: str) -> budget.Candidate:
    """The old number, always first in the budget: what people search an old ticket by (docs/mapping.md)."""
    likely = [source for source in tab.fields if source.kind in {"text", "number", "unknown"}]
    numbered = [source for source in likely if is_number_label(source.label, tab.reader)]
    if not numbered:
        named = TabEvidence(tab.fields, tab.reader)
        numbered = [source for source in likely if is_number_label(named.without_own_name(source), tab.reader)]
    source = max(numbered, key=lambda s: s.filled_share, default=None)
    if source and source.filled_share > 0.5:
        item = _map(source, Target(to="meta", name="x"), "text", 0.95, f"the visible ticket number; {source.how_full}")
    else:
        item = FieldMap(
            collection_type_id=tab_id, source="collection_id", label="Record ID", kind="default",
            target=Target(to="meta", name="x"), confidence=0.9, reason="no field holds a number: the record id",
        )  # fmt: skip
    return budget.Candidate("ticket", "", item, "Ivinex number", True, float("inf"), 0)


def is_number_label(label: str, reader: Reader) -> bool:
    """Does this label name the record's visible number ("Ticket #", "Vorgangsnummer")?"""
    return any(
        not reading.unknown
        and any(item & {"number", "id"} for item in reading.items)
        and all(item & {"number", "id", "ticket", "question"} for item in reading.items)
        for reading in reader.read(label.replace("Ivinex", ""))
    )


def _map(source: Source, target: Target, transform: str, confidence: float, reason: str, **more: Any) -> FieldMap:
    return FieldMap(
        collection_type_id=source.collection_type_id, source=source.name, field_id=source.field_id,
        label=source.label, kind=source.kind, target=target, transform=transform,
        confidence=min(1.0, max(0.0, confidence)), reason=reason, **more,
    )  # fmt: skip
