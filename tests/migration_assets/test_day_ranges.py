"""Cutting days into ranges."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from migration_assets.day_ranges import (
    FEW_TICKETS,
    MAX_DAYS,
    MAX_DAYS_OF_FEW,
    MAX_TICKETS,
    DayRange,
    days_between,
    plan_ranges,
    plan_sets,
    uncovered,
    without,
)

DAYS = st.dictionaries(
    st.integers(0, 400).map(lambda n: (date(2024, 1, 1) + timedelta(days=n)).isoformat()), st.integers(0, 7000)
)


def test_a_range_begins_and_ends_on_a_day_with_tickets_and_is_at_most_a_month():
    ranges = plan_ranges({"2024-01-01": 300, "2024-01-31": 400, "2024-02-01": 200, "2024-05-05": 400, "2024-03-01": 0})
    assert ranges == [
        DayRange("2024-01-01", "2024-01-31", 700),
        DayRange("2024-02-01", "2024-02-01", 200),
        DayRange("2024-05-05", "2024-05-05", 400),
    ]


def test_a_range_of_few_tickets_is_as_long_as_half_a_year():
    days = {"2024-01-01": 3, "2024-01-31": 1, "2024-06-30": 100, "2024-07-02": 1, "2024-07-03": 390, "2024-08-15": 5}
    assert [str(one) for one in plan_ranges(days)] == ["2024-01-01 to 2024-06-30", "2024-07-02 to 2024-08-15"]
    assert [one.tickets for one in plan_sets(days)] == [500]
    every_day = dict.fromkeys(days_between("2024-01-01", "2024-02-29"), 13)
    assert [len(one.days) for one in plan_sets(every_day)] == [38, 22]


def test_a_set_of_some_tickets_is_cut_by_all_that_its_days_hold():
    days = list(days_between("2024-01-01", "2024-02-29"))
    some, held = dict.fromkeys(days, 1), dict.fromkeys(days, 100)
    assert [len(one.days) for one in plan_sets(some)] == [60]
    assert [(len(one.days), one.tickets) for one in plan_sets(some, held=held)] == [(31, 31), (29, 29)]


def test_a_range_ends_before_it_holds_more_than_5000_tickets():
    ranges = plan_ranges({"2024-01-01": 3000, "2024-01-02": 2000, "2024-01-03": 1, "2024-01-04": 80_000})
    assert [str(days) for days in ranges] == ["2024-01-01 to 2024-01-02", "2024-01-03", "2024-01-04"]


def test_the_newest_range_comes_first_and_is_filled_from_its_end():
    days = {"2024-01-01": 3, "2024-01-31": 4998, "2024-02-01": 2, "2024-05-05": 501}
    ranges = plan_ranges(days, newest_first=True)
    assert [str(one) for one in ranges] == ["2024-05-05", "2024-01-31 to 2024-02-01", "2024-01-01"]
    assert ranges[1].tickets == 5000


def test_a_set_holds_the_days_that_are_asked_for_and_no_other():
    changed = {"2024-01-01": 1, "2024-01-09": 2, "2024-03-31": 0, "2024-04-01": 1}
    (found,) = plan_sets(changed)
    assert found.days == list(changed)
    assert (found.first, found.last, found.tickets) == ("2024-01-01", "2024-04-01", 5)
    assert str(found) == "4 days of 2024-01-01 to 2024-04-01"
    many = {day: 300 for day in changed}
    assert [one.days for one in plan_sets(many, max_days=2, newest_first=True)] == [
        ["2024-03-31", "2024-04-01"],
        ["2024-01-01", "2024-01-09"],
    ]


@given(DAYS)
def test_sets_hold_each_day_once_and_keep_the_bounds(days: dict[str, int]):
    sets = plan_sets(days)
    assert [day for one in sets for day in one.days] == sorted(days)
    assert all(len(one.days) <= (MAX_DAYS_OF_FEW if one.tickets <= FEW_TICKETS else MAX_DAYS) for one in sets)
    assert all(one.tickets <= MAX_TICKETS or one.first == one.last for one in sets)


@given(DAYS)
def test_every_day_with_tickets_is_in_exactly_one_range_and_no_gap_has_any(days: dict[str, int]):
    ranges = plan_ranges(days)
    covered = [day for one in ranges for day in one.days]
    assert len(covered) == len(set(covered))
    filled = {day for day, count in days.items() if count}
    assert filled <= set(covered)
    if filled:
        asked = list(days_between(min(filled), max(filled)))
        assert not filled & set(uncovered(asked, ranges))
        assert sorted([*covered, *uncovered(asked, ranges)]) == asked
    assert all(one.tickets <= 5000 or one.first == one.last for one in ranges)
    assert sum(one.tickets for one in ranges) == sum(days.values())


def test_a_closed_day_closes_itself_only():
    days = {"2024-01-01": 1, "2024-01-02": 2, "2024-01-04": 4, "2024-01-05": 5}
    whole = plan_ranges(days)[0]
    left = without(whole, {"2024-01-02"}, days)
    assert left is not None
    assert (left.days, left.tickets) == (["2024-01-01", "2024-01-03", "2024-01-04", "2024-01-05"], 10)
    ends = without(whole, {"2024-01-01", "2024-01-02", "2024-01-05"}, days)
    assert ends == DayRange("2024-01-04", "2024-01-04", 4)
    assert without(whole, set(), days) == whole
    assert without(whole, set(days), days) is None
