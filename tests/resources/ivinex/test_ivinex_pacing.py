"""The pace: steady, shared by threads, slower when the site complains."""

import pytest
from sleeping_clock import Clock

from resources.pacing import SteadyPacer, retry_after


def test_requests_leave_at_the_asked_rate() -> None:
    clock = Clock()
    pacer = SteadyPacer(2, clock=clock, sleep=clock.sleep)
    for _ in range(11):
        pacer.acquire()
    assert clock.now == 5.0


def test_a_complaint_halves_the_rate_and_good_answers_bring_it_back() -> None:
    clock = Clock()
    pacer = SteadyPacer(8, clock=clock, sleep=clock.sleep)
    pacer.observe(429, {}, 0.1)
    assert pacer.rate == 4
    for _ in range(100):
        pacer.observe(200, {}, 0.1)
    assert pacer.rate == 8


def test_retry_after_holds_every_request_back() -> None:
    clock = Clock()
    pacer = SteadyPacer(100, clock=clock, sleep=clock.sleep)
    pacer.acquire()
    pacer.observe(503, {"retry-after": "9"}, 0.1)
    pacer.acquire()
    assert clock.now >= 9


def test_a_long_hold_is_told_once_and_ends_within_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    pacer = SteadyPacer(100, clock=clock, sleep=clock.sleep)
    for _ in range(3):  # three answers to requests that were under way together
        pacer.observe(429, {"retry-after": "1e9"}, 0.1)
    pacer.observe(503, {"retry-after": "2"}, 0.1)
    pacer.acquire()
    assert clock.now == 3600
    clock.sleep(1)
    pacer.observe(429, {"retry-after": "a while"}, 0.1)
    assert [record.message for record in caplog.records] == [
        "Ivinex asks for a pause: nothing is sent to it for 60 min. "
        "It asks for 16666667 min; at most an hour is waited."
    ]


def test_retry_after_may_be_a_date() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, now) == 30
    assert retry_after({"retry-after": "soon"}) is None
