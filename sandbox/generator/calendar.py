"""When things happen: site-local moments over a period, with the hours that clock changes make odd."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = (1.3, 1.1, 1.0, 1.0, 1.0, 0.5, 0.35)
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 18, 16, 14, 16, 17, 16, 14, 10, 8, 7, 6, 5, 3, 2)


def written(moment: datetime) -> str:
    """A moment as Ivinex writes it: local, no offset."""
    return moment.isoformat(" ")


class Calendar:
    """A period of whole local days.

    Attributes:
        first, last: both inside the period.
        gaps: nonexistent local hours, as their first moment.
        folds: ambiguous local hours, as their first moment.
    """

    def __init__(self, until: date, days: int, zone: str) -> None:
        """The period of `days` days that ends with `until`."""
        self.zone = ZoneInfo(zone)
        self.days = [until - timedelta(days=back) for back in range(days - 1, -1, -1)]
        self.first, self.last = self.days[0], self.days[-1]
        self.end = datetime.combine(self.last, time(23, 59, 59))
        self.gaps: list[datetime] = []
        self.folds: list[datetime] = []
        for day in self.days:
            for half_hour in range(48):
                moment = datetime.combine(day, time()) + timedelta(minutes=30 * half_hour)
                kind = self._kind(moment)
                if kind and self._kind(moment - timedelta(minutes=30)) != kind:
                    (self.gaps if kind == "gap" else self.folds).append(moment)
        self._odd_days = {moment.date() for moment in self.gaps}

    def _kind(self, moment: datetime) -> str | None:
        one, two = (moment.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1))
        if one is None or two is None or one == two:
            return None
        return "gap" if one < two else "fold"

    def moments(self, number: int, dice: random.Random, *, crowded: date | None = None) -> list[datetime]:
        """Draws moments in ascending order.

        The first ones drawn are laid into each nonexistent and each ambiguous hour of the period.

        Args:
            number: how many.
            dice: source of chance.
            crowded: a day that gets a third of all.
        """
        weights = [WEEKDAYS[day.weekday()] for day in self.days]
        days = dice.choices(self.days, weights, k=number)
        hours = dice.choices(range(24), HOURS, k=number)
        drawn = []
        for index, (day, hour) in enumerate(zip(days, hours, strict=True)):
            if crowded is not None and index % 3 == 2:
                day = crowded
            clock = time(hour, dice.randrange(60), dice.randrange(60))
            drawn.append(self.real(datetime.combine(day, clock)))
        for index, odd in enumerate((*self.gaps, *self.folds)[:number]):
            drawn[index] = odd + timedelta(minutes=12)
        return sorted(drawn)

    def real(self, moment: datetime) -> datetime:
        """Moves a moment that no clock showed past the gap."""
        if moment.date() in self._odd_days and self._kind(moment) == "gap":
            return moment + timedelta(hours=1)
        return moment

    def after(self, moment: datetime, seconds: float) -> datetime:
        """A later moment, at most the end of the period; a step of minutes may stay inside a nonexistent hour."""
        later = min(moment + timedelta(seconds=int(seconds)), max(self.end, moment))
        return later if seconds < 1800 else self.real(later)
