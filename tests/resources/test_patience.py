"""An outage is waited out with growing pauses, said aloud, and ends with what to do; a wait can be ended."""

import threading
import time

import pytest

from resources.patience import Awakened, OutOfPatience, Patience, Rest


class Night:
    """A clock that moves when somebody sleeps, and ears."""

    def __init__(self) -> None:
        self.now, self.pauses, self.heard = 0.0, [], []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def patience(self, seconds: float = 1800.0) -> Patience:
        say = self.heard.append
        return Patience("Gorgias", "GORGIAS_PATIENCE", seconds, clock=self.clock, sleep=self.sleep, say=say)


def fail_until(night: Night, outage: object, end: float) -> None:
    while night.now < end:
        outage.wait("503")


def test_pauses_grow_up_to_five_minutes_and_the_last_one_ends_with_the_patience():
    night = Night()
    with pytest.raises(OutOfPatience):
        fail_until(night, night.patience().outage(), 1e9)
    assert night.pauses[0] == pytest.approx(0.2)
    assert all(one <= other for one, other in zip(night.pauses, night.pauses[1:-1], strict=False))
    assert max(night.pauses) == 300.0
    assert night.now == pytest.approx(1800.0)


def test_short_pauses_are_silent_long_ones_say_what_since_when_and_for_how_long():
    night = Night()
    outage = night.patience().outage()
    fail_until(night, outage, 3)
    assert night.heard == []
    fail_until(night, outage, 900)
    assert 5 < len(night.heard) < 20
    assert "503" in night.heard[-1]
    assert "GORGIAS_PATIENCE" in night.heard[-1]
    outage.over()
    assert night.heard[-1] == "Gorgias answers again after 20 min."


def test_the_end_names_the_way_on_and_how_long_it_was():
    night = Night()
    with pytest.raises(OutOfPatience, match=r"Gorgias gave no usable answer for 10 min .*run the same command again"):
        fail_until(night, night.patience(600).outage(), 1e9)


def test_an_answer_begins_the_patience_anew():
    night = Night()
    outage = night.patience(600).outage()
    fail_until(night, outage, 500)
    outage.over()
    fail_until(night, outage, 1000)
    assert night.now >= 1000


def test_two_threads_that_wait_for_one_server_say_it_once():
    night = Night()
    patience = night.patience()
    one, other = patience.outage(), patience.outage()
    one.wait("503")
    other.wait("503")
    night.now = 100
    one.wait("503")
    said = len(night.heard)
    night.now -= night.pauses[-1]
    other.wait("503")
    assert said == len(night.heard) == 1


def test_a_wait_of_another_thread_ends_at_once_when_the_run_ends():
    rest, ended = Rest(), []

    def sleep() -> None:
        try:
            rest(60)
        except Awakened:
            ended.append(time.monotonic())

    thread = threading.Thread(target=sleep)
    thread.start()
    asked = time.monotonic()
    rest.end()
    thread.join(5)
    assert ended[0] - asked < 1
