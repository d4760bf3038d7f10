"""Cuts days into runs: ranges with the empty days inside them, or only the days that are asked for. Pure functions.

A range run of Dagster covers every day between its first and its last. A first load takes them all, so that no day
looks as if it was never done; what follows takes the days that it has to (orchestration/day_sets.py). A day outside of
every range is covered by orchestration/empty_days.py.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MAX_DAYS = 31
MAX_TICKETS = 5_000
FEW_TICKETS = 500
MAX_DAYS_OF_FEW = 183
"""A run takes seconds whatever is in it, so one of few tickets may hold more days (docs/benchmarks.md)."""


@dataclass(frozen=True)
class DayRange:
    """Days from `first` to `last` (both inclusive, `YYYY-MM-DD`), with the number of tickets in them.

    Attributes:
        left_out: days between the two that do not belong to it.
    """

    first: str
    last: str
    tickets: int
    left_out: frozenset[str] = frozenset()

    @property
    def days(self) -> list[str]:
        return [day for day in days_between(self.first, self.last) if day not in self.left_out]

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first
        some = f"{len(self.days)} days of " if self.left_out else ""
        return f"{some}{self.first} to {self.last}"


def days_between(first: str, last: str) -> Iterator[str]:
    """Every day from first to last, inclusive."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        yield day.isoformat()
        day += timedelta(days=1)


def plan_ranges(tickets_per_day: Mapping[str, int], newest_first: bool = False) -> list[DayRange]:
    """Ranges that begin and end on a day with tickets, in the order in which they are to be loaded.

    A range ends before the day that would make it longer than `MAX_DAYS` or bring it above `MAX_TICKETS`; a single day
    above that is a range of its own (the load cuts it into chunks). One of at most `FEW_TICKETS` may be longer.
    """
    ranges: list[DayRange] = []
    for day in sorted((day for day, count in tickets_per_day.items() if count), reverse=newest_first):
        count = tickets_per_day[day]
        open_range = ranges[-1] if ranges else None
        first, last = (min(open_range.first, day), max(open_range.last, day)) if open_range else (day, day)
        total = open_range.tickets + count if open_range else count
        if open_range and total <= MAX_TICKETS and _days_from(first, last) < _most_days(total, MAX_DAYS):
            ranges[-1] = DayRange(first, last, total)
        else:
            ranges.append(DayRange(day, day, count))
    return ranges


def plan_sets(
    tickets_per_day: Mapping[str, int],
    max_days: int = MAX_DAYS,
    newest_first: bool = False,
    held: Mapping[str, int] | None = None,
) -> list[DayRange]:
    """As `plan_ranges`, with these days and no other, however far apart.

    A day without a ticket is a day of its set, and counts as one with one.

    Args:
        held: tickets of these days, where `tickets_per_day` counts only some of them: a run stages all of them.
    """
    sets: list[dict[str, int]] = []
    total = 0
    for day in sorted(tickets_per_day, reverse=newest_first):
        count = max(1, tickets_per_day[day])
        size = max(count, (held or {}).get(day, 0))
        total += size
        if not sets or total > MAX_TICKETS or len(sets[-1]) >= _most_days(total, max_days):
            sets.append({})
            total = size
        sets[-1][day] = count
    return [_of_days(some) for some in sets]


def without(days: DayRange, closed: Collection[str], tickets_per_day: Mapping[str, int]) -> DayRange | None:
    """A range without its closed days; None where no ticket is left in it."""
    left = {day: tickets_per_day.get(day, 0) for day in days.days if day not in closed}
    filled = [day for day, count in left.items() if count]
    if not filled:
        return None
    if len(left) == len(days.days):
        return days
    return _of_days({day: count for day, count in left.items() if filled[0] <= day <= filled[-1]})


def uncovered(days: Iterable[str], ranges: Sequence[DayRange]) -> list[str]:
    """Those of these days that lie in no range: no tickets, and in no range run."""
    covered = {day for one in ranges for day in one.days}
    return [day for day in days if day not in covered]


def _most_days(tickets: int, max_days: int) -> int:
    return max(max_days, MAX_DAYS_OF_FEW) if tickets <= FEW_TICKETS else max_days


def _of_days(tickets: Mapping[str, int]) -> DayRange:
    first, last = min(tickets), max(tickets)
    return DayRange(
        first, last, sum(tickets.values()), frozenset(day for day in days_between(first, last) if day not in tickets)
    )


def _days_from(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
