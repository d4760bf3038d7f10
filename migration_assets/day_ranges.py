"""Cuts the days that have tickets into ranges, and a range into the days that may be loaded. Pure functions.

A range run of Dagster covers every day between its first and its last, so a range holds the empty days inside it;
a day outside of every range is covered by orchestration/empty_days.py.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MAX_DAYS = 31
MAX_TICKETS = 5_000
MAX_GAP = 7
"""Days between two changed ones that a delta takes along: so many cost as much as the two runs of a range."""


@dataclass(frozen=True)
class DayRange:
    """Days from `first` to `last` (both inclusive, `YYYY-MM-DD`), with the number of tickets in them."""

    first: str
    last: str
    tickets: int

    @property
    def days(self) -> list[str]:
        return list(days_between(self.first, self.last))

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


def days_between(first: str, last: str) -> Iterator[str]:
    """Every day from first to last, inclusive."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        yield day.isoformat()
        day += timedelta(days=1)


def plan_ranges(
    tickets_per_day: Mapping[str, int],
    max_days: int = MAX_DAYS,
    max_tickets: int = MAX_TICKETS,
    newest_first: bool = False,
    max_gap: int | None = None,
) -> list[DayRange]:
    """Ranges that begin and end on a day with tickets, in the order in which they are to be loaded.

    A range ends before the day that would make it longer than `max_days` or bring it above `max_tickets`, and before
    one that more than `max_gap` days without tickets lie in front of; a single day above that is a range of its own
    (the load cuts it into chunks).
    """
    ranges: list[DayRange] = []
    for day in sorted((day for day, count in tickets_per_day.items() if count), reverse=newest_first):
        count = tickets_per_day[day]
        open_range = ranges[-1] if ranges else None
        first, last = (min(open_range.first, day), max(open_range.last, day)) if open_range else (day, day)
        if (
            open_range
            and _days_from(first, last) < max_days
            and open_range.tickets + count <= max_tickets
            and (max_gap is None or _gap(open_range, day) <= max_gap + 1)
        ):
            ranges[-1] = DayRange(first, last, open_range.tickets + count)
        else:
            ranges.append(DayRange(day, day, count))
    return ranges


def _gap(known: DayRange, day: str) -> int:
    """Days between a range and a day before or after it."""
    return _days_from(day, known.first) if day < known.first else _days_from(known.last, day)


def _days_from(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def open_parts(days: DayRange, closed: Collection[str], tickets_per_day: Mapping[str, int]) -> list[DayRange]:
    """The contiguous parts of a range without its closed days; parts without a ticket are left out."""
    parts: list[list[str]] = [[]]
    for day in days.days:
        if day in closed:
            parts.append([])
        else:
            parts[-1].append(day)
    counted = [DayRange(part[0], part[-1], _tickets(part, tickets_per_day)) for part in parts if part]
    return [part for part in counted if part.tickets]


def exactly(days: Iterable[str], tickets_per_day: Mapping[str, int]) -> list[DayRange]:
    """Ranges that hold these days and no other, oldest first; a day without a ticket counts as one with one."""
    wanted = {day: max(1, tickets_per_day.get(day, 0)) for day in sorted(days)}
    return [part for one in plan_ranges(wanted) for part in open_parts(one, set(one.days) - set(wanted), wanted)]


def uncovered(days: Iterable[str], ranges: Sequence[DayRange]) -> list[str]:
    """Those of these days that lie in no range: no tickets, and in no range run."""
    covered = {day for one in ranges for day in one.days}
    return [day for day in days if day not in covered]


def _tickets(days: Sequence[str], tickets_per_day: Mapping[str, int]) -> int:
    return sum(tickets_per_day.get(day, 0) for day in days)
