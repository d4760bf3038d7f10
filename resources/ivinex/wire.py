"""Single wire values of Ivinex as plain Python values: pure functions.

Belongs here: what `0`, `0000-00-00`, `Yes` and `12,345.67` mean (ivinex-api.md 4). Does not belong here: whole
columns (wire_columns.py), the type of a field (types.py), what a transform makes of a value. Nothing here raises
for a bad value: it comes back as a `problem`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")

EMPTY_TEXT: Final = ("", "0000-00-00", "0000-00-00 00:00:00")
UNSET: Final = {
    "dropdown": frozenset({"0"}),
    "multi": frozenset({"0"}),
    "user": frozenset({"0"}),
    "link": frozenset({"0"}),
    "number": frozenset({"0"}),
    "decimal": frozenset({"0", "0.00"}),
    "checkbox": frozenset({"false", "0", "No", "no"}),
    "date": frozenset({"0"}),
    "datetime": frozenset({"0"}),
}
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)

_MOMENT: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """A value, or why there is none.

    Attributes:
        value: None where the field is unset or the value is unusable.
        problem: "" or one of ambiguous, nonexistent (both with a value), impossible, out_of_range.
    """

    value: T | None
    problem: str = ""


def boolean(value: Any) -> Parsed[bool]:
    """Reads a checkbox in any of its forms: true/false, 1/0, Yes/No, JSON booleans (A-33)."""
    if value is None or isinstance(value, bool):
        return Parsed(value)
    text = str(value).strip().lower()
    if text in ("true", "1", "yes"):
        return Parsed(True)
    if text in ("false", "0", "no"):
        return Parsed(False)
    return Parsed(None, "" if not text else "impossible")


def number(value: Any) -> Parsed[Decimal]:
    """Reads a number with or without thousands separators, such as `12,345.67`; only "" and null are unset."""
    text = "" if value is None else str(value).strip()
    if not text:
        return Parsed(None)
    if not _NUMBER.fullmatch(text) or not any(character.isdigit() for character in text):
        return Parsed(None, "impossible")
    return Parsed(Decimal(text.replace(",", "")))


def day(value: Any) -> Parsed[date]:
    """Reads a date; zero forms are unset, an impossible or far-off one is a problem."""
    naive = _naive(value)
    return Parsed(naive.value.date() if naive.value else None, naive.problem)


def moment(value: Any, zone: ZoneInfo) -> Parsed[datetime]:
    """Reads a local date-time as UTC.

    An hour that occurs twice means its first occurrence; one that does not occur is shifted forward by the gap
    (docs/mapping.md). Both come with a problem, because both are losses to report.

    Args:
        value: `YYYY-MM-DD HH:MM:SS`, seconds and time optional; never with an offset (ivinex-api.md 9).
        zone: the site's time zone.
    """
    naive = _naive(value)
    if naive.value is None:
        return Parsed(None, naive.problem)
    first = naive.value.replace(tzinfo=zone, fold=0)
    at = first.astimezone(UTC)
    offset, later = first.utcoffset(), naive.value.replace(tzinfo=zone, fold=1).utcoffset()
    if offset == later:
        return Parsed(at)
    return Parsed(at, "nonexistent" if (offset or timedelta()) < (later or timedelta()) else "ambiguous")


def clean_text(value: Any) -> tuple[str, int]:
    """Removes control bytes (tab and line ends stay) and lone surrogates; returns the text and how many went."""
    return _CONTROL.subn("", "" if value is None else str(value))


def _naive(value: Any) -> Parsed[datetime]:
    text = "" if value is None else str(value).strip()
    if text in EMPTY_TEXT or text == "0":
        return Parsed(None)
    match = _MOMENT.fullmatch(text)
    if not match:
        return Parsed(None, "impossible")
    year, month, day_, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        found = datetime(year, month, day_, hour, minute, second)  # noqa: DTZ001 - the zone is applied by the caller
    except ValueError:
        return Parsed(None, "impossible")
    if not EARLIEST <= found.date() <= LATEST:
        return Parsed(None, "out_of_range")
    return Parsed(found)
