"""Applying a map to a chunk of records of one tab: what each target receives, what is refused, what is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from migration_assets.mapping.model import LOSSY_KINDS, FieldMap, Mapping, Role
from migration_assets.mapping.target_fields import OBJECT_OF_ROLE, PLATFORM_FIELDS
from migration_assets.transforms.dispatch import Column, transform, wire_text
from migration_assets.transforms.lookups import Lookups
from migration_assets.transforms.privacy import LOSSES
from migration_assets.transforms.text import Body


@dataclass
class MappedRecords:
    """The targets of a chunk, one entry a record.

    Attributes:
        standard: standard target -> values; bodies are `Body`.
        shown: standard target with a value map -> Ivinex's own labels.
        more: standard target -> position -> further values, where one field held several.
        unread: position -> the source fields of which a part could not be read, whatever else was.
        custom: custom field external id -> value.
        extra: customer `data`, or ticket and message `meta`.
        notes: lines for the ticket's internal note.
        rejects: position -> reason, by the map's policies.
        losses: (field, kind) -> number of records; the field is `<tab>.<machine name>`.
        dropped: position, field and kind of each value that could not be read and arrives nowhere as what it is.
    """

    standard: dict[str, list[Any]] = field(default_factory=dict)
    shown: dict[str, list[Any]] = field(default_factory=dict)
    more: dict[str, dict[int, list[Any]]] = field(default_factory=dict)
    unread: dict[int, list[str]] = field(default_factory=dict)
    custom: list[dict[str, Any]] = field(default_factory=list)
    extra: list[dict[str, Any]] = field(default_factory=list)
    notes: list[list[str]] = field(default_factory=list)
    rejects: dict[int, str] = field(default_factory=dict)
    losses: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: list[tuple[int, str, str]] = field(default_factory=list)

    def get(self, name: str, position: int) -> Any:
        """A standard target's value, None where nothing is mapped to it."""
        values = self.standard.get(name)
        return values[position] if values else None

    def all(self, name: str, position: int) -> list[Any]:
        """A standard target's value and the further ones that its field held."""
        value = self.get(name, position)
        return [] if value is None else [value, *self.more.get(name, {}).get(position, [])]


def parse_raw(raw: Sequence[str]) -> list[dict[str, Any]]:
    """`raw` columns as records. orjson refuses lone surrogates, which the source may send; json takes them."""
    records = []
    for text in raw:
        try:
            records.append(orjson.loads(text))
        except orjson.JSONDecodeError:
            records.append(json.loads(text))
    return records


def apply(
    records: Sequence[dict[str, Any]], mapping: Mapping, role: Role, collection_type_id: str, lookups: Lookups
) -> MappedRecords:
    """Apply the maps of one tab.

    Args:
        records: parsed wire records of the tab.

    Returns:
        What each record becomes; values that a target cannot hold stay as text in `extra`.
    """
    size = len(records)
    out = MappedRecords(custom=[{} for _ in records], extra=[{} for _ in records], notes=[[] for _ in records])
    owners = {key: maps[0].external_id for key, maps in mapping.custom_fields().items()}
    for item in mapping.fields.get(role, []):
        if item.collection_type_id != collection_type_id or (item.kind == "layout"):
            continue
        column = [wire_text(record.get(item.source)) for record in records]
        where = f"{item.collection_type_id}.{item.source}"
        if item.target.to == "skip":
            # Files travel as attachments, and each has its own line in the books.
            if item.source not in PLATFORM_FIELDS and item.kind not in ("default", "file"):
                _count(out, where, "left out", sum(1 for text in column if text not in (None, "0", "false")))
            continue
        result = transform(column, item, lookups)
        _count(out, where, "control bytes removed", result.removed)
        for position, raised in result.broken.items():
            out.rejects.setdefault(position, f"{where} could not be read ({raised})")
        if item.transform in LOSSES:
            told = column if item.transform == "drop" else result.values
            _count(out, where, LOSSES[item.transform], sum(1 for text in told if text not in (None, "0", "false")))
        if item.target.to == "standard":
            out.shown[item.target.name or ""] = list(result.values)
            out.more[item.target.name or ""] = result.more
        _follow_policies(item, column, result, out, where)
        _deliver(item, role, result, out, where, owners)
    for name in ("subject", "description"):
        out.standard.setdefault(name, [None] * size)
    return out


