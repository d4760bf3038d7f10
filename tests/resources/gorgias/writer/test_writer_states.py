"""What the gate makes of objects that are there already, and of what the ledger remembers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sample_writes import CUSTOMER, customer, many, tag, ticket

from resources.gorgias.writer.write import Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.base import utc_now
from resources.ledger.records import Intent, State, WriteKey


def row_of(side: Any, email: str) -> dict[str, Any]:
    (row,) = [one for one in side.account.customers if (one["email"] or "").lower() == email.lower()]
    return row


def test_an_intent_is_in_the_ledger_of_every_process_before_its_request_leaves(serve: Callable[..., Any]):
    side = serve()
    gate, other = side.gate(), side.second_ledger()
    send, seen = gate.client.send, []

    def watched(method: str, path: str, body: Any, *more: Any) -> Any:
        known = other.known_writes.known([WriteKey("tickets", body["external_id"], "create")])
        seen.append([one.state for one in known.values()])
        return send(method, path, body, *more)

    gate.client.send = watched
    gate.apply(many(ticket, 5))
    assert seen == [[State.INTENT]] * 5


def test_no_more_intents_are_open_than_requests_may_be_in_flight(serve: Callable[..., Any]):
    side = serve()
    gate = side.gate(workers=3)
    send, most = gate.client.send, []

    def watched(*given: Any) -> Any:
        most.append(len(side.ledger.known_writes.unsettled()))
        return send(*given)

    gate.client.send = watched
    gate.apply(many(ticket, 20))
    assert max(most) <= 3


def test_a_second_run_with_the_same_payloads_sends_nothing(serve: Callable[..., Any]):
    side = serve()
    with side.gate() as gate:
        gate.apply(many(ticket, 5))
    written = side.writes_received()
    again = side.gate(side.second_ledger(), run_id="second").apply(many(ticket, 5))
    assert (again.sent, again["unchanged"]) == (0, 5)
    assert side.writes_received() == written
    assert side.ledger.known_writes.attempts_in(["second"]) == 0


def test_a_create_whose_payload_changed_is_left_for_the_delta(serve: Callable[..., Any]):
    side = serve()
    gate = side.gate()
    gate.apply([ticket(1)])
    again = gate.apply([ticket(1, subject="Other")])
    assert (again.sent, again["changed"]) == (0, 1)


@pytest.mark.parametrize("status", [400, 409])
def test_a_customer_with_our_address_is_adopted_whichever_status_refuses_ours(serve: Callable[..., Any], status: int):
    side = serve(switches={"G-01": status})
    tally = side.gate().apply([customer(1, email="ada@mail.example", name="Ada Byron")])
    assert tally["adopted"] == 1
    assert side.ledger.known_writes.gorgias_ids("customers") == {"ivinex:10:1": 1500}
    assert row_of(side, "ada@mail.example")["external_id"] == "ivinex:10:1"


def test_an_address_in_another_letter_case_is_found_as_well(serve: Callable[..., Any]):
    address = "Ada@Mail.Example"
    channel = {"type": "email", "address": address, "preferred": True}
    side = serve(customers=[CUSTOMER | {"email": address, "channels": [channel]}])
    assert side.gate().apply([customer(1, email=address.lower())])["adopted"] == 1


def test_on_an_adopted_customer_a_filled_field_stays_and_becomes_a_conflict_row(serve: Callable[..., Any]):
    side = serve(customers=[CUSTOMER | {"external_id": "crm-7"}])
    side.gate().apply([customer(1, email="ada@mail.example", name="Someone Else")])
    held = row_of(side, "ada@mail.example")
    assert (held["name"], held["external_id"]) == ("Ada Byron", "crm-7")
    assert set(side.ledger.conflicts.conflict_rows()["field"]) == {"name", "external_id"}


def test_an_adopted_customer_keeps_its_channels_beside_ours(serve: Callable[..., Any]):
    side = serve()
    write = customer(1, email="ada@mail.example", name="Ada Byron")
    write.body["channels"].append({"type": "phone", "address": "+13035550100", "preferred": False})
    side.gate().apply([write])
    held = {(one["type"], one["address"]) for one in row_of(side, "ada@mail.example")["channels"]}
    assert held == {("email", "ada@mail.example"), ("phone", "+13035550100")}


def test_killed_between_adoption_and_fill_the_next_run_fills_it(serve: Callable[..., Any]):
    side = serve()
    gate = side.gate()
    send = gate.client.send

    def killed(method: str, *more: Any) -> Any:
        if method == "PUT":
            raise SystemExit
        return send(method, *more)

    gate.client.send = killed
    with pytest.raises(SystemExit):
        gate.apply([customer(1, email="ada@mail.example")])
    assert row_of(side, "ada@mail.example")["external_id"] is None
    gate.close()
    tally = side.gate(side.second_ledger(), timeout=0.1, send_within=0.1).apply([customer(1, email="ada@mail.example")])
    assert (tally["adopted"], tally["done"]) == (1, 1)
    assert row_of(side, "ada@mail.example")["external_id"] == "ivinex:10:1"
    assert set(side.states().values()) <= {"ADOPTED", "DONE"}


def test_a_row_given_twice_in_one_pass_is_sent_once(serve: Callable[..., Any]):
    side = serve()
    tally = side.gate().apply([ticket(1), ticket(1)])
    assert (tally.sent, tally["repeated"], side.tickets()) == (1, 1, ["ivinex:20:1"])


def test_a_tag_that_exists_is_adopted_by_name(serve: Callable[..., Any]):
    side = serve()
    tally = side.gate().apply([tag("ai_ignore"), tag("vip")])
    assert (tally["adopted"], tally["done"]) == (1, 1)
    assert len([one for one in side.account.tags if one["name"] == "ai_ignore"]) == 1


def left_open(ledger: Ledger, fence: int, write: Write, age: float = 3600) -> None:
    """The ledger as a process leaves it that was killed after its INTENT."""
    now = ledger.now
    ledger.now = lambda: utc_now() - timedelta(seconds=age)  # type: ignore[method-assign]
    ledger.writes.begin([Intent(write.key, write.payload_hash, partition=write.partition)], fence, "killed")
    ledger.now = now  # type: ignore[method-assign]


def gate_of_killed(side: Any, *carried_out: Write) -> Writer:
    """A gate after a run that was killed before it knew what became of ticket 1, and of what else was carried out."""
    gate = side.gate()
    for write in carried_out:
        gate.client.send("POST", "/api/tickets", write.body)
    left_open(side.ledger, gate.fencing_token(), ticket(1))
    return gate


@pytest.mark.parametrize(("carried_out", "settled", "sent"), [(False, "done", 1), (True, "adopted", 0)])
def test_killed_before_the_answer_it_is_sent_once_or_adopted(
    serve: Callable[..., Any], carried_out: bool, settled: str, sent: int
):
    side = serve()
    gate = gate_of_killed(side, *[ticket(1)] * carried_out)
    tally = gate.apply([ticket(1)])
    assert (tally[settled], tally.sent, side.tickets()) == (1, sent, ["ivinex:20:1"])


def test_a_fresh_intent_of_a_dead_run_is_not_sent_before_its_request_must_have_shown(serve: Callable[..., Any]):
    side = serve()
    waits: list[float] = []

    class Waited(Exception):
        pass

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        raise Waited

    gate = side.gate(settling=30.0, send_within=5.0, timeout=20.0)
    fence = gate.fencing_token()
    gate.sleep = sleep
    left_open(side.ledger, fence, ticket(1), age=10)
    with pytest.raises(Waited):
        gate.apply([ticket(1)])
    assert waits == [pytest.approx(30 + 5 + 3 * 20 - 10, abs=1)]
    assert side.tickets() == []


def test_a_trashed_ticket_of_ours_is_a_conflict_and_is_not_written(serve: Callable[..., Any]):
    side = serve()
    gate = gate_of_killed(side, ticket(1))
    (held,) = side.account.tickets
    held["trashed_datetime"] = "2026-02-01T00:00:00+00:00"
    tally = gate.apply([ticket(1)])
    assert (tally["conflict"], tally.sent) == (1, 0)
    assert side.ledger.outcomes.outcomes_of("tickets")["outcome"].tolist() == ["conflict"]
    assert "trashed" in side.ledger.conflicts.conflict_rows()["detail"].tolist()[0]
    assert gate.apply([ticket(1)]).sent == 0


def test_two_tickets_with_our_external_id_are_a_conflict_that_names_both(serve: Callable[..., Any]):
    side = serve()
    assert gate_of_killed(side, ticket(1), ticket(1)).apply([ticket(1)])["conflict"] == 1
    detail = side.ledger.conflicts.conflict_rows()["detail"].tolist()[0]
    assert [str(row["id"]) in detail for row in side.account.tickets] == [True, True]


def test_a_ticket_that_was_changed_before_it_was_settled_is_a_conflict(serve: Callable[..., Any]):
    side = serve()
    assert gate_of_killed(side, ticket(1, subject="edited")).apply([ticket(1)])["conflict"] == 1
    assert side.ledger.conflicts.conflict_rows()["field"].tolist() == ["subject"]


@pytest.mark.parametrize(
    ("switch", "field"),
    [("G-18", "messages.external_id"), ("G-16", "messages.meta"), ("G-27", "messages.created_datetime")],
)
def test_an_answer_that_is_not_what_was_asked_is_a_conflict_by_field(
    serve: Callable[..., Any], switch: str, field: str
):
    side = serve(switches={switch: False})
    write = ticket(1)
    for message in write.body["messages"]:
        message["meta"] = {"call_duration": "5"}
    assert side.gate().apply([write])["conflict"] == 1
    assert field in side.ledger.conflicts.conflict_rows()["field"].tolist()


def test_an_answer_of_an_unforeseen_shape_leaves_the_write_in_doubt_and_not_unsent(serve: Callable[..., Any]):
    """The request was carried out: forgetting it would make the next run send it again."""
    side = serve()
    gate = side.gate()
    kind = gate.object_types["tickets", "create"]

    def broken(asked: Any, answer: Any) -> list[str]:
        raise TypeError("tags: a string")

    kind.differences = broken
    with pytest.raises(TypeError):
        gate.apply([ticket(1)])
    assert [one.state for one in side.ledger.known_writes.unsettled()] == [State.IN_DOUBT]
    gate.close()
    assert side.gate().apply([ticket(1)])["adopted"] == 1
    assert side.tickets() == ["ivinex:20:1"]


def test_a_write_that_was_rolled_back_may_be_written_again(serve: Callable[..., Any]):
    side = serve()
    gate = side.gate()
    gate.apply([tag("vip")])
    with side.ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE writes SET state = 'ROLLED_BACK'")
    (held,) = [one for one in side.account.tags if one["name"] == "vip"]
    side.account.tags.remove(held["id"])
    assert gate.apply([tag("vip")])["done"] == 1
