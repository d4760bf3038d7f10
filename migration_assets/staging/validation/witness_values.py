"""What a mapped value must have become, worked out from the wire value and the map alone. Pure.

It belongs here: a second reading of options, numbers, dates and people, kept apart from the transforms so that a
mistake there is seen. It does not: comparing records (content_witness.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pandas as pd

from migration_assets.mapping.heuristics.option_labels import is_placeholder
from migration_assets.mapping.model import FieldMap, Mapping
from migration_assets.mapping.target_fields import PRIVATE
from migration_assets.staging.validation.witness_reader import cleaned

_UNSET = frozenset({"", "0", "0.00", "0000-00-00", "0000-00-00 00:00:00"})
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
_BY_ID = frozenset({"option", "options", "labels", "user", "user_id", "link", "date", "datetime", "moment"})
_UNCHECKED = frozenset({"email", "phone", "none", "html"})
"""Bodies have rules of their own; addresses and numbers of contacts are channels of customers."""


@dataclass
class Expected:
    """What the source says of values, for one map.

    Attributes:
        labels: (tab, field) -> option id -> label.
        users: user id or user name -> every text that may stand for that user.
    """

    zone: ZoneInfo
    labels: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    users: dict[str, frozenset[str]] = field(default_factory=dict)
    _hours: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, mapping: Mapping, fields: pd.DataFrame, users: pd.DataFrame) -> Expected:
        labels = {}
        for tab, name, options in fields[["collection_type_id", "field_name", "options"]].itertuples(index=False):
            listed = orjson.loads(options) if isinstance(options, str) and options else []
            labels[(tab, name)] = {str(one["id"]): " ".join(str(one["label"]).split()) for one in listed}
        known: dict[str, frozenset[str]] = {}
        for row in users.astype(object).where(users.notna(), None).to_dict("records"):
            names = frozenset(str(row[name]) for name in ("source_id", "email", "name", "username") if row[name])
            names |= {f"user {row['user_id']}"}
            known |= {str(row[name]): names for name in ("username", "user_id") if row[name]}
        return cls(ZoneInfo(mapping.time_zone), labels, known)

    def agrees(self, item: FieldMap, wire: Any, staged: Any) -> bool:
        """Is the staged value what the wire value says? A value that the map replaces on purpose agrees."""
        text = _text(wire)
        if text is None or not self.is_set(item, wire):
            given = item.default is not None and (staged == item.default or item.transform in ("number", "boolean"))
            return staged is None or given or staged in (False, 0)
        if item.transform in PRIVATE and (staged is not None or item.transform == "drop"):
            return _is_private(item, staged)
        if staged is None:
            return self._may_be_empty(item, text)
        check = getattr(self, f"_{item.transform}", None)
        return check(item, text, staged) if check else True

    def is_set(self, item: FieldMap, wire: Any) -> bool:
        """Does the source say anything? `0` is nothing to an option, a person or a date, and a value to a text."""
        text = _text(wire)
        return text is not None and not (item.transform in _BY_ID and text.strip() in _UNSET)

    def _may_be_empty(self, item: FieldMap, text: str) -> bool:
        if item.transform in _UNCHECKED or item.unmapped in ("skip", "quarantine") or not cleaned(text).strip():
            return True
        labels = self.labels.get((item.collection_type_id, item.source), {})
        label = labels.get(text.strip())
        if item.transform == "option" and label is not None:
            return is_placeholder(label)
        return False

    def _text(self, item: FieldMap, text: str, staged: Any) -> bool:
        return cleaned(text).split() == str(staged).split()

    def _option(self, item: FieldMap, text: str, staged: Any) -> bool:
        option = text.strip()
        label = self.labels.get((item.collection_type_id, item.source), {}).get(option, option)
        mapped: set[str | None] = {item.values[key] for key in (option, label) if key in item.values}
        return staged in (mapped or {label, f"unknown option {option[:40]}", item.default})

    def _options(self, item: FieldMap, text: str, staged: Any) -> bool:
        return self._labels(item, text, str(staged).split(", "))

    def _labels(self, item: FieldMap, text: str, staged: Any) -> bool:
        labels = self.labels.get((item.collection_type_id, item.source), {})
        options = [part.strip() for part in text.strip("[] ").replace('"', "").split(",")]
        wanted: set[str] = set()
        for option in options:
            label = labels.get(option, option)
            if option not in ("", "0") and not is_placeholder(label):
                wanted.add(item.values.get(option, item.values.get(label, label)))
        missing = {one for one in wanted if one not in staged and f"unknown option {one[:40]}" not in staged}
        joined = ", ".join(staged)
        return all(one in joined for one in missing) or item.unmapped != "keep_label"

    def _boolean(self, item: FieldMap, text: str, staged: Any) -> bool:
        word = text.strip().lower()
        return staged is (word in _TRUE) if word in _TRUE | _FALSE else True

    def _number(self, item: FieldMap, text: str, staged: Any) -> bool:
        try:
            return abs(Decimal(text.strip().replace(",", "")) - Decimal(str(staged))) < Decimal("0.000001")
        except InvalidOperation:
            return True

    def _date(self, item: FieldMap, text: str, staged: Any) -> bool:
        return text.strip()[:10] == str(staged)[:10]

    def _datetime(self, item: FieldMap, text: str, staged: Any) -> bool:
        return self._moment(item, text, staged)

    def _moment(self, item: FieldMap, text: str, staged: Any) -> bool:
        """Hours by the zone, one less or more because one hour a year does not exist and one does twice."""
        at, shown = text.strip().replace("T", " "), str(staged).replace("T", " ")
        if at[14:16] != shown[14:16]:
            return not at[14:16].isdigit() or self._odd_zone(at, shown)
        hours = self._hours.get(at[:13])
        if hours is None:
            hours = self._hours[at[:13]] = self._hours_of(at[:13])
        return not hours or shown[:13] in hours

    def _hours_of(self, hour: str) -> frozenset[str]:
        """The hours in UTC that a local one may mean; none where it is no time at all."""
        try:
            at = datetime.fromisoformat(f"{hour}:00").replace(tzinfo=self.zone).astimezone(UTC)
            return frozenset(f"{at + timedelta(hours=more):%Y-%m-%d %H}" for more in (-1, 0, 1))
        except (ValueError, OverflowError):
            return frozenset()

    def _odd_zone(self, at: str, shown: str) -> bool:
        """A zone off by half an hour moves minutes too."""
        offset = datetime.now(UTC).astimezone(self.zone).utcoffset() or timedelta()
        return offset.total_seconds() % 3600 != 0 and abs(int(at[14:16]) - int(shown[14:16] or 0)) in (15, 30, 45)

    def _user(self, item: FieldMap, text: str, staged: Any) -> bool:
        names = self.users.get(text.strip())
        return names is None or any(name in str(staged) for name in names)

    def _user_id(self, item: FieldMap, text: str, staged: Any) -> bool:
        names = self.users.get(text.strip())
        return names is None or str(staged) in names

    def _link(self, item: FieldMap, text: str, staged: Any) -> bool:
        return str(staged).rpartition(":")[2] == text.strip().rpartition(":")[2]


def _is_private(item: FieldMap, staged: Any) -> bool:
    """Nothing of the source shows: a dropped value is none, a mask has no letter but x, a hash is hexadecimal."""
    if staged is None or staged == item.default:
        return True
    text = str(staged)
    if item.transform == "mask":
        return not any(one.isalnum() and one not in "xX0" for one in text)
    return item.transform == "hash" and len(text) == 32 and not set(text) - set("0123456789abcdef")


def _text(wire: Any) -> str | None:
    if wire is None or wire == "" or wire == []:
        return None
    if isinstance(wire, bool):
        return "true" if wire else "false"
    return (
        wire if isinstance(wire, str) else orjson.dumps(wire).decode() if isinstance(wire, (list, dict)) else str(wire)
    )
