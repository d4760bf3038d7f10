"""The transforms a map may name: wire texts of one field in, target values and what was lost out.

A transform is a pure function over a whole column of a chunk. It never raises for a bad value: it reports it by
position, and the map's policy decides. Wire forms (empty values, dates, numbers) are `resources.ivinex.wire`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson

from migration_assets.mapping.model import FieldMap
from migration_assets.mapping.target_fields import TRANSFORM_OF_KIND
from migration_assets.transforms import people
from migration_assets.transforms.addresses import read_addresses
from migration_assets.transforms.lookups import Lookups
from migration_assets.transforms.privacy import hashed, masked
from migration_assets.transforms.text import UNCLOSED, Body
from resources.ivinex import wire

Texts = list[str | None]
Transform = Callable[["Texts", FieldMap, Lookups], "Column"]


@dataclass
class Column:
    """One field of a chunk after its transform.

    Attributes:
        values: one target value a record; None = empty.
        problems: position -> what kept the value from being taken as it is (`unknown option`, `not a number`, ...).
        more: position -> further values of the same kind, where one field held several.
        unread: position -> the part of the text that could not be read, whatever else was.
        broken: position -> what a library raised over the value.
        removed: control bytes and lone surrogates taken out.
    """

    values: list[Any]
    problems: dict[int, str] = field(default_factory=dict)
    more: dict[int, list[Any]] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)
    broken: dict[int, str] = field(default_factory=dict)
    removed: int = 0


def wire_text(value: Any) -> str | None:
    """A wire value as text: numbers and booleans may come as such (ivinex-api.md 4); None and "" are empty."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, (list, dict)) else str(value)


