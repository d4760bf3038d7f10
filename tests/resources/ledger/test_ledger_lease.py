"""One runner per account: who holds it, when it passes on, and what a fenced runner can no longer do."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from resources.ledger import Ledger
from resources.ledger.lease import Fenced, LeaseHeld
from resources.ledger.records import Completion, Intent, State, WriteKey

KEY = WriteKey("tickets", "ivinex:20:1", "create")


@pytest.fixture
def one(open_ledger: Any) -> Ledger:
    return open_ledger()


@pytest.fixture
def other(open_ledger: Any) -> Ledger:
    return open_ledger()


def test_a_second_runner_is_refused_with_holder_and_time(one: Ledger, other: Ledger):
    one.leases.try_lease("host process 7", 30)
    with pytest.raises(LeaseHeld, match=r"host process 7 since 2026-01-05 10:00:00 UTC"):
        other.leases.try_lease("host process 8", 30)


def test_an_expired_lease_passes_on_with_the_next_number(one: Ledger, other: Ledger, clock: Any):
    first = one.leases.try_lease("one", 30)
    clock.forward(30)
    assert other.leases.try_lease("other", 30).fence == first.fence + 1


def test_a_renewed_lease_does_not_expire(one: Ledger, other: Ledger, clock: Any):
    fence = one.leases.try_lease("one", 30).fence
    clock.forward(20)
    one.leases.renew_lease(fence, 30)
    clock.forward(20)
    with pytest.raises(LeaseHeld):
        other.leases.try_lease("other", 30)


def test_a_released_lease_is_free_at_once_and_its_number_is_never_used_again(one: Ledger, other: Ledger):
    fence = one.leases.try_lease("one", 30).fence
    one.leases.release_lease(fence)
    assert other.leases.try_lease("other", 30).fence > fence


@pytest.mark.parametrize("act", ["intend", "settle", "withdraw", "renew"])
def test_a_fenced_runner_commits_nothing(one: Ledger, other: Ledger, clock: Any, act: str):
    old = one.leases.try_lease("one", 30).fence
    one.writes.begin([Intent(KEY, "h")], old, "run")
    clock.forward(31)
    other.leases.try_lease("other", 30)
    acts = {
        "intend": lambda: one.writes.begin([Intent(KEY, "h2")], old, "run"),
        "settle": lambda: one.writes.complete([Completion(KEY, State.DONE, 5)], old, "run"),
        "withdraw": lambda: one.writes.cancel([KEY], old, "run", "429"),
        "renew": lambda: one.leases.renew_lease(old, 30),
    }
    with pytest.raises(Fenced, match="now held by other"):
        acts[act]()
    known = other.known_writes.known([KEY])[KEY]
    assert (known.state, known.payload_hash) == (State.INTENT, "h")


def test_a_late_release_does_not_end_the_new_holders_lease(open_ledger: Any, one: Ledger, other: Ledger, clock: Any):
    old = one.leases.try_lease("one", 30).fence
    clock.forward(31)
    other.leases.try_lease("other", 30)
    one.leases.release_lease(old)
    with pytest.raises(LeaseHeld, match="other"):
        open_ledger().leases.try_lease("third", 30)


def test_of_many_first_runners_exactly_one_gets_the_lease(open_ledger: Any):
    ledgers = [open_ledger() for _ in range(6)]
    barrier = threading.Barrier(len(ledgers))

    def run(ledger: Ledger) -> int:
        barrier.wait()
        try:
            return ledger.leases.try_lease(threading.current_thread().name, 30).fence
        except LeaseHeld:
            return 0

    with ThreadPoolExecutor(len(ledgers)) as pool:
        assert sorted(pool.map(run, ledgers)) == [0, 0, 0, 0, 0, 1]


def test_leases_of_two_accounts_are_two(open_ledger: Any):
    open_ledger("staging:shop").leases.try_lease("one", 30)
    assert open_ledger("production:shop").leases.try_lease("other", 30).fence == 1
