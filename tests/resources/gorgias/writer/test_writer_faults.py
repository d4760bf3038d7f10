"""Whatever a request meets on its way, the object is there once in the end and the second run writes nothing."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from between import FORMS, Between, on_calls
from sample_writes import customer, many, tag, ticket

from resources.gorgias.failures import GorgiasError, RunStopped
from resources.ledger.records import Intent, State

FAULTS = {
    "502 after the write": {"kind": "status_after", "status": 502},
    "503 before the write": {"kind": "status_before", "status": 503},
    "reset before the write": {"kind": "reset_before"},
    "reset after the write": {"kind": "reset_after"},
    "carried out after the connection dropped": {"kind": "late_write", "seconds": 0.05},
    "no answer after the write": {"kind": "hang_after"},
    "half an answer": {"kind": "truncate"},
    "a page in place of JSON": {"kind": "html"},
    "429 with a time": {"kind": "throttle", "retry_after": 0},
    "429 without a time": {"kind": "throttle"},
}
KINDS = {"tickets": ticket, "customers": customer}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_object_is_there_once_after(serve: Callable[..., Any], fault: str, name: str):
    side = serve([FAULTS[fault] | {"method": "POST", "route": f"/api/{name}", "calls": [2, 5, 6]}])
    gate = side.gate(timeout=0.3)
    gate.apply(many(KINDS[name], 8))
    expected = sorted(write.key.source_id for write in many(KINDS[name], 8))
    assert getattr(side, name)() == expected
    assert set(side.states().values()) <= {"DONE", "ADOPTED"}
    assert side.ledger.known_writes.unsettled() == []
    written = side.writes_received()
    again = gate.apply(many(KINDS[name], 8))
    assert (again.sent, again["unchanged"]) == (0, 8)
    assert side.writes_received() == written
    assert len(side.account.outbox) == 0


@pytest.mark.parametrize("fault", ["502 after the write", "reset after the write", "half an answer"])
def test_what_was_carried_out_in_spite_of_the_answer_is_adopted_and_booked(serve: Callable[..., Any], fault: str):
    side = serve([FAULTS[fault] | {"method": "POST", "route": "/api/tickets", "calls": 1}])
    tally = side.gate().apply([ticket(1)])
    assert (tally["sent"], tally["in_doubt"], tally["adopted"]) == (1, 1, 1)
    booked = side.ledger.outcomes.outcomes_of("messages")
    assert booked["outcome"].tolist() == ["adopted", "adopted"]
    assert booked["gorgias_id"].notna().all()


def test_what_shows_up_late_is_waited_for_and_not_sent_again(serve: Callable[..., Any]):
    side = serve(
        [{"kind": "reset_after", "method": "POST", "route": "/api/tickets", "calls": 1}],
        switches={"G-08": 0.3},
    )
    tally = side.gate(settling=1.0).apply([ticket(1)])
    assert side.tickets() == ["ivinex:20:1"]
    assert tally.sent == 1


def test_a_double_made_beyond_the_settling_wait_is_a_conflict_that_names_both(serve: Callable[..., Any]):
    side = serve([{"kind": "late_write", "seconds": 0.3, "method": "POST", "route": "/api/tickets", "calls": 1}])
    gate = side.gate(settling=0.05)
    gate.apply([ticket(1)])
    deadline = time.monotonic() + 5
    while len(side.tickets()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    numbers = [row["id"] for row in side.account.tickets]
    # As a next run finds it that was killed before the answer. Without that, the walk after the load reports it.
    side.ledger.writes.begin([Intent(ticket(1).key, ticket(1).payload_hash)], gate.fencing_token(), "run")
    assert gate.apply([ticket(1)])["conflict"] == 1
    (row,) = side.ledger.conflicts.conflict_rows().to_dict("records")
    assert (row["source_id"], row["field"]) == ("ivinex:20:1", "*")
    assert len(numbers) == 2
    assert all(str(number) in row["detail"] for number in numbers)


def test_a_429_on_every_second_call_loses_and_doubles_nothing(serve: Callable[..., Any]):
    side = serve([{"kind": "throttle", "retry_after": 0, "method": "POST", "probability": 0.5, "seed": 3}])
    tally = side.gate().apply(many(ticket, 30))
    assert tally["done"] == 30
    assert tally["throttled"] > 5
    assert len(side.tickets()) == 30


@pytest.mark.parametrize(("role", "key"), [("admin", "wrong"), ("observer-agent", None)])
def test_wrong_credentials_or_a_low_role_stop_the_run_and_quarantine_nothing(
    serve: Callable[..., Any], role: str, key: str | None
):
    low = {"email": "low@shop.example", "api_key": "k", "role": role}
    side = serve(auth=[{"email": "api@shop.example", "api_key": "very-secret-key"}, low])
    gate = side.gate(auth=(low["email"], key or low["api_key"]))
    with pytest.raises(RunStopped) as caught:
        gate.apply(many(ticket, 40))
    assert caught.value.status == (401 if key else 403)
    assert side.states() == {}
    assert side.ledger.quarantine.rows().empty
    assert side.tickets() == []


def test_after_the_credentials_are_right_the_same_run_goes_on(serve: Callable[..., Any]):
    side = serve()
    with side.gate(auth=("api@shop.example", "wrong")) as gate, pytest.raises(RunStopped, match="GORGIAS_API_KEY"):
        gate.apply(many(ticket, 3))
    assert side.gate().apply(many(ticket, 3))["done"] == 3


def test_an_account_that_answers_nothing_definite_ends_the_run(serve: Callable[..., Any]):
    side = serve([{"kind": "status_before", "status": 503, "method": "POST"}])
    with pytest.raises(GorgiasError, match=r"no usable answer .* run the same command again"):
        side.gate(patience=0.5).apply(many(ticket, 100))
    assert len(side.ledger.known_writes.unsettled()) <= 20 + 16 + 5
    assert side.tickets() == []


def test_the_next_run_settles_what_such_a_run_left(serve: Callable[..., Any]):
    side = serve([{"kind": "status_after", "status": 502, "method": "POST"}])
    with side.gate(patience=0.5) as gate, pytest.raises(GorgiasError):
        gate.apply(many(ticket, 100))
    left = len(side.ledger.known_writes.unsettled())
    side.served.server.faults.replace([], "test")
    assert left
    side.gate().apply(many(ticket, 100))
    assert list(side.states().values()).count("ADOPTED") == left
    assert len(side.tickets()) == len(set(side.tickets())) == 100


def test_an_address_without_a_gorgias_stops_the_run(serve: Callable[..., Any]):
    side = serve()
    nowhere = httpx.MockTransport(lambda _request: httpx.Response(404, text="<title>404 Not Found</title>"))
    with side.gate(transport=nowhere) as gate, pytest.raises(GorgiasError, match="GORGIAS_BASE_URL"):
        gate.apply(many(ticket, 5))
    assert side.ledger.quarantine.rows().empty
    assert side.gate().apply(many(ticket, 5))["done"] == 5


def test_a_refused_row_goes_to_quarantine_with_its_messages_and_the_others_go_on(serve: Callable[..., Any]):
    side = serve()
    bad = ticket(2)
    bad.body["tags"] = [{"name": "no such tag"}]
    tally = side.gate().apply([ticket(1), bad, ticket(3)])
    assert (tally["done"], tally["refused"], tally.refused) == (2, 1, ["ivinex:20:2"])
    (row,) = side.ledger.quarantine.rows().to_dict("records")
    assert (row["source_id"], row["reason_class"], row["partition"]) == ("ivinex:20:2", "never_possible", "2026-01-05")
    assert "400" in row["message"]
    messages = side.ledger.outcomes.outcomes_of("messages").set_index("source_id")["outcome"]
    assert messages["ivinex:30:200@ivinex:20:2"] == "quarantined"


def test_a_refused_customer_is_booked_as_the_contact_that_it_is_without_the_address_that_was_quoted(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    quoted = {"json": {"error": {"msg": "jane@mail.example is taken", "data": {"email": ["jane@mail.example"]}}}}
    monkeypatch.setitem(FORMS, "a refusal that quotes", quoted)
    side = serve()
    side.gate(transport=Between(422, on_calls(1), "a refusal that quotes")).apply([customer(1)])
    assert side.ledger.outcomes.outcomes_of("contacts")["outcome"].tolist() == ["quarantined"]
    assert side.ledger.outcomes.outcomes_of("customers").empty
    assert "mail.example" not in side.ledger.quarantine.rows().to_csv()


def test_a_refused_row_is_not_sent_again_until_it_changes(serve: Callable[..., Any]):
    side = serve()
    bad = tag("x" * 300)
    gate = side.gate()
    assert gate.apply([bad])["refused"] == 1
    again = gate.apply([bad])
    assert (again.sent, again["refused"]) == (0, 1)


def test_a_ticket_that_is_too_large_is_sent_with_half_its_messages(serve: Callable[..., Any]):
    side = serve(switches={"G-42": 0.01})
    large = ticket(1, messages=2)
    for message in large.body["messages"]:
        message["body_text"] = "x" * 6_000
    half = ticket(1, messages=1)
    half.body["messages"][0]["body_text"] = "x" * 6_000
    object.__setattr__(large, "smaller", lambda: half)
    tally = side.gate().apply([large])
    assert tally["done"] == 1
    assert [len(side.account.messages.by("ticket_id", row["id"])) for row in side.account.tickets] == [1]


def test_a_ticket_that_is_too_large_and_cannot_be_halved_is_refused(serve: Callable[..., Any]):
    side = serve(switches={"G-42": 0.001})
    tally = side.gate().apply([ticket(1, messages=5)])
    assert tally["refused"] == 1
    assert side.states() == {"ivinex:20:1": str(State.REFUSED)}
