"""What mails say of the zone: the moment in their header, with its own offset, beside Ivinex's created date.

No public page names a field of Ivinex that holds the header of a mail (ivinex-api.md 6), so a header is found by its
form, in whichever field of an activity a site keeps it. It belongs here: finding such pairs, and what they prove. It
does not: the verdict of a discovery (time_zone_proof.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from resources.warehouse import Warehouse

TABLE = "ivinex.activity_sweep"
MOST_PAIRS = 400
FEWEST_PAIRS, FEWEST_A_SIDE = 20, 5
LARGE_MAJORITY = 0.9
EARLY, LATE = timedelta(minutes=2), timedelta(minutes=12)
"""A mail is entered seconds to minutes after its header was written. Together less than the 15 minutes by which the
nearest zones differ, so that no pair fits two of them by its delay."""
_OFFERED = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
"""The zones that Ivinex lets its users choose (ivinex-api.md 9)."""
_DATE = (
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s\d{4}\s"
    r"\d{1,2}:\d{2}(?::\d{2})?\s(?:[+-]\d{4}|GMT|UT|UTC|Z)\b"
)
_HEADER = r"(?i)(?:\bdate:|;)(?:\s|\\[rnt]|<[^<>]*>|&nbsp;)*(" + _DATE + ")"
"""After `Date:`, or at the end of a `Received:` line; in the text of JSON, so line ends are escaped."""
_PAIRS = f"""
    SELECT regexp_extract_all(raw, ?, 1) AS dates,
           TRY_CAST(json_extract_string(CASE WHEN json_valid(raw) THEN raw END, '$.created_date') AS TIMESTAMP)
               AS created
    FROM {TABLE} WHERE regexp_matches(raw, ?) ORDER BY hash(collection_id) LIMIT {MOST_PAIRS}
"""  # noqa: S608 - a constant


class Proof(StrEnum):
    proved = "proved"
    unproved = "unproved"
    disproved = "disproved"


@dataclass(frozen=True)
class MailPair:
    """
    Attributes:
        sent: the newest moment in the header, which is nearest to the entry; what is quoted below it is older.
        created: as Ivinex shows it, without an offset.
    """

    sent: datetime
    created: datetime


def mail_pairs(warehouse: Warehouse) -> list[MailPair]:
    """One for each activity with the header of a mail, at most `MOST_PAIRS`, chosen by the hash of their id."""
    rows = warehouse.rows(_PAIRS, [_HEADER, _HEADER], if_exists=TABLE)
    found = ((max(_moments(row["dates"]), default=None), row["created"]) for row in rows)
    return [MailPair(sent, created) for sent, created in found if sent and created]


def judge(pairs: Sequence[MailPair], zone: str) -> tuple[Proof, str]:
    """What the pairs say of a zone, as a part of a sentence; counts and names of zones only.

    Proved: `LARGE_MAJORITY` of the pairs agree with it on both sides of a clock change (or, where it has none, in both
    halves of the year), and no zone with other offsets agrees with as many. Disproved: another zone is proved so.
    """
    told = f"{len(pairs)} activities hold the header of a mail with its own offset"
    if len(pairs) < FEWEST_PAIRS:
        return Proof.unproved, f"{told}, where {FEWEST_PAIRS} are needed"
    own = _Fit.of(zone, pairs, _offsets(zone, pairs))
    told = f"of {told}, {own.fitting} were entered within {LATE.seconds // 60} minutes by it"
    rivals = [fit for fit in _other_zones(pairs, own) if fit.fitting >= own.fitting]
    if own.agrees and not rivals:
        return Proof.proved, told
    if not own.agrees and (better := [fit for fit in rivals if fit.agrees]):
        best = max(better, key=lambda fit: fit.fitting)
        if sum(fit.fitting == best.fitting for fit in rivals) == 1:
            return Proof.disproved, f"{told}, and {best.fitting} by {best.zone}"
    if own.large_majority:
        return Proof.unproved, f"{told}; but not enough of them lie on both sides of a clock change to exclude others"
    return Proof.unproved, f"{told}, which is less than {LARGE_MAJORITY:.0%} on either side of a clock change"


@dataclass(frozen=True)
class _Fit:
    """How many pairs agree with a zone.

    Attributes:
        offsets: of the zone, pair by pair; zones with the same ones are told apart by no pair.
        sides: for each side of its clock changes, (pairs, pairs that agree).
    """

    zone: str
    offsets: tuple[timedelta, ...]
    sides: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, zone: str, pairs: Sequence[MailPair], offsets: tuple[timedelta, ...]) -> _Fit:
        changes = len(set(offsets)) > 1
        seen, agreeing = Counter[object](), Counter[object]()
        for pair, offset in zip(pairs, offsets, strict=True):
            side = offset if changes else 4 <= pair.created.month <= 9
            seen[side] += 1
            late = (pair.created - offset).replace(tzinfo=UTC) - pair.sent
            agreeing[side] += -EARLY <= late <= LATE
        return cls(zone, offsets, tuple((count, agreeing[side]) for side, count in seen.items()))

    @property
    def fitting(self) -> int:
        return sum(agreeing for _, agreeing in self.sides)

    @property
    def large_majority(self) -> bool:
        return self.fitting >= LARGE_MAJORITY * len(self.offsets)

    @property
    def agrees(self) -> bool:
        enough = [(count, agreeing) for count, agreeing in self.sides if count >= FEWEST_A_SIDE]
        return (
            self.large_majority
            and len(enough) > 1
            and all(agreeing >= LARGE_MAJORITY * count for count, agreeing in enough)
        )


def _offsets(zone: str, pairs: Sequence[MailPair]) -> tuple[timedelta, ...]:
    info = ZoneInfo(zone)
    return tuple(pair.created.replace(tzinfo=info).utcoffset() or timedelta() for pair in pairs)


def _other_zones(pairs: Sequence[MailPair], own: _Fit) -> Iterator[_Fit]:
    """One of all zones that place each pair alike, other than `own` does; a city rather than an abbreviation."""
    seen = {own.offsets}
    others = sorted(available_timezones(), key=lambda name: ("/" not in name, name.startswith("Etc/"), name))
    for name in (*_OFFERED, *others):
        offsets = _offsets(name, pairs)
        if offsets not in seen:
            seen.add(offsets)
            yield _Fit.of(name, pairs, offsets)


def _moments(dates: Sequence[str]) -> Iterator[datetime]:
    for text in dates:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            continue
        # `-0000` is a moment in UTC of which nobody says where it was written.
        yield at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
