"""The days that a person asks for, checked: two dates, in order, among the partitions, with tickets between them.

Pure functions. It does not belong here: cutting a period into ranges (day_ranges.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from migration_assets.day_ranges import days_between


class PeriodRefused(Exception):
    """These days cannot be worked on; nothing was done."""


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both inclusive, as `YYYY-MM-DD`."""

    first: str
    last: str

    @property
    def days(self) -> list[str]:
        return list(days_between(self.first, self.last))

    def of(self, per_day: Mapping[str, int]) -> dict[str, int]:
        """Those of these days that lie in the period."""
        return {day: count for day, count in per_day.items() if self.first <= day <= self.last}


def requested_period(
    first: str | None, last: str | None, tickets: Mapping[str, int], partitions: Period
) -> Period | None:
    """The period from `first` to `last`; where one is left out, from or to the last day that has tickets.

    Args:
        tickets: created day -> tickets, of all days that have some.
        partitions: the first and the last day that there are.

    Returns:
        None where no day was asked for and there is no ticket at all.

    Raises:
        PeriodRefused: names the field, what is wrong with it, and the days that there are.
    """
    begin, end = _day("first", first), _day("last", last)
    for name, day in (("first", begin), ("last", end)):
        if day and not partitions.first <= day <= partitions.last:
            raise PeriodRefused(
                f"{name}: {day} is outside of the days that there are, {partitions.first} to {partitions.last}"
                f"{_with_tickets(tickets)}. Nothing was done."
            )
    if begin and end and begin > end:
        raise PeriodRefused(f"first: {begin} is after last: {end}. Swap them, or leave one out. Nothing was done.")
    if not tickets and not (begin or end):
        return None
    some = [*tickets, *(day for day in (begin, end) if day)]
    period = Period(begin or min(some), end or max(some))
    if not period.of(tickets):
        raise PeriodRefused(
            f"No ticket is of {period.first} to {period.last}{_with_tickets(tickets)}. Nothing was done."
        )
    return period


def _day(name: str, text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise PeriodRefused(f"{name}: {text!r} is no day. Write it as YYYY-MM-DD. Nothing was done.") from None


def _with_tickets(tickets: Mapping[str, int]) -> str:
    if not tickets:
        return "; no day has a ticket yet (the job discover, or `migrate discover`, reads them)"
    return f"; tickets are on {len(tickets)} days from {min(tickets)} to {max(tickets)}"
