"""No header can make the pacer wait for ever, wait in silence, or break; what it asks for is capped, and said."""

import logging
import os
import signal
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from sleeping_clock import Clock

from resources.pacer import Pacer
from resources.pacing import LEVEL_HEADER, LONGEST_HOLD, BucketPacer, SteadyPacer, retry_after
from resources.patience import Rest


def heard(pacer: Pacer, headers: dict[str, str], status: int = 200) -> None:
    pacer.observe(200, {LEVEL_HEADER: "1/40"}, 0.1)
    pacer.observe(status, headers, 0.1)


@pytest.mark.parametrize(
    "value", ["86400", "1e9", "1e300", "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 01 Jan 2200 00:00:00 -0000", "9" * 400]
)
def test_no_server_is_waited_for_longer_than_an_hour_and_it_is_said(
    value: str, bucket: BucketPacer, steady: SteadyPacer, caplog: pytest.LogCaptureFixture
):
    for pacer in (bucket, steady):
        with caplog.at_level(logging.WARNING, "resources"):
            heard(pacer, {"retry-after": value}, 429)
        taken, wait = pacer.try_acquire()
        assert (taken, wait) == (0, pytest.approx(LONGEST_HOLD, abs=1))
        assert "at most" in caplog.text
        caplog.clear()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *[
            (value, None)
            for value in ("inf", "nan", "-inf", "soon", "Fri, 99 Foo 9999", "1e", "0x10", "", "\x00", "()")
        ],
        ("-3", 0.0),
        ("1e9", LONGEST_HOLD),
        ("1e300", LONGEST_HOLD),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_HOLD),
    ],
)
def test_a_time_to_wait_is_read_in_each_form_and_nonsense_is_none(value: str, seconds: float | None):
    assert retry_after({"retry-after": value}, datetime(2026, 1, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("value", ["9" * 400, "Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359"])
def test_a_time_beyond_all_is_none_or_the_longest(value: str):
    assert retry_after({"retry-after": value}) in (None, LONGEST_HOLD)


@pytest.mark.parametrize(
    "value",
    [
        *("10/inf", "inf/40", "nan/40", "10/nan", "0/2", "1/1", "0/0", "10/1e-300", "10/1e300", "1e300/40", "-1e9/40"),
        *("10/-40", "1e9/1e9", "٣/40", "10/40/20", "0x1/0x40", " / ", "", "x/y", "3", "3/0", "/40", "9" * 400 + "/40"),
    ],
)
def test_a_level_that_cannot_be_is_ignored_and_said_once(
    value: str, clock: Clock, bucket: BucketPacer, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING, "resources"):
        for _ in range(5):
            heard(bucket, {LEVEL_HEADER: value})
    assert bucket.size == 40
    assert len(caplog.records) <= 1
    clock.sleep(60)
    assert bucket.try_acquire(100)[0] > 20
    for _ in range(100):
        bucket.acquire()
    assert clock.now < 200


def test_a_level_far_above_its_limit_holds_no_longer_than_a_full_bucket(clock: Clock, bucket: BucketPacer):
    bucket.observe(200, {LEVEL_HEADER: "99999/40"}, 0.1)
    started = clock.now
    bucket.acquire()
    assert clock.now - started < 45


def test_a_wait_of_some_length_is_announced_and_a_short_one_is_not(
    clock: Clock, bucket: BucketPacer, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING, "resources"):
        heard(bucket, {"retry-after": "2"}, 429)
        assert caplog.records == []
        clock.sleep(3)
        for _ in range(16):
            heard(bucket, {"retry-after": "40"}, 429)
    assert [record.getMessage() for record in caplog.records] == [
        "Gorgias asks for a pause: nothing is sent to it for 40 s."
    ]


def test_refusals_without_end_are_announced_though_each_is_short(bucket: BucketPacer, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, "resources"):
        for _ in range(100):
            bucket.acquire()
            bucket.observe(429, {"retry-after": "1"}, 0.01)
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