def _follow_policies(item: FieldMap, column: list[str | None], result: Column, out: MappedRecords, where: str) -> None:
    """What could not be read, the value map, then the policies for what it does not know and for what is empty."""
    _record_problems(item, column, result, out, where)
    if item.values and item.transform == "option":
        _map_values(item, column, result, out, where)
    if item.missing != "empty":
        for position, value in enumerate(result.values):
            if value is None and item.missing == "default":
                result.values[position] = default_of(item)
            elif value is None:
                out.rejects.setdefault(position, f"{where} is empty, and the map sends such rows to quarantine")


def _record_problems(item: FieldMap, column: list[str | None], result: Column, out: MappedRecords, where: str) -> None:
    for position, problem in result.problems.items():
        lost_option = problem == "unknown option"
        if lost_option or (result.values[position] is not None and position not in result.unread):
            _count(out, where, problem, 1)
        else:
            out.dropped.append((position, where, problem))
        if position in result.unread:
            out.extra[position].setdefault(f"unreadable_{item.source}", result.unread[position])
            out.unread.setdefault(position, []).append(item.source)
        elif not lost_option and result.values[position] is None:
            out.extra[position].setdefault(f"unreadable_{item.source}", column[position] or "")
        if lost_option and not item.values:
            _unmapped(item, result, position, out, "an option that Ivinex no longer has")


def _map_values(item: FieldMap, column: list[str | None], result: Column, out: MappedRecords, where: str) -> None:
    for position, label in enumerate(result.values):
        if label is None:
            continue
        value = item.values.get((column[position] or "").strip(), item.values.get(label))
        if value is not None:
            result.values[position] = value
        else:
            _count(out, where, "value not in the map", 1)
            option = (column[position] or "").strip()
            # An option is named by its id, which `values` takes too; what else stands there may be anybody's words.
            listed = option != label and position not in result.problems
            what = f"option {option}, which the map does not know" if listed else "a value that the map does not know"
            _unmapped(item, result, position, out, what)


def default_of(item: FieldMap) -> Any:
    """The map's default as its field takes it: a number or a yes or no where the map writes one, else the text."""
    if item.default is None or item.transform not in ("number", "boolean"):
        return item.default
    value = transform([item.default], item, Lookups()).values[0]
    return item.default if value is None else value


def _unmapped(item: FieldMap, result: Column, position: int, out: MappedRecords, what: str) -> None:
    if item.unmapped == "skip":
        result.values[position] = None
    elif item.unmapped == "default":
        result.values[position] = default_of(item)
    elif item.unmapped == "quarantine":
        out.rejects.setdefault(position, f"{item.collection_type_id}.{item.source} holds {what}")


def _deliver(
    item: FieldMap, role: Role, result: Column, out: MappedRecords, where: str, owners: dict[tuple[str, str], str]
) -> None:
    to, name = item.target.to, item.target.name or ""
    if to == "standard":
        out.standard[name] = result.values
        return
    filled = [(position, value) for position, value in enumerate(result.values) if value is not None]
    if item.kind in LOSSY_KINDS and to != "note":
        _count(out, where, LOSSY_KINDS[item.kind], len(filled))
    if to == "custom_field":
        key = owners[(OBJECT_OF_ROLE[role], name)]
        for position, value in filled:
            out.custom[position][key] = value
        return
    if item.kind != "default":
        _count(out, where, f"no custom field, kept in {to}", len(filled))
    for position, value in filled:
        plain = value.plain() if isinstance(value, Body) else value
        if to == "note":
            out.notes[position].append(f"{item.label or item.source}: {plain}")
        else:
            out.extra[position][name] = plain


def _count(out: MappedRecords, where: str, kind: str, number: int) -> None:
    if number:
        out.losses[(where, kind)] += number
