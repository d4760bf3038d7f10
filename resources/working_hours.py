"""When the shop works, and how many requests are kept free for it then.

It belongs here: hours and the reserve. It does not: what others really ask for (neighbours.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"(?:(\w{3})(?:-(\w{3}))?\s+)?(\d{1,2}:\d{2})-(\d{1,2}:\d{2})", re.ASCII)
QUARTER = 0.25
HOURS = "07:00-22:00"
"""Of a shop that says nothing of its hours: every day."""


@dataclass(frozen=True)
class WorkingHours:
    """Days of the week (0 is Monday) and hours of the day, in a zone; hours may go past midnight."""

    days: frozenset[int]
    begin: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, zone: str) -> "WorkingHours":
        """From `Mon-Fri 08:00-20:00`, `Sat 09:00-13:00` or `07:00-22:00`.

        Raises:
            ValueError: it is none of these.
        """
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError("write it as 07:00-22:00 or Mon-Fri 08:00-20:00")
        first, last, begin, end = found.groups()
        try:
            ends = [_DAYS.index(name.lower()) for name in (first or "mon", last or first or "sun")]
            begins, over = (time.fromisoformat(f"{one:0>5}") for one in (begin, end))
            return cls(_span(*ends), begins, over, ZoneInfo(zone))
        except ValueError:
            raise ValueError("write it as 07:00-22:00 or Mon-Fri 08:00-20:00") from None

    def contain(self, moment: datetime) -> bool:
        """Whether the shop works at this moment. Hours past midnight belong to the day on which they begin."""
        local = moment.astimezone(self.zone)
        if self.begin <= self.end:
            return local.weekday() in self.days and self.begin <= local.time() < self.end
        late = local.time() >= self.begin
        return (local.weekday() if late else (local.weekday() - 1) % 7) in self.days and (
            late or local.time() < self.end
        )


def reserve(
    requests: float | None, hours: WorkingHours, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Callable[[float], float]:
    """Size of the bucket -> requests kept free now: so many (None: a quarter) while the shop works, none at night."""

    def kept(size: float) -> float:
        return (QUARTER * size if requests is None else requests) if hours.contain(now()) else 0.0

    return kept


def _span(first: int, last: int) -> frozenset[int]:
    return frozenset((first + number) % 7 for number in range((last - first) % 7 + 1))
