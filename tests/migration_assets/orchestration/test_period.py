"""The days that a person asks for: what is taken, and what is refused in words that name the field and the way out."""

import pytest

from migration_assets.orchestration.period import Period, PeriodRefused, requested_period

PARTITIONS = Period("2024-01-01", "2024-12-31")
TICKETS = {"2024-02-10": 3, "2024-03-01": 1, "2024-05-20": 2}


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        (None, None, Period("2024-02-10", "2024-05-20")),
        ("", " ", Period("2024-02-10", "2024-05-20")),
        ("2024-03-01", None, Period("2024-03-01", "2024-05-20")),
        (None, "2024-03-31", Period("2024-02-10", "2024-03-31")),
        (" 2024-01-01 ", "2024-12-31", PARTITIONS),
    ],
)
def test_what_is_left_out_is_the_first_or_last_day_with_tickets(first: str | None, last: str | None, period: Period):
    assert requested_period(first, last, TICKETS, PARTITIONS) == period


def test_without_tickets_there_is_no_period_unless_somebody_asks_for_one():
    assert requested_period(None, None, {}, PARTITIONS) is None
    with pytest.raises(PeriodRefused, match=r"no day has a ticket yet \(the job discover, or `migrate discover`"):
        requested_period("2024-01-01", None, {}, PARTITIONS)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2024-13-01", None, r"first: '2024-13-01' is no day\. Write it as YYYY-MM-DD"),
        (None, "yesterday", r"last: 'yesterday' is no day"),
        ("2024-05-02", "2024-05-01", r"first: 2024-05-02 is after last: 2024-05-01\. Swap them"),
        ("2023-12-31", None, r"first: 2023-12-31 is outside of .* 2024-01-01 to 2024-12-31; tickets are on 3 days"),
        (None, "2062-01-01", r"last: 2062-01-01 is outside"),
        ("2024-06-01", "2024-06-30", r"No ticket is of 2024-06-01 to 2024-06-30; .* from 2024-02-10 to 2024-05-20"),
        ("2024-06-01", None, r"No ticket is of 2024-06-01 to 2024-06-01"),
    ],
)
def test_days_that_cannot_be_worked_on_are_refused_and_nothing_is_done(first: str | None, last: str | None, told: str):
    with pytest.raises(PeriodRefused, match=told) as refused:
        requested_period(first, last, TICKETS, PARTITIONS)
    assert "Write it as" in str(refused.value) or "Swap" in str(refused.value) or "tickets are on" in str(refused.value)
