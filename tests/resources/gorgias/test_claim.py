"""Two homes that begin a first load of one account in the same seconds: one of them makes it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sample_writes import customer, many, ticket

from resources.gorgias.claim import CLAIMED, NAME
from resources.gorgias.known_account import LoadedElsewhere

HIDDEN = [{"kind": "late_visibility", "method": "POST", "route": route, "seconds": 60} for route in ("/api/tickets",)]


class Home:
    """A ledger and a resource of its own."""

    def __init__(self, side: Any, folder: Path, name: str):
        self.side, self.ledger = side, side.ledger_in(f"sqlite:///{folder / f'{name}.sqlite'}")

    def load(self, writes: list[Any], inside: Callable[[], None] = lambda: None) -> None:
        resource = self.side.resource(allowance=4000, settling=0.2, lease=5, timeout=5)
        try:
            with resource.writer(self.ledger, "run") as gate:
                gate.apply(writes)
                inside()
        finally:
            resource.close()


def stop() -> None:
    raise KeyboardInterrupt


def claims(side: Any) -> int:
    return sum(row["name"] == NAME for row in side.account.tags)


def test_who_begins_while_the_first_records_are_not_to_be_seen_yet_is_stopped_before_it_makes_any(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    side = serve(faults=HIDDEN)
    first, second = Home(side, tmp_path, "first"), Home(side, tmp_path, "second")

    def other_begins() -> None:
        assert claims(side) == 1
        with pytest.raises(LoadedElsewhere, match="is being loaded by another home"):
            second.load(many(ticket, 2))
        assert not second.ledger.quality_gates.gate_rows([CLAIMED])["passed"].any()

    first.load(many(ticket, 2), other_begins)
    assert len(side.tickets()) == 2
    assert claims(side) == 0
    assert not [
        state for state in second.ledger.known_writes.write_counts()["state"] if state in ("INTENT", "IN_DOUBT")
    ]


def test_of_two_that_begin_at_once_one_makes_the_records(serve: Callable[..., Any], tmp_path: Path) -> None:
    side = serve(faults=HIDDEN)
    homes = [Home(side, tmp_path, name) for name in ("first", "second")]
    start, ended = threading.Barrier(2), threading.Barrier(2)

    def begin(home: Home) -> int:
        start.wait()
        try:
            home.load(many(ticket, 3), lambda: ended.wait(20))
        except LoadedElsewhere:
            ended.wait(20)
            return 1
        return 0

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(begin, homes)) == 1
    assert len(side.tickets()) == 3


def test_a_claim_outlives_a_stopped_run_and_is_taken_back_by_the_next_one_of_its_home(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    side = serve()
    home, other = Home(side, tmp_path, "first"), Home(side, tmp_path, "second")

    with pytest.raises(KeyboardInterrupt):
        home.load([customer(1)], stop)
    assert claims(side) == 1
    home.load([customer(1), ticket(1)])
    assert claims(side) == 0
    before = side.writes_received()
    home.load([customer(1), ticket(1)])
    assert side.writes_received() == before
    with pytest.raises(LoadedElsewhere, match="was loaded by another home"):
        other.load([ticket(2)])


def test_a_claim_of_a_home_that_is_gone_is_passed_by_name(serve: Callable[..., Any], tmp_path: Path) -> None:
    side = serve(tags=[{"name": "ai_ignore"}, {"name": NAME, "description": "A first load of a home that was lost"}])
    home = Home(side, tmp_path, "first")
    with pytest.raises(LoadedElsewhere, match="delete the tag"):
        home.load([ticket(1)])
    assert side.tickets() == []
    home.ledger.quality_gates.override_gate(CLAIMED, None, "Ann Lee", "that home is lost")
    home.load([ticket(1)])
    assert side.tickets() == ["ivinex:20:1"]


@pytest.mark.parametrize("stopped_after", [[], [customer(1)]], ids=["before the first record", "after it"])
def test_a_claim_whose_answer_was_lost_with_a_killed_run_is_settled_and_taken_back(
    serve: Callable[..., Any], tmp_path: Path, stopped_after: list[Any]
) -> None:
    side = serve(faults=[{"kind": "reset_after", "method": "POST", "route": "/api/tags", "calls": 1}])
    home = Home(side, tmp_path, "first")

    with pytest.raises(KeyboardInterrupt):
        home.load([customer(1)], stop)
    with home.ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE writes SET state = 'INTENT', gorgias_id = NULL WHERE part = 'tag'")
        if not stopped_after:
            tx.exec_driver_sql("UPDATE writes SET state = 'ROLLED_BACK' WHERE object = 'customers'")
    home.load([ticket(1)])
    assert claims(side) == 0
    assert home.ledger.known_writes.unsettled() == []
