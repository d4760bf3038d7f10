"""What a pacer makes of refusals: one burst is one refusal, and slowness is a refusal too where no limit is known."""

from sleeping_clock import Clock

from resources.pacing import LONGEST_HOLD, BucketPacer, SteadyPacer, retry_after


def test_refusals_of_one_burst_hold_a_second_and_not_a_minute():
    clock = Clock()
    pacer = BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)
    clock.sleep(0.2)
    for _ in range(8):
        pacer.observe(429, {}, 0.2)
    assert pacer.throttled == 8
    assert pacer.try_acquire() == (0, 1.0)


def test_a_refusal_after_the_hold_doubles_it():
    clock = Clock()
    pacer = BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)
    clock.sleep(0.2)
    pacer.observe(429, {}, 0.2)
    clock.sleep(1.5)
    pacer.observe(429, {}, 0.2)
    assert pacer.try_acquire() == (0, 2.0)


def test_a_site_that_gets_slower_is_asked_less_often():
    clock = Clock()
    pacer = SteadyPacer(8, clock=clock, sleep=clock.sleep)
    for _ in range(20):
        pacer.observe(200, {}, 0.2)
    assert pacer.rate == 8
    for _ in range(8):
        pacer.observe(200, {}, 3.0)
    assert pacer.rate < 5


def test_calls_that_are_slow_by_nature_cost_one_slowing_down():
    clock = Clock()
    pacer = SteadyPacer(8, clock=clock, sleep=clock.sleep)
    pacer.observe(200, {}, 0.1)
    for _ in range(300):
        pacer.observe(200, {}, 2.0)
    assert pacer.rate == 8


def test_an_unreadable_time_to_wait_is_none():
    assert retry_after({"retry-after": "nan"}) is None
    assert retry_after({"retry-after": "-3"}) == 0.0
    assert retry_after({"retry-after": "1e9"}) == LONGEST_HOLD
    assert retry_after({"retry-after": "1e300"}) == LONGEST_HOLD
    assert retry_after({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}) == LONGEST_HOLD
    for nonsense in (
        "inf",
        "9" * 400,
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "\x00",
        "()",
    ):
        assert retry_after({"retry-after": nonsense}) in (None, LONGEST_HOLD)
