"""No header can make the pacer wait for ever, wait in silence, or break; what it asks for is capped, and said."""

import logging
import os
import signal
import threading
import time
from typing import Any

import pytest
from sleeping_clock import Clock

from resources.pacer import Pacer
from resources.pacing import LEVEL_HEADER, LONGEST_HOLD, BucketPacer, SteadyPacer, retry_after
from resources.patience import Rest


def pacers(clock: Clock) -> list[Pacer]:
    return [
        BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep),
        SteadyPacer(4, clock=clock, sleep=clock.sleep),
    ]


def heard(pacer: Pacer, headers: dict[str, str], status: int = 200) -> None:
    pacer.observe(200, {LEVEL_HEADER: "1/40"}, 0.1)
    pacer.observe(status, headers, 0.1)


@pytest.mark.parametrize(
    "value", ["86400", "1e9", "1e300", "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 01 Jan 2200 00:00:00 -0000", "9" * 400]
)
def test_no_server_is_waited_for_longer_than_an_hour_and_it_is_said(value: str, caplog: pytest.LogCaptureFixture):
    for number in (0, 1):
        clock = Clock(100.0)
        pacer = pacers(clock)[number]
        with caplog.at_level(logging.WARNING, "resources"):
            heard(pacer, {"retry-after": value}, 429)
        taken, wait = pacer.try_acquire()
        assert (taken, wait) == (0, pytest.approx(LONGEST_HOLD, abs=1))
        assert "at most" in caplog.text
        caplog.clear()


@pytest.mark.parametrize("value", ["inf", "nan", "-inf", "soon", "Fri, 99 Foo 9999", "1e", "0x10", ""])
def test_a_time_that_is_none_is_ignored(value: str):
    assert retry_after({"retry-after": value}) is None


@pytest.mark.parametrize(
    "value",
    [
        *("10/inf", "inf/40", "nan/40", "10/nan", "0/2", "1/1", "0/0", "10/1e-300", "10/1e300", "1e300/40", "-1e9/40"),
        *("10/-40", "1e9/1e9", "٣/40", "10/40/20", "0x1/0x40", " / ", "9" * 400 + "/40"),
    ],
)
def test_a_level_that_cannot_be_is_ignored_and_said_once(value: str, caplog: pytest.LogCaptureFixture):
    clock = Clock(100.0)
    pacer = BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)
    with caplog.at_level(logging.WARNING, "resources"):
        for _ in range(5):
            heard(pacer, {LEVEL_HEADER: value})
    assert pacer.size == 40
    assert len(caplog.records) <= 1
    clock.sleep(60)
    assert pacer.try_acquire(100)[0] > 20
    for _ in range(100):
        pacer.acquire()
    assert clock.now < 300


def test_a_level_far_above_its_limit_holds_no_longer_than_a_full_bucket():
    clock = Clock(100.0)
    pacer = BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)
    pacer.observe(200, {LEVEL_HEADER: "99999/40"}, 0.1)
    started = clock.now
    pacer.acquire()
    assert clock.now - started < 45


def test_a_wait_of_some_length_is_announced_and_a_short_one_is_not(caplog: pytest.LogCaptureFixture):
    clock = Clock(100.0)
    pacer = BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)
    with caplog.at_level(logging.WARNING, "resources"):
        heard(pacer, {"retry-after": "2"}, 429)
        assert caplog.records == []
        clock.sleep(3)
        for _ in range(16):
            heard(pacer, {"retry-after": "40"}, 429)
    assert [record.getMessage() for record in caplog.records] == [
        "Gorgias asks for a pause: nothing is sent to it for 40 s."
    ]


def test_refusals_without_end_are_announced_though_each_is_short(caplog: pytest.LogCaptureFixture):
    clock = Clock(100.0)
    pacer = BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)
    with caplog.at_level(logging.WARNING, "resources"):
        for _ in range(100):
            pacer.acquire()
            pacer.observe(429, {"retry-after": "1"}, 0.01)
    said = [record.getMessage() for record in caplog.records]
    assert 3 <= len(said) <= 8
    assert "10 refusals (429) in a row" in said[0]


def test_a_signal_ends_a_long_wait_within_a_second():
    class Ended(Exception):
        pass

    def end(_number: int, _frame: Any) -> None:
        raise Ended

    pacer = BucketPacer(40, 20.0, sleep=Rest())
    pacer.observe(429, {"retry-after": "3600"}, 0.0)
    before = signal.signal(signal.SIGUSR1, end)
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    timer.start()
    started = time.monotonic()
    try:
        with pytest.raises(Ended):
            pacer.acquire()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() - started < 1.2
