"""Who holds the account's lease: life judged by what a holder does while it is watched, never by clocks alone."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.gorgias.writer.lease_keeper import LeaseKeeper, held_for_command
from resources.ledger import Ledger
from resources.ledger.lease import Fenced, LeaseHeld


class Watch:
    """A monotonic clock that sleeping moves, with the wall's clock beside it."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.wall = datetime(2026, 11, 27, 3, tzinfo=UTC)
        self.during: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.wall

    def clock(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        self.wall += timedelta(seconds=seconds)
        self.during()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def open_ledger(tmp_path: Path, watch: Watch) -> Callable[[], Ledger]:
    return lambda: Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "staging:shop", watch.now)


def keeper(ledger: Ledger, watch: Watch, **more: str) -> LeaseKeeper:
    return LeaseKeeper(ledger, "next", 30.0, watch.sleep, clock=watch.clock, **more)


def test_a_lease_of_a_clock_that_was_set_back_is_said_and_taken_over_once_it_shows_no_life(
    open_ledger: Callable[[], Ledger], watch: Watch, caplog: pytest.LogCaptureFixture
):
    watch.wall += timedelta(hours=1)
    open_ledger().leases.try_lease("killed", 30)
    watch.wall -= timedelta(hours=1)
    with caplog.at_level(logging.WARNING):
        one = keeper(open_ledger(), watch)
        assert one.take() == 2
    assert 29 <= watch.passed <= 31
    assert "60 min in the future by killed: a clock was changed" in caplog.text
    assert "`migrate unlock`" in caplog.text
    one.release()


def test_a_holder_whose_clock_is_behind_and_who_renews_is_not_taken_over(
    open_ledger: Callable[[], Ledger], watch: Watch
):
    watch.wall -= timedelta(hours=1)
    alive = open_ledger()
    fence = alive.leases.try_lease("alive, an hour behind", 30).fence
    watch.wall += timedelta(hours=1)

    def renew() -> None:
        watch.wall -= timedelta(hours=1)
        alive.leases.renew_lease(fence, 30)
        watch.wall += timedelta(hours=1)

    watch.during = renew
    with pytest.raises(LeaseHeld, match="alive, an hour behind"):
        keeper(open_ledger(), watch).take()
    assert watch.passed < 10


def test_a_lease_that_was_given_back_is_taken_without_a_wait(open_ledger: Callable[[], Ledger], watch: Watch):
    ledger = open_ledger()
    ledger.leases.release_lease(ledger.leases.try_lease("ended", 30).fence)
    one = keeper(open_ledger(), watch)
    one.take()
    assert watch.passed == 0
    one.release()


def test_whoever_holds_the_lock_of_a_home_takes_the_lease_of_its_dead_command_at_once(
    open_ledger: Callable[[], Ledger], watch: Watch
):
    open_ledger().leases.try_lease("killed [home 1]", 30)
    one = keeper(open_ledger(), watch, proof="[home 1]")
    one.take()
    assert watch.passed == 0
    with pytest.raises(LeaseHeld, match=r"\[home 1\]"):
        open_ledger().leases.try_lease("another home", 30)
    one.release()


def test_gates_of_a_command_work_under_its_lease_and_another_command_is_refused_meanwhile(
    open_ledger: Callable[[], Ledger],
):
    ledger, other = open_ledger(), open_ledger()
    with held_for_command(ledger, "`migrate run`", 30) as of_command:
        gate = LeaseKeeper(other, "a load step", 30)
        assert gate.take() == of_command.take()
        gate.release()
        with pytest.raises(LeaseHeld, match="`migrate run`"):
            other.leases.try_lease("a second command", 30)
        of_command.check()
        other.leases.try_lease("a successor", 30, other.leases.current())
        with pytest.raises(Fenced, match="a successor"):
            of_command.check()
