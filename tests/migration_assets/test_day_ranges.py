"""Cutting days into ranges."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from migration_assets.day_ranges import DayRange, days_between, open_parts, plan_ranges, uncovered

DAYS = st.dictionaries(
    st.integers(0, 400).map(lambda n: (date(2024, 1, 1) + timedelta(days=n)).isoformat()), st.integers(0, 7000)
)


def test_a_range_begins_and_ends_on_a_day_with_tickets_and_is_at_most_a_month():
    ranges = plan_ranges({"2024-01-01": 3, "2024-01-31": 1, "2024-02-01": 2, "2024-05-05": 1, "2024-03-01": 0})
    assert ranges == [
        DayRange("2024-01-01", "2024-01-31", 4),
        DayRange("2024-02-01", "2024-02-01", 2),
        DayRange("2024-05-05", "2024-05-05", 1),
    ]


def test_a_range_ends_before_it_holds_more_than_5000_tickets():
    ranges = plan_ranges({"2024-01-01": 3000, "2024-01-02": 2000, "2024-01-03": 1, "2024-01-04": 80_000})
    assert [str(days) for days in ranges] == ["2024-01-01 to 2024-01-02", "2024-01-03", "2024-01-04"]


def test_the_newest_range_comes_first_and_is_filled_from_its_end():
    days = {"2024-01-01": 3, "2024-01-31": 4998, "2024-02-01": 2, "2024-05-05": 1}
    ranges = plan_ranges(days, newest_first=True)
    assert [str(one) for one in ranges] == ["2024-05-05", "2024-01-31 to 2024-02-01", "2024-01-01"]
    assert ranges[1].tickets == 5000


def test_a_range_of_changed_days_ends_before_a_long_gap_and_takes_a_short_one_along():
    changed = {"2024-01-01": 1, "2024-01-09": 2, "2024-01-18": 1, "2024-03-31": 1, "2024-04-01": 1}
    found = [str(days) for days in plan_ranges(changed, max_gap=7)]
    assert found == ["2024-01-01 to 2024-01-09", "2024-01-18", "2024-03-31 to 2024-04-01"]
    assert str(plan_ranges(changed)[0]) == "2024-01-01 to 2024-01-18"


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
    assert open_parts(whole, {"2024-01-02"}, days) == [
        DayRange("2024-01-01", "2024-01-01", 1),
        DayRange("2024-01-03", "2024-01-05", 9),
    ]
    assert open_parts(whole, set(), days) == [whole]
    assert open_parts(whole, set(days), days) == []
