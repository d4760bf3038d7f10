"""What a pacer makes of refusals: one burst is one refusal, and slowness is a refusal too where no limit is known."""

import pytest
from sleeping_clock import Clock

from resources.pacing import BucketPacer, SteadyPacer


def test_refusals_of_one_burst_hold_a_second_and_not_a_minute(clock: Clock, bucket: BucketPacer):
    clock.sleep(0.2)
    for _ in range(8):
        bucket.observe(429, {}, 0.2)
    assert bucket.throttled == 8
    assert bucket.try_acquire() == (0, 1.0)


def test_requests_of_a_steady_pace_leave_at_the_asked_rate(clock: Clock, steady: SteadyPacer):
    for _ in range(41):
        steady.acquire()
    assert clock.now == 5.0


def test_a_complaint_halves_the_rate_and_good_answers_bring_it_back(steady: SteadyPacer):
    steady.observe(429, {}, 0.1)
    assert steady.rate == 4
    for _ in range(100):
        steady.observe(200, {}, 0.1)
    assert steady.rate == 8


def test_refusals_that_were_under_way_when_a_hold_began_halve_the_rate_once(clock: Clock, steady: SteadyPacer):
    clock.sleep(1.0)
    for _ in range(4):
        steady.observe(429, {}, 0.5)
    assert steady.rate == 4


def test_retry_after_holds_every_request_back(clock: Clock, steady: SteadyPacer):
    steady.acquire()
    steady.observe(503, {"retry-after": "9"}, 0.1)
    steady.acquire()
    assert clock.now >= 9


def test_a_long_hold_is_told_once_and_ends_within_an_hour(
    clock: Clock, steady: SteadyPacer, caplog: pytest.LogCaptureFixture
):
    for _ in range(3):  # three answers to requests that were under way together
        steady.observe(429, {"retry-after": "1e9"}, 0.1)
    steady.observe(503, {"retry-after": "2"}, 0.1)
    steady.acquire()
    assert clock.now == 3600
    clock.sleep(1)
    steady.observe(429, {"retry-after": "a while"}, 0.1)
    assert [record.message for record in caplog.records] == [
        "Ivinex asks for a pause: nothing is sent to it for 60 min. "
        "It asks for 16666667 min; at most an hour is waited."
    ]


def test_a_site_that_gets_slower_is_asked_less_often(steady: SteadyPacer):
    for _ in range(20):
        steady.observe(200, {}, 0.2)
    assert steady.rate == 8
    for _ in range(8):
        steady.observe(200, {}, 3.0)
    assert steady.rate < 5


def test_calls_that_are_slow_by_nature_cost_one_slowing_down(steady: SteadyPacer):
    steady.observe(200, {}, 0.1)
    for _ in range(300):
        steady.observe(200, {}, 2.0)
    assert steady.rate == 8
