"""The shop's hours in its own zone, and what is kept free in them."""

from datetime import UTC, datetime

import pytest

from resources.working_hours import WorkingHours, reserve

MONDAY = (2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "zone", "at", "works"),
    [
        ("07:00-22:00", "UTC", (*MONDAY, 7, 0), True),
        ("07:00-22:00", "UTC", (*MONDAY, 22, 0), False),
        ("7:00-22:00", "UTC", (2026, 11, 22, 12, 0), True),
        ("07:00-22:00", "America/Denver", (*MONDAY, 4, 0), True),
        ("07:00-22:00", "America/Denver", (*MONDAY, 13, 0), False),
        ("Mon-Fri 08:00-20:00", "UTC", (2026, 11, 22, 12, 0), False),
        ("Mon-Fri 08:00-20:00", "UTC", (*MONDAY, 12, 0), True),
        ("Sat-Mon 08:00-20:00", "UTC", (2026, 11, 22, 12, 0), True),
        ("Sat-Mon 08:00-20:00", "UTC", (2026, 11, 24, 12, 0), False),
        ("Sun 20:00-04:00", "UTC", (*MONDAY, 3, 0), True),
        ("Sun 20:00-04:00", "UTC", (*MONDAY, 21, 0), False),
        ("00:00-00:00", "UTC", (*MONDAY, 12, 0), False),
    ],
)
def test_the_shop_works_in_its_hours_of_its_zone(text: str, zone: str, at: tuple[int, ...], works: bool):
    assert WorkingHours.parse(text, zone).contain(datetime(*at, tzinfo=UTC)) is works


@pytest.mark.parametrize(
    "text", ["", "always", "8-20", "Mon-Fri", "Mo-Fr 08:00-20:00", "08:00-25:00", "08:00-20:00 Mon"]
)
def test_hours_that_cannot_be_read_are_refused_with_their_form(text: str):
    with pytest.raises(ValueError, match="Mon-Fri 08:00-20:00"):
        WorkingHours.parse(text, "UTC")


def test_a_quarter_is_kept_free_by_day_and_nothing_at_night():
    hours = WorkingHours.parse("07:00-22:00", "UTC")
    day, night = (lambda hour=hour: datetime(*MONDAY, hour, tzinfo=UTC) for hour in (12, 3))
    assert reserve(None, hours, day)(80) == 20
    assert reserve(6, hours, day)(80) == 6
    assert reserve(6, hours, night)(80) == 0
