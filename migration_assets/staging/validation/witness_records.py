"""The witness of one record: what differs between a source record and its staged row, field by field. Pure.

It belongs here: which rule fits which field of tickets, activities and tasks. It does not: reading both sides from the
warehouse (content_witness.py), the rules (witness_texts.py, witness_values.py) and reading texts (witness_reader.py).
Findings are fields and rules, never a value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from migration_assets.mapping.model import FieldMap, Role
from migration_assets.mapping.target_fields import OBJECT_OF_ROLE, PRIVATE
from migration_assets.staging.context import StagingContext
from migration_assets.staging.definitions.tag_names import AI_IGNORE
from migration_assets.staging.validation import witness_reader as reader
from migration_assets.staging.validation import witness_texts as texts
from migration_assets.staging.validation.witness_values import Expected

DIFFERS, NO_ADDRESS, OTHER_ADDRESS = "value differs", "an address is missing", "an address that the source has not"
CUT, TOO_LARGE = "cut at", "layout left out"
REMEMBERED = 50_000
"""Pairs of values that were found to agree, since options, people and days repeat themselves."""
CHANNELS = {"email": "email", "call": "phone", "sms": "sms", "chat": "chat"}
_ADDRESSES = ("from", "to", "cc", "bcc")
_META = {"owner": "ivinex_owner", "duration": "call_duration", "disposition": "call_disposition"}

Row = dict[str, Any]
Files = Sequence[texts.File]
Found = Iterator[tuple[str, str]]


@dataclass
class _Maps:
    """The maps of one tab."""

    standard: dict[str, FieldMap] = field(default_factory=dict)
    others: list[FieldMap] = field(default_factory=list)


class Witness:
    """One look at the staged rows of some days."""

    def __init__(self, context: StagingContext, users: Any, excused: dict[str, set[str]]):
        self._context = context
        self._expected = Expected.of(context.mapping, context.fields, users)
        self._excused = excused
        self._agreed: set[tuple[int, str, str]] = set()
        self._maps: dict[tuple[Role, str], _Maps] = defaultdict(_Maps)
        self._owners = {key: maps[0].external_id for key, maps in context.mapping.custom_fields().items()}
        for role, _, item in context.mapping.each():
            maps = self._maps[(role, item.collection_type_id)]
            if item.target.to == "standard":
                maps.standard[item.target.name or ""] = item
            elif item.target.to != "skip" and item.kind not in ("layout", "default"):
                maps.others.append(item)

    def ticket(self, row: Row, record: dict[str, Any], files: Files) -> Found:
        """(field, rule) of everything that differs between a ticket and its staged row."""
        maps = self._maps[("ticket", row["tab"])]
        meta, values = orjson.loads(row["meta"]), orjson.loads(row["field_values"])
        yield from self._subject(maps, record, row["subject"], row["source_id"])
        about = maps.standard.get("description")
        if about is not None and (source := _text(record, about)):
            if row["body_text"] is None:
                yield about.source, texts.MISSING
            else:
                yield from self._body(about, source, row, "", row["source_id"], files)
        staged = {
            "status": row["status"], "priority": row["priority"], "assignee": row["assignee_source_id"],
            "contact": row["contact_source_id"], "closed": row["closed_at"],
            "tags": [tag for tag in orjson.loads(row["tags"]) if tag != AI_IGNORE] or None,
            "team": meta.get("ivinex_team"),
        }  # fmt: skip
        for name, value in staged.items():
            item = maps.standard.get(name)
            if item is None or (name == "closed" and row["status"] != "closed"):
                continue
            # What Ivinex leaves open, staging fills in and tells: a stub's id, the last change as the closing time.
            if name in ("contact", "closed") and not self._expected.is_set(item, record.get(item.source)):
                continue
            if name == "tags" and self._excuses(row["source_id"], CUT):
                continue
            yield from self._value(item, record, value, meta)
        for item in maps.others:
            to, name = item.target.to, item.target.name or ""
            if to == "custom_field":
                value = values.get(self._owners[(OBJECT_OF_ROLE["ticket"], name)])
            elif to == "note":
                told = f"- {item.label or item.source}: "
                _, found, after = (row["note"] or "").partition(told)
                shown = after.partition("\n")[0].strip() if item.transform in PRIVATE else record.get(item.source)
                value = shown if found else None
            else:
                value = meta.get(name)
            yield from self._value(item, record, value, meta)

    def activity(self, row: Row, record: dict[str, Any], files: Files) -> Found:
        maps, record_id = self._maps[("activity", row["tab"])], row["external_id"]
        meta = orjson.loads(row["meta"])
        yield from self._subject(maps, record, row["subject"], record_id)
        yield from self._bodies(maps, record, row, meta, files)
        yield from self._addresses(maps, record, row, meta)
        yield from self._channel(maps, record, row)
        for name, key in _META.items():
            if item := maps.standard.get(name):
                yield from self._value(item, record, meta.get(key), meta)
        if (item := maps.standard.get("date")) and not _unset(record.get(item.source)):
            yield from self._value(item, record, row["created_at"], meta)
        if (item := maps.standard.get("message_id")) and not self._context.masked:
            given = _text(record, item).strip()
            if given not in ("", "0", row["message_id"], meta.get("ivinex_message_id")):
                yield item.source, DIFFERS
        yield from self._values(maps.others, record, meta)

    def task(self, row: Row, record: dict[str, Any], files: Files) -> Found:
        """A task is a note of its subject, its text, and facts that are made words; so only what is missing counts."""
        maps = self._maps[("task", row["tab"])]
        meta = orjson.loads(row["meta"])
        yield from self._subject(maps, record, row["subject"], row["external_id"], default="Task")
        about = maps.standard.get("description")
        if about is not None and (source := _text(record, about)):
            for name, rule in self._body(about, source, row, row["subject"] or "", row["external_id"], files):
                if rule not in (texts.ADDED, texts.LINES):
                    yield name, rule
        yield from self._values(maps.others, record, meta)

    def _values(self, items: Sequence[FieldMap], record: dict[str, Any], meta: Row) -> Found:
        for item in items:
            wire, staged = record.get(item.source), meta.get(item.target.name or "")
            if (wire != staged or item.transform in PRIVATE) and not (staged is None and wire in ("", "0")):
                yield from self._value(item, record, staged, meta)

    def _bodies(self, maps: _Maps, record: dict[str, Any], row: Row, meta: Row, files: Files) -> Found:
        """The rich body is the markup, the plain one the text; a description beside them is in one of the two."""
        given = [(item, text) for name in ("html", "body", "description")
                 if (item := maps.standard.get(name)) and (text := _text(record, item))]  # fmt: skip
        if not given:
            return
        header = row["subject"] or "" if row["channel"] == "internal-note" else ""
        rich = next(((item, text) for item, text in given if item.kind == "html" and reader.is_html(text)), None)
        body = maps.standard.get("body")
        plain_item, plain = next((pair for pair in given if pair[0] is body), given[0])
        cut, large = self._excuses(row["external_id"], CUT), self._excuses(row["external_id"], TOO_LARGE)
        as_html = rich is not None and rich[0] is plain_item
        of_text = texts.of_html_and_text if as_html else texts.of_plain
        if not (large and as_html):
            for rule in of_text(plain, row["body_text"], header, cut, _known_of(row, meta)):
                yield plain_item.source, rule
        yield from self._markup(rich, plain_item, row, header, row["external_id"], files)
        about = maps.standard.get("description")
        for item, text in given:
            if item is about and item is not plain_item and (rich is None or item is not rich[0]):
                wanted = reader.words(
                    reader.text_of_html(text) if item.kind == "html" and reader.is_html(text) else text
                )
                found = reader.words(row["body_text"]) | reader.words(str(meta.get("ivinex_description") or ""))
                if wanted - found and not cut and not (self._context.masked and "@" in text):
                    yield item.source, texts.MISSING

    def _markup(
        self, rich: tuple[FieldMap, str] | None, plain: FieldMap, row: Row, header: str, record_id: str, files: Files
    ) -> Found:
        staged = row["body_html"]
        if rich is None:
            if staged is not None:
                yield plain.source, texts.MARKUP
            return
        item, source = rich
        if staged is None:
            if not self._excuses(record_id, TOO_LARGE) and reader.words(reader.text_of_html(source)):
                yield item.source, texts.NO_MARKUP
            return
        cut = self._excuses(record_id, CUT)
        for rule in texts.of_html(source, staged, header, cut, [str(one["name"]) for one in files]):
            yield item.source, rule
        if "<img" in source or "<IMG" in source:
            for rule in texts.of_images(source, staged, files, self._context.site, cut):
                yield item.source, rule

    def _body(self, item: FieldMap, source: str, row: Row, header: str, record_id: str, files: Files) -> Found:
        """One text that is the whole body of its message."""
        cut, large = self._excuses(record_id, CUT), self._excuses(record_id, TOO_LARGE)
        as_html = item.kind == "html" and reader.is_html(source)
        of_text = texts.of_html_and_text if as_html else texts.of_plain
        if not (large and as_html):
            for rule in of_text(source, row["body_text"], header, cut):
                yield item.source, rule
        yield from self._markup((item, source) if as_html else None, item, row, header, record_id, files)

    def _subject(
        self, maps: _Maps, record: dict[str, Any], staged: str | None, record_id: str, default: str | None = None
    ) -> Found:
        item = maps.standard.get("subject")
        source = _text(record, item) if item else ""
        if item is None or source == staged or (self._context.masked and "@" in source):
            return
        wanted = source.split() or (default or "").split()
        found = (staged or "").split()
        if found not in (wanted, reader.decoded(source).split()) and not self._excuses(record_id, CUT):
            yield item.source, DIFFERS

    def _addresses(self, maps: _Maps, record: dict[str, Any], row: Row, meta: Row) -> Found:
        """Every address of the source is in the envelope or in meta, and none is there that the source has not."""
        envelope = orjson.loads(row["source"]) if row["source"] else {}
        for name in _ADDRESSES:
            item = maps.standard.get(name)
            source = str(record.get(item.source) or "") if item else ""
            if item is None or source.strip("[]{}\"', ;") in ("", "0"):
                continue
            given = envelope.get(name) or []
            people = given if isinstance(given, list) else [given]
            staged = [str(one["address"]) for one in people]
            if staged == [source]:
                continue
            wanted = reader.addresses(source)
            kept = str(meta.get(f"ivinex_{name}") or "").lower()
            if self._context.masked:
                if len(set(wanted)) > len(set(staged)) + kept.count("@"):
                    yield item.source, NO_ADDRESS
                continue
            names = [str(one.get("name")) for one in people]
            for problem in _address_problems(source, wanted, staged, names, kept):
                yield item.source, problem

    def _channel(self, maps: _Maps, record: dict[str, Any], row: Row) -> Found:
        item = maps.standard.get("kind")
        option = str(record.get(item.source) or "") if item else ""
        if item is None or option in ("", "0"):
            return
        labels = self._expected.labels.get((item.collection_type_id, item.source), {})
        word = item.values.get(option, item.values.get(labels.get(option, option)))
        if word is not None and CHANNELS.get(word.partition("_")[0], "internal-note") != row["channel"]:
            yield item.source, DIFFERS

    def _value(self, item: FieldMap, record: dict[str, Any], staged: Any, meta: Row) -> Found:
        wire = record.get(item.source)
        if staged is None and (wire is None or wire == "" or wire == "0"):
            return
        if wire == staged and item.transform == "text":
            return
        if self._context.masked and isinstance(wire, str) and "@" in wire:
            return
        # Most are texts already, and this is the busiest line of the witness.
        seen = (id(item), wire if type(wire) is str else str(wire), staged if type(staged) is str else str(staged))
        if seen in self._agreed:
            return
        if self._expected.agrees(item, wire, staged):
            if len(self._agreed) < REMEMBERED:
                self._agreed.add(seen)
        elif f"unreadable_{item.source}" not in meta:
            yield item.source, DIFFERS

    def _excuses(self, record_id: str, kind: str) -> bool:
        return any(one.startswith(kind) for one in self._excused.get(record_id, ()))


def _known_of(row: Row, meta: Row) -> str:
    """What may stand in the place of words where a message has none; each of these values is compared by itself."""
    known = (row["subject"], *(meta.get(name) for name in ("ivinex_kind", "call_disposition", "call_duration")))
    return " ".join(str(one) for one in known if one)


def _text(record: dict[str, Any], item: FieldMap) -> str:
    value = record.get(item.source)
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return "" if not text or text.isspace() else reader.cleaned(text)


def _unset(value: Any) -> bool:
    return value is None or str(value).strip() in ("", "0", "0000-00-00", "0000-00-00 00:00:00")


def _in_ascii(address: str, staged: Sequence[str]) -> bool:
    """An international domain is written in ASCII; an address of two names is both."""
    local, _, domain = address.partition("@")
    return not domain.isascii() and any(one.startswith(f"{local}@xn--") or f"{local}@" in one for one in staged)


def _address_problems(
    source: str, wanted: Collection[str], staged: list[str], names: list[str], kept: str
) -> Iterator[str]:
    lowered = source.lower()
    # Both sides are read in one way: of o'neil@x.example it takes a part, and a name may look like an address.
    shown = {*staged, *reader.addresses(" ".join([*staged, *names]))}
    for address in wanted:
        if address not in shown and address not in kept and not _in_ascii(address, staged):
            yield NO_ADDRESS
    for address in staged:
        if address not in lowered and address.partition("@")[0] not in lowered:
            yield OTHER_ADDRESS
    if not wanted and not kept and not staged:
        yield NO_ADDRESS
