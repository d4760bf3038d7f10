"""Writes and their states, as another process sees them."""

from typing import Any

import pytest

from resources.ledger import Ledger, Outcome, tables
from resources.ledger.records import Completion, Intent, State, WriteKey
from resources.ledger.writes import PRESENT, THROTTLED, WITHDRAWN

ONE, TWO = WriteKey("tickets", "ivinex:20:1", "create"), WriteKey("customers", "ivinex:10:1", "create")


@pytest.fixture
def fence(ledger: Ledger) -> int:
    return ledger.leases.try_lease("me", 600).fence


def settled(ledger: Ledger, fence: int, *completions: Completion) -> None:
    """Writes that were begun together and have come to these ends."""
    ledger.writes.begin([Intent(one.key, "h") for one in completions], fence, "run")
    ledger.writes.complete(completions, fence, "run")


def test_an_intent_is_there_for_every_process_before_anything_is_known(ledger: Ledger, open_ledger: Any, fence: int):
    ledger.writes.begin([Intent(ONE, "h", "v1", "2026-01-05")], fence, "run")
    (seen,) = open_ledger().known_writes.unsettled()
    assert (seen.key, seen.state, seen.payload_hash, seen.partition) == (ONE, State.INTENT, "h", "2026-01-05")
    assert seen.attempts == 1


def test_a_settled_write_is_known_with_its_id(ledger: Ledger, fence: int):
    settled(ledger, fence, Completion(ONE, State.DONE, 501), Completion(TWO, State.ADOPTED, 11))
    assert ledger.known_writes.unsettled() == []
    assert ledger.known_writes.gorgias_ids("tickets") == {"ivinex:20:1": 501}
    assert ledger.known_writes.gorgias_ids("customers", ["ivinex:10:1", "ivinex:10:2"]) == {"ivinex:10:1": 11}


@pytest.mark.parametrize("state", [State.IN_DOUBT, State.REFUSED, State.CONFLICT, State.INTENT])
def test_only_what_is_certain_gives_an_id_to_others(ledger: Ledger, fence: int, state: State):
    ledger.writes.begin([Intent(ONE, "h")], fence, "run")
    if state is not State.INTENT:
        ledger.writes.complete([Completion(ONE, state, 501)], fence, "run")
    assert ledger.known_writes.gorgias_ids("tickets") == {}


def test_a_write_in_doubt_counts_its_attempts_and_keeps_what_it_was(ledger: Ledger, fence: int):
    for _ in range(2):
        settled(ledger, fence, Completion(ONE, State.IN_DOUBT))
    assert [(one.state, one.attempts) for one in ledger.known_writes.unsettled()] == [(State.IN_DOUBT, 2)]


def test_a_withdrawn_intent_is_gone_and_in_the_history(ledger: Ledger, fence: int):
    ledger.writes.begin([Intent(ONE, "h")], fence, "run")
    ledger.writes.cancel([ONE], fence, "run", THROTTLED)
    assert ledger.known_writes.known([ONE]) == {}
    (row,) = ledger.known_writes.request_counts().to_dict("records")
    assert (row["requests"], row["throttled"]) == (1, 1)


def test_a_settled_write_cannot_be_withdrawn(ledger: Ledger, fence: int):
    settled(ledger, fence, Completion(ONE, State.DONE, 501))
    ledger.writes.cancel([ONE], fence, "run", "late")
    assert ledger.known_writes.known([ONE])[ONE].state is State.DONE


def test_a_failed_settlement_leaves_nothing_of_it(ledger: Ledger, fence: int):
    bad = Outcome("x", None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="outcome"):
        settled(ledger, fence, Completion(ONE, State.DONE, 1), Completion(TWO, State.DONE, 2, outcomes=[bad]))
    assert {one.state for one in ledger.known_writes.unsettled()} == {State.INTENT}


def test_requests_are_counted_by_run_and_by_type(ledger: Ledger, fence: int):
    ledger.writes.begin([Intent(ONE, "h"), Intent(TWO, "h")], fence, "first")
    ledger.writes.begin([Intent(ONE, "h")], fence, "second")
    assert ledger.known_writes.attempts_in(["first"]) == 2
    assert ledger.known_writes.attempts_in(["second"]) == 1
    counted = ledger.known_writes.request_counts()
    assert dict(zip(counted["object"], counted["requests"], strict=True)) == {"customers": 1, "tickets": 2}


def test_many_keys_are_looked_up_at_once(ledger: Ledger, fence: int):
    keys = [WriteKey("customers", f"ivinex:10:{number}", "create") for number in range(1_000)]
    ledger.writes.begin([Intent(key, "h") for key in keys], fence, "run")
    assert len(ledger.known_writes.known([*keys, ONE])) == 1_000


def test_what_was_taken_over_without_a_request_is_no_request(ledger: Ledger, fence: int):
    settled(ledger, fence, Completion(ONE, State.ADOPTED, 1, detail=PRESENT), Completion(TWO, State.DONE, 2))
    counted = ledger.known_writes.request_counts()
    assert dict(zip(counted["object"], counted["requests"], strict=True)) == {"customers": 1, "tickets": 0}


def test_a_refusal_that_is_asked_for_again_is_forgotten_and_nothing_else_is(ledger: Ledger, fence: int):
    settled(ledger, fence, Completion(ONE, State.REFUSED), Completion(TWO, State.DONE, 11))
    assert ledger.writes.forget_refusals([ONE.source_id, TWO.source_id], "Ada") == 1
    assert set(ledger.known_writes.known([ONE, TWO])) == {TWO}
    with ledger.reading() as connection:
        last = connection.execute(tables.history.select().order_by(tables.history.c.id.desc()).limit(1)).one()
    assert (last.state, last.source_id, last.detail) == (WITHDRAWN, ONE.source_id, "asked for again by Ada")
