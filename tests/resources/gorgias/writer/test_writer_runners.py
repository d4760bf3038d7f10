"""One runner per account: the second is refused, the next takes over from a dead one, a fenced one writes nothing."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sample_writes import many, ticket

from resources.gorgias.writer import lease_keeper
from resources.gorgias.writer.lease_keeper import LeaseKeeper
from resources.gorgias.writer.write import Write
from resources.ledger.lease import Fenced, LeaseHeld


def test_a_second_runner_is_refused_with_the_first_ones_name_while_it_lives(serve: Callable[..., Any]):
    side = serve()
    first = side.gate(lease=0.8, run_id="one")
    first.apply([ticket(1)])
    second = side.gate(side.second_ledger(), lease=0.8, run_id="two")
    with pytest.raises(LeaseHeld, match="run one"):
        second.apply([ticket(2)])
    assert side.tickets() == ["ivinex:20:1"]


def test_the_next_runner_goes_on_by_itself_after_a_dead_one(serve: Callable[..., Any]):
    side = serve()
    side.ledger.leases.try_lease("a process that was killed", 0.5)
    assert side.gate(side.second_ledger(), lease=0.5).apply([ticket(1)])["done"] == 1


def test_a_runner_that_ended_in_order_leaves_the_account_free_at_once(serve: Callable[..., Any]):
    side = serve()
    with side.gate(lease=600) as gate:
        gate.apply([ticket(1)])
    assert side.gate(side.second_ledger(), lease=600).apply([ticket(2)])["done"] == 1


def test_a_runner_that_lost_its_lease_stops_before_its_next_write(serve: Callable[..., Any]):
    side = serve()
    gate, other = side.gate(), side.second_ledger()

    def writes() -> Iterator[Write]:
        yield from many(ticket, 200)
        with other.transaction() as tx:
            tx.exec_driver_sql("UPDATE leases SET expires_at = '2000-01-01 00:00:00.000000'")
        other.leases.try_lease("the next runner", 30)
        yield from (ticket(number) for number in range(201, 300))

    with pytest.raises(Fenced, match="the next runner"):
        gate.apply(writes())
    assert len(side.tickets()) < 299
    sent = {one.key.source_id for one in side.ledger.known_writes.unsettled()}
    known = side.ledger.known_writes.gorgias_ids("tickets")
    assert set(side.tickets()) <= set(known) | sent


def test_a_lease_is_renewed_while_its_runner_lives(serve: Callable[..., Any]):
    side = serve()
    keeper = LeaseKeeper(side.ledger, "run", seconds=0.2)
    keeper.take()
    first = side.ledger.leases.current()
    deadline = time.monotonic() + 3
    while side.ledger.leases.current().renewed_at == first.renewed_at and time.monotonic() < deadline:
        time.sleep(0.02)
    assert side.ledger.leases.current().renewed_at > first.renewed_at
    keeper.release()
    assert side.ledger.leases.current().expires_at <= side.ledger.now()


def test_a_run_holds_its_lease_between_its_steps_and_gives_it_back_at_its_end(serve: Callable[..., Any]):
    side = serve()
    run = side.resource(allowance=4000, settling=0.1, lease=0.8)
    with run.writer(side.ledger, "the run"):
        assert side.ledger.leases.current() is None  # a step that writes nothing takes nothing
    with run.writer(side.ledger, "the run") as gate:
        gate.apply([ticket(1)])
    fence = side.ledger.leases.current().fence
    elsewhere = side.second_ledger()
    # Another process, to which nothing in this one is known.
    shared, lease_keeper._shared = lease_keeper._shared, {}
    with pytest.raises(LeaseHeld, match="run the run"):
        LeaseKeeper(elsewhere, "another", 0.8).take()
    lease_keeper._shared = shared
    with run.writer(side.ledger, "the run") as gate:
        gate.apply([ticket(2)])
    assert side.ledger.leases.current().fence == fence
    run.close()
    assert LeaseKeeper(elsewhere, "another", 0.8).take() == fence + 1