def _text(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    result = Column([None] * len(column))
    for position, value in enumerate(column):
        if value and not value.isspace():
            result.values[position] = value
    return result


def _label(value: str, labels: dict[str, str]) -> str | None:
    """The label of an option id; a value that already is a label passes, since one dialect renders labels (A-08)."""
    label = labels.get(value)
    return label if label is not None else value if value in labels.values() else None


def _option(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """Option id -> label; unset -> empty; an id that no option has -> `unknown option <id>`, reported."""
    labels = lookups.options.get((item.collection_type_id, item.source), {})
    unlabelled = lookups.unlabelled.get((item.collection_type_id, item.source), frozenset())
    result = Column([None] * len(column))
    for position, value in enumerate(column):
        if not value or value == "0" or not (value := value.strip()):
            continue
        label = _label(value, labels) if labels else wire.clean_text(value)[0]
        if value in unlabelled:
            result.problems[position] = "option without a label"
        elif label is None:
            result.values[position] = f"unknown option {value[:40]}"
            result.problems[position] = "unknown option"
        else:
            result.values[position] = label or None
    return result


def _labels(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """A list of option ids (comma list or JSON list, A-29) -> the list of labels."""
    labels = lookups.options.get((item.collection_type_id, item.source), {})
    result = Column([None] * len(column))
    for position, value in enumerate(column):
        if not value or value == "0":
            continue
        found = []
        for part in value.strip("[] ").replace('"', "").split(","):
            option = part.strip()
            if option and option != "0":
                label = _label(option, labels)
                if label is None:
                    result.problems[position] = "unknown option"
                    if item.unmapped == "keep_label":
                        found.append(f"unknown option {option[:40]}")
                elif label:
                    found.append(item.values.get(option, item.values.get(label, label)))
        result.values[position] = list(dict.fromkeys(found)) or None
    return result


def _options(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """A list of option ids -> labels joined with commas: Gorgias has no multi-select (gorgias-api.md 6.5)."""
    result = _labels(column, item, lookups)
    result.values = [", ".join(labels) if labels else None for labels in result.values]
    return result


def _email(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """The first address; others of the field are `more`, what is none is `unread`."""
    result = Column([None] * len(column))
    for position, value in enumerate(column):
        if not value or not value.strip() or value == "0":
            continue
        read = read_addresses(value)
        found = [one["address"] for one in read.found]
        if found:
            result.values[position] = found[0]
            result.more[position] = found[1:]
        if read.unread:
            result.problems[position] = "in part no e-mail address" if found else "not an e-mail address"
            result.unread[position] = "; ".join(read.unread)
    return result


def _phone(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    result = Column([None] * len(column))
    for position, value in enumerate(column):
        if value and value.strip() and value != "0":
            result.values[position] = people.phone(value)
            if result.values[position] is None:
                result.problems[position] = "not a phone number"
    return result


def _of_user(show: Callable[[dict[str, Any]], str]) -> Transform:
    """Of a user id or user name."""

    def of_user(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
        result = Column([None] * len(column))
        for position, value in enumerate(column):
            if not value or value == "0" or not (value := value.strip()):
                continue
            user = lookups.user(value)
            if user is None:
                result.problems[position] = "unknown user"
            else:
                result.values[position] = show(user)
        return result

    return of_user


def _shown(user: dict[str, Any]) -> str:
    name, email = user.get("name") or user.get("username") or f"user {user['user_id']}", user.get("email")
    return f"{name} <{email}>" if email else str(name)


def _link(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """The target's collection_id -> its source id; the tab comes from the schema (ivinex-api.md 4)."""
    tab = lookups.linked.get((item.collection_type_id, item.source))
    result = Column([None] * len(column))
    for position, value in enumerate(column):
        if value and (value := value.strip()) not in ("", "0"):
            number = value.rsplit(":", 1)[-1]
            if tab and number.isdigit():
                result.values[position] = f"ivinex:{tab}:{number}"
            else:
                result.problems[position] = "not a record id"
    return result


def _none(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    return Column([None] * len(column))


def _reads(
    parser: Callable[[Lookups], Callable[[str], wire.Parsed[Any]]],
    problem: str,
    show: Callable[[Any], Any] = lambda value: value,
) -> Transform:
    """Each distinct text is read once: such columns repeat themselves."""

    def read_column(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
        parse = parser(lookups)
        read = {text: parse(text) for text in set(column) if text}
        result = Column([None] * len(column))
        for position, text in enumerate(column):
            if not text:
                continue
            parsed = read[text]
            if parsed.value is not None:
                result.values[position] = show(parsed.value)
            if parsed.problem:
                told = parsed.problem in ("ambiguous", "nonexistent")
                result.problems[position] = f"{parsed.problem} local time" if told else problem
        return result

    return read_column


def _in_zone(lookups: Lookups) -> Callable[[str], wire.Parsed[Any]]:
    return lambda text: wire.moment(text, lookups.zone)


def _as_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _html(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """A text or rich-text value -> `Body`: the field's kind says which it is, not the value."""
    result = Column([None] * len(column))
    for position, value in enumerate(column):
        if value and not value.isspace():
            body = result.values[position] = Body.of(value, item.kind == "html")
            if body.unclosed:
                result.problems[position] = UNCLOSED
    return result


def _private(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """What a field of this kind says, then dropped, masked or hashed; what it could not say is dropped."""
    if item.transform == "drop":
        return _none(column, item, lookups)
    result = TABLE[TRANSFORM_OF_KIND.get(item.kind, "text")](column, item, lookups)
    made = masked if item.transform == "mask" else lambda text: hashed(text, lookups.key_of_hash())
    said = (None if value is None else wire_text(value) for value in result.values)
    # What is told of a value that could not be read quotes it, so of a private one nothing is told.
    return Column([None if value is None else made(value) for value in said])


# Gorgias has no date type and no user-lookup type (architecture.md 8): a day becomes `YYYY-MM-DD`, a time ISO text in
# UTC, a user `Name <email>`. `moment` and `user_id` are for standard targets: a UTC datetime, and a source id.
TABLE: dict[str, Transform] = {
    "text": _text, "html": _html, "email": _email, "phone": _phone, "option": _option, "options": _options,
    "labels": _labels, "link": _link, "none": _none, "drop": _private, "mask": _private, "hash": _private,
    "boolean": _reads(lambda _: wire.boolean, "not a yes or no"),
    "number": _reads(lambda _: wire.number, "not a number", _as_number),
    "date": _reads(lambda _: wire.day, "not a date", lambda day: day.isoformat()),
    "datetime": _reads(_in_zone, "not a date", lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}"),
    "moment": _reads(_in_zone, "not a date"),
    "user": _of_user(_shown), "user_id": _of_user(lambda user: str(user["source_id"])),
}  # fmt: skip
"""Name in `mapping.yaml` -> transform."""


def transform(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """Run the map's transform over one column of wire texts, control bytes and lone surrogates taken out first.

    A vertical tab or form feed is a line end: mail clients write one for a soft break.
    """
    if not any(column):
        return Column([None] * len(column))  # every transform leaves an empty value empty, and most are
    cleaned, removed = list(column), 0
    for position, text in enumerate(column):
        if text is not None and not (text.isascii() and text.isprintable()):
            cleaned[position], gone = wire.clean_text(text.translate(_SOFT_BREAKS))
            removed += gone
    try:
        result = TABLE[item.transform](cleaned, item, lookups)
    except Exception:
        result = _one_by_one(cleaned, item, lookups)
    result.removed = removed
    return result


def _one_by_one(column: Texts, item: FieldMap, lookups: Lookups) -> Column:
    """A library raised over a stranger's text: its record is named, and the others go on."""
    result = Column([None] * len(column))
    for position, text in enumerate(column):
        try:
            alone = TABLE[item.transform]([text], item, lookups)
        except Exception as error:
            result.broken[position] = type(error).__name__
            continue
        result.values[position] = alone.values[0]
        for name in ("problems", "more", "unread"):
            if 0 in (found := getattr(alone, name)):
                getattr(result, name)[position] = found[0]
    return result


_SOFT_BREAKS = {0x0B: "\n", 0x0C: "\n"}
