"""An account that another ledger loaded: noticed before anything is sent, and looked at once it was taken over."""

from collections.abc import Callable
from typing import Any

import pytest
from sample_writes import DAY, many, tag, ticket

from resources.gorgias.client import Reader
from resources.gorgias.known_account import CHECK_NAME, LoadedElsewhere, about_to_make, require_loaded_from_here
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import ADOPTED_ACCOUNT
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WriteKey
from resources.ledger.writes import LEFT_TO_MERGE


def append(to: int) -> Write:
    """A message of its own, appended to a ticket."""
    body = ticket(7).body["messages"][0] | {"imported": True}
    source_id = f"{body['external_id']}@ivinex:20:1"
    row = Outcome(source_id, "created", partition=DAY)
    return Write(WriteKey("messages", source_id, "append"), "POST", f"/api/tickets/{to}/messages", body, (row,), DAY)


@pytest.fixture
def other_home(serve: Callable[..., Any], tmp_path: Any) -> Any:
    """An account with two tickets of another home, and an empty ledger beside it."""
    side = serve()
    with side.gate() as gate:
        gate.apply([ticket(1), ticket(2)])
    side.empty = side.ledger_in(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    return side


def enter_found(ledger: Ledger, found: list[tuple[str, int, str]]) -> int:
    """What was found in the account, entered by a run that ended in order."""
    fence = ledger.leases.try_lease("adopt", 1).fence
    entered = ledger.writes.enter_found("tickets", found, "found", fence, "")
    ledger.leases.release_lease(fence)
    return entered


def look(side: Any, ledger: Ledger, *writes: Any) -> None:
    require_loaded_from_here(Reader(side.connection()), ledger, about_to_make(writes), "run")


def test_an_object_that_the_ledger_never_heard_of_closes_the_gate_and_the_owner_s_is_open(other_home: Any):
    look(other_home, other_home.ledger, ticket(3))
    with pytest.raises(LoadedElsewhere, match="at least 2 tickets"):
        look(other_home, other_home.empty, ticket(3))
    assert not other_home.empty.quality_gates.gate_rows([CHECK_NAME])["passed"].any()
    other_home.empty.quality_gates.override_gate(CHECK_NAME, None, "Ann Lee", "two sites are meant to share it")
    look(other_home, other_home.empty, ticket(3))


def test_what_is_about_to_be_made_is_asked_for_where_the_newest_page_is_full_of_others(
    other_home: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("resources.gorgias.known_account.PAGE", 1)
    with other_home.ledger.transaction() as tx:
        for table in ("writes", "write_history"):
            tx.exec_driver_sql(f"DELETE FROM {table} WHERE source_id = 'ivinex:20:1'")
    newest = Reader(other_home.connection()).get("/api/tickets", limit=1, order_by="created_datetime:desc")["data"]
    told = [row["external_id"] for row in newest]
    with pytest.raises(LoadedElsewhere, match="ivinex:20:1"):
        look(other_home, other_home.ledger, ticket(1))
    assert told in (["ivinex:20:1"], ["ivinex:20:2"])


def test_a_write_that_was_withdrawn_is_no_other_home_s(other_home: Any):
    with other_home.ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM writes")
    look(other_home, other_home.ledger, ticket(1))


def test_found_objects_are_taken_as_they_are_and_looked_at_once(other_home: Any):
    empty = other_home.empty
    found = [(row["external_id"], row["id"], "2024-05-01") for row in other_home.account.tickets]
    assert [enter_found(empty, found) for _ in range(2)] == [2, 0]
    before = other_home.writes_received()
    with other_home.gate(empty, run_id="first") as gate:
        tally = gate.apply([*many(ticket, 3)])
    assert (tally["unchanged"], tally.sent) == (2, 1)
    assert other_home.writes_received() == before + 1
    with other_home.gate(empty, run_id="second") as gate:
        assert gate.apply([*many(ticket, 3)])["unchanged"] == 3
    assert empty.known_writes.attempts_in(["first"]) == 1


def test_a_found_ticket_that_holds_more_messages_is_as_staged_and_one_that_differs_is_left_to_the_merge(
    other_home: Any,
):
    empty = other_home.empty
    found = [(row["external_id"], row["id"], DAY) for row in other_home.account.tickets]
    enter_found(empty, found)
    shorter, edited = ticket(1, messages=1), ticket(2, subject="Edited since")
    with other_home.gate(empty, run_id="first") as gate:
        assert gate.apply([shorter, edited]).sent == 0
    known = empty.known_writes.known([shorter.key, edited.key])
    assert known[shorter.key].payload_hash == shorter.payload_hash
    assert known[edited.key].payload_hash == LEFT_TO_MERGE
    assert set(empty.outcomes.outcomes_of("messages", [DAY])["outcome"]) == {"adopted"}
    assert empty.conflicts.conflict_rows().empty


def test_a_message_that_an_earlier_home_appended_is_looked_for_before_it_is_sent(other_home: Any):
    row = next(iter(other_home.account.tickets))
    write = append(row["id"])
    with other_home.gate() as gate:
        gate.apply([write])
    number = len(other_home.account.messages)
    other_home.empty.decisions.decide(ADOPTED_ACCOUNT, "adopted", "Ann Lee")
    with other_home.gate(other_home.empty, run_id="next") as gate:
        assert gate.apply([write])["adopted"] == 1
    assert len(other_home.account.messages) == number
    assert other_home.empty.known_writes.attempts_in(["next"]) == 0


def test_the_account_is_asked_once_before_anything_is_sent_and_once_more_before_the_first_record(
    other_home: Any, monkeypatch: pytest.MonkeyPatch
):
    """What is switched off first is no record, and says nothing of the records that come after it."""
    asked: list[list[str]] = []
    monkeypatch.setattr(
        "resources.gorgias.resource.require_loaded_from_here",
        lambda _reader, _ledger, records, _run: asked.append(records["tickets"]),
    )
    with other_home.resource(allowance=4000).writer(other_home.ledger, "run") as gate:
        for writes in ([tag("a")], [tag("b")], [ticket(8)], [ticket(9)]):
            gate.apply(writes)
    assert asked == [[], ["ivinex:20:8"]]
