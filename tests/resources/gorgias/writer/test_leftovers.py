"""What a dead run left is settled by its own key and by what it sent, whatever the next run plans."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from between import Between, on_calls
from sample_writes import customer, many, tag, ticket

from resources.gorgias.uploads import Part
from resources.gorgias.writer.sent_requests import SentRequests
from resources.gorgias.writer.upload_write import upload_write
from resources.gorgias.writer.write import Write
from resources.ledger.base import utc_now
from resources.ledger.records import Intent, State, WriteKey


@pytest.fixture
def kept(tmp_path: Path) -> SentRequests:
    return SentRequests(tmp_path / "unsettled", "staging:shop")


def killed(side: Any, kept: SentRequests | None, writes: list[Write], sent: bool) -> None:
    """A run that was killed an hour ago, before its requests left or before their answers came."""
    gate = side.gate(side.second_ledger(), run_id="killed")
    fence, now = gate.fencing_token(), side.ledger.now
    gate.ledger.now = lambda: utc_now() - timedelta(hours=1)
    if kept:
        kept.keep(writes)
    gate.ledger.writes.begin(
        [Intent(one.key, one.payload_hash, one.mapping_version, one.partition) for one in writes],
        fence,
        "killed",
    )
    gate.ledger.now = now
    for write in writes if sent else ():
        gate.client.send(write.method, write.path, write.body)
    gate.close()


def test_what_nobody_plans_any_more_is_settled_at_the_start(serve: Callable[..., Any], kept: SentRequests):
    side = serve()
    killed(side, kept, [ticket(1), customer(1)], sent=True)
    killed(side, kept, [ticket(2), tag("vip")], sent=False)
    with side.gate(sent=kept) as gate:
        assert side.ledger.known_writes.unsettled() == []
        assert gate.apply([ticket(3)])["done"] == 1
    assert side.states() == {"ivinex:20:1": "ADOPTED", "ivinex:10:1": "ADOPTED", "ivinex:20:3": "DONE"}
    assert side.ledger.outcomes.outcomes_of("messages")["outcome"].tolist() == ["adopted"] * 2 + ["created"] * 2
    assert side.ledger.quarantine.rows().empty
    assert "ivinex:20:2" not in side.tickets()


def test_what_was_not_carried_out_is_sent_by_who_plans_it(serve: Callable[..., Any], kept: SentRequests):
    side = serve()
    killed(side, kept, many(ticket, 3), sent=False)
    tally = side.gate(sent=kept).apply(many(ticket, 3))
    assert (tally["done"], tally.sent) == (3, 3)
    assert side.tickets() == sorted(one.key.source_id for one in many(ticket, 3))


def test_a_row_edited_under_a_stop_is_no_conflict_but_a_change(serve: Callable[..., Any], kept: SentRequests):
    side = serve()
    killed(side, kept, [ticket(1, "before")], sent=True)
    tally = side.gate(sent=kept).apply([ticket(1, "after")])
    assert (tally["conflict"], tally["changed"], tally.sent) == (0, 1, 0)
    assert side.ledger.conflicts.conflict_rows().empty
    assert list(kept.all()) == []


def test_a_ticket_edited_in_gorgias_under_a_stop_is_a_conflict(serve: Callable[..., Any], kept: SentRequests):
    side = serve()
    killed(side, kept, [ticket(1)], sent=True)
    (held,) = side.account.tickets
    held["subject"] = "edited by an agent"
    side.gate(sent=kept).apply([])
    assert side.ledger.conflicts.conflict_rows()["field"].tolist() == ["subject"]


def test_an_update_that_changed_under_a_stop_is_settled_and_then_sent(serve: Callable[..., Any], kept: SentRequests):
    side = serve()
    key = WriteKey("customers", "ada", "update")
    before, after = (Write(key, "PUT", "/api/customers/1500", {"name": name}) for name in ("Ada L", "Ada M"))
    killed(side, kept, [before], sent=True)
    assert side.gate(sent=kept).apply([after])["done"] == 1
    assert side.account.customers.get(1500)["name"] == "Ada M"


def test_an_upload_without_an_answer_is_no_doubt_for_ever(
    serve: Callable[..., Any], kept: SentRequests, tmp_path: Path
):
    side = serve()
    (tmp_path / "x").write_bytes(b"x")
    write = upload_write([Part("a" * 64, 1, "text/plain", tmp_path / "x")])
    killed(side, kept, [write], sent=False)
    gate = side.gate(sent=kept)
    gate.apply([])
    assert side.ledger.known_writes.unsettled() == []
    assert gate.apply([write])["done"] == 1
    assert side.ledger.uploads.upload_counts()["orphans"] == 1


def test_the_request_of_a_known_outcome_is_kept_no_longer(serve: Callable[..., Any], kept: SentRequests):
    side = serve()
    during: list[int] = []
    gate = side.gate(sent=kept)
    send = gate.client.send

    def watched(*given: Any) -> Any:
        during.append(len(list(kept.all())))
        return send(*given)

    gate.client.send = watched
    gate.apply([*many(ticket, 3), tag("x" * 300)])
    assert during
    assert min(during) >= 1
    assert list(kept.all()) == []


@pytest.mark.parametrize("carried_out", [True, False])
def test_one_false_empty_list_after_a_restart_doubles_nothing(
    serve: Callable[..., Any], kept: SentRequests, carried_out: bool
):
    side = serve([{"kind": "empty_list", "method": "GET", "route": "/api/tickets", "calls": 1}])
    killed(side, kept, [ticket(1)], sent=carried_out)
    tally = side.gate(sent=kept).apply([ticket(1)])
    assert side.tickets() == ["ivinex:20:1"]
    assert tally.sent == (0 if carried_out else 1)


def test_one_false_empty_list_in_a_run_doubles_nothing(serve: Callable[..., Any]):
    side = serve([{"kind": "empty_list", "method": "GET", "route": "/api/tickets", "calls": 1}])
    assert side.gate(transport=Between(403, on_calls(1), after=True)).apply([ticket(1)])["adopted"] == 1
    assert side.tickets() == ["ivinex:20:1"]


def test_two_looks_are_a_settling_wait_apart_also_long_after_the_stop(serve: Callable[..., Any]):
    """Where the request was not kept, its plan settles it, by the same rule."""
    side = serve()
    killed(side, None, [ticket(1)], sent=False)
    waits: list[float] = []
    gate = side.gate(settling=30.0)
    gate.sleep = waits.append
    moments = iter([0.0, 0.1, 0.2, 40.0, 40.1, *([41.0] * 50)])
    gate.clock = lambda: next(moments)
    assert gate.apply([ticket(1)])["done"] == 1
    assert waits == [pytest.approx(30.0, abs=1)]


def test_a_trial_ticket_of_an_earlier_release_is_found_by_its_name(serve: Callable[..., Any]):
    side = serve()
    write = ticket(1)
    write.body["external_id"] = "ivinex:canary:3abb2e3a"
    trial = Write(WriteKey("canary", "ivinex:canary:3abb2e3a", "ticket"), "POST", "/api/tickets", write.body)
    killed(side, None, [trial], sent=True)
    with side.gate():
        (known,) = side.ledger.known_writes.known([trial.key]).values()
    assert (known.state, known.gorgias_id) == (State.ADOPTED, next(iter(side.account.tickets))["id"])
