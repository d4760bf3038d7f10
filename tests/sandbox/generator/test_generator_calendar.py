"""Moments, and the hours that clock changes make odd."""

from __future__ import annotations

import random
from datetime import date, datetime

from sandbox.generator.calendar import Calendar

ZONE = "America/Denver"
at = datetime.fromisoformat


def test_a_year_has_one_nonexistent_and_one_ambiguous_hour() -> None:
    calendar = Calendar(date(2026, 6, 30), 365, ZONE)
    assert calendar.gaps == [at("2026-03-08 02:00")]
    assert calendar.folds == [at("2025-11-02 01:00")]


def test_drawn_moments_are_sorted_and_lie_in_both_odd_hours() -> None:
    calendar = Calendar(date(2026, 6, 30), 365, ZONE)
    moments = calendar.moments(200, random.Random(1))
    assert moments == sorted(moments)
    assert at("2026-03-08 02:12") in moments
    assert at("2025-11-02 01:12") in moments
    assert calendar.first <= moments[0].date()
    assert moments[-1].date() <= calendar.last


def test_a_nonexistent_moment_is_moved_but_a_short_step_inside_the_hour_is_not() -> None:
    calendar = Calendar(date(2026, 3, 31), 31, ZONE)
    inside = at("2026-03-08 02:30")
    assert calendar.real(inside) == at("2026-03-08 03:30")
    assert calendar.after(at("2026-03-08 02:12"), 60) == at("2026-03-08 02:13")
    assert calendar.after(at("2026-03-08 01:30"), 3_600) == at("2026-03-08 03:30")


def test_nothing_happens_after_the_period() -> None:
    calendar = Calendar(date(2026, 3, 31), 31, ZONE)
    assert calendar.after(at("2026-03-31 20:00"), 10**7) == calendar.end


def test_a_crowded_day_takes_a_third() -> None:
    calendar = Calendar(date(2026, 6, 30), 180, ZONE)
    crowded = date(2026, 4, 1)
    moments = calendar.moments(300, random.Random(1), crowded=crowded)
    assert sum(moment.date() == crowded for moment in moments) >= 99
