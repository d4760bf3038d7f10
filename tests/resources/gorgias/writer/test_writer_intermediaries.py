"""Only Gorgias's own error envelope is Gorgias's word; whatever else answers leaves a doubt, which a read settles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from between import FORMS, Between, holding, on_calls
from sample_writes import customer, many, tag, ticket

from resources.files import FileStore
from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError, RunStopped
from resources.gorgias.uploads import Part
from resources.gorgias.wire import CustomerChange
from resources.gorgias.writer.upload_write import upload_write
from resources.gorgias.writer.write import Write
from resources.ledger.records import State, WriteKey

STATUSES = (301, 400, 403, 404, 405, 408, 409, 410, 413, 421, 422, 425, 429, 451, 499)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_page_in_place_of_an_answer_loses_and_doubles_nothing(serve: Callable[..., Any], after: bool):
    side, number = serve(), len(STATUSES)
    between = Between(lambda n: STATUSES[n - 1], on_calls(*range(1, number + 1)), after=after)
    gate = side.gate(transport=between)
    gate.apply(many(ticket, number + 1))
    assert between.spoiled == number
    assert side.tickets() == sorted(write.key.source_id for write in many(ticket, number + 1))
    assert sorted(set(side.states().values())) == (["ADOPTED", "DONE"] if after else ["DONE"])
    assert side.ledger.quarantine.rows().empty
    assert gate.apply(many(ticket, number + 1)).sent == 0


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ["tickets", "customers"])
def test_an_answer_in_any_other_form_is_no_verdict(serve: Callable[..., Any], after: bool, name: str):
    side, make = serve(), {"tickets": ticket, "customers": customer}[name]
    for number, form in enumerate(FORMS, start=1):
        with side.gate(transport=Between(400 if number % 2 else 404, on_calls(1), form, after)) as gate:
            gate.apply([make(number)])
    assert len(getattr(side, name)()) == len(FORMS)
    assert set(side.states().values()) == {"ADOPTED" if after else "DONE"}
    assert side.ledger.quarantine.rows().empty
    assert side.ledger.conflicts.conflict_rows().empty


def test_a_status_that_only_something_between_gives_is_doubt_in_any_envelope(serve: Callable[..., Any]):
    side, statuses = serve(), (408, 421, 425, 499)
    between = Between(lambda n: statuses[n - 1], on_calls(1, 2, 3, 4), "Gorgias's envelope", after=True)
    assert side.gate(transport=between).apply(many(ticket, 4))["adopted"] == 4


def test_a_page_for_an_appended_message_is_not_that_its_ticket_is_gone(serve: Callable[..., Any]):
    side = serve()
    gate = side.gate()
    gate.apply([ticket(1)])
    (held,) = side.account.tickets
    body = ticket(2).body["messages"][0]
    append = Write(
        WriteKey("messages", body["external_id"], "append"), "POST", f"/api/tickets/{held['id']}/messages", body
    )
    gate.close()
    assert side.gate(transport=Between(404, on_calls(1))).apply([append])["done"] == 1
    assert side.ledger.conflicts.conflict_rows().empty


def test_a_row_that_something_between_keeps_refusing_ends_as_transient_and_the_others_go_on(serve: Callable[..., Any]):
    side = serve()
    between = Between(403, holding("the forbidden word"))
    tally = side.gate(transport=between, attempts=3).apply([ticket(1), ticket(2, "the forbidden word"), ticket(3)])
    assert (tally["done"], tally["transient"], between.spoiled) == (2, 1, 3)
    (row,) = side.ledger.quarantine.rows().to_dict("records")
    assert (row["source_id"], row["reason_class"], row["partition"]) == ("ivinex:20:2", "transient", "2026-01-05")
    assert "403" in row["message"]
    assert "nginx" in row["message"]
    assert "role" not in row["message"]
    messages = side.ledger.outcomes.outcomes_of("messages").set_index("source_id")["outcome"]
    assert messages["ivinex:30:200@ivinex:20:2"] == "quarantined"
    assert side.ledger.known_writes.unsettled() == []


def test_the_next_run_tries_such_a_row_again_and_then_it_is_in_quarantine_no_more(serve: Callable[..., Any]):
    side = serve()
    with side.gate(transport=Between(408, holding("ivinex:20:1")), attempts=2) as gate:
        gate.apply([ticket(1)])
    assert side.tickets() == []
    assert side.gate().apply([ticket(1)])["done"] == 1
    assert side.tickets() == ["ivinex:20:1"]
    assert side.ledger.quarantine.rows().empty
    assert side.ledger.outcomes.outcomes_of("messages")["outcome"].tolist() == ["created", "created"]


def test_what_something_between_said_holds_no_address_of_a_customer(serve: Callable[..., Any]):
    side = serve()
    FORMS["a page that quotes"] = {
        "content": b"<title>ada@mail.example was blocked, call +1 303-555-0100</title>",
        "headers": {"content-type": "text/html"},
    }
    side.gate(transport=Between(403, holding("ivinex:20:1"), "a page that quotes"), attempts=1).apply([ticket(1)])
    (row,) = side.ledger.quarantine.rows().to_dict("records")
    assert "mail.example" not in row["message"]
    assert "0100" not in row["message"]


def test_gorgias_itself_still_refuses_at_once(serve: Callable[..., Any]):
    side = serve()
    tally = side.gate().apply([tag("x" * 300)])
    assert (tally["refused"], tally["in_doubt"]) == (1, 0)


def test_a_401_ends_the_run_at_once_and_its_write_is_read_back_by_the_next(serve: Callable[..., Any]):
    """Whoever says it: the run ends. Only where it was not Gorgias, the write may have been carried out."""
    side = serve()
    with side.gate(transport=Between(401, on_calls(1), after=True)) as gate, pytest.raises(RunStopped) as caught:
        gate.apply([ticket(1)])
    assert caught.value.status == 401
    assert side.states() == {"ivinex:20:1": "IN_DOUBT"}
    assert side.gate().apply([ticket(1)])["adopted"] == 1


def test_a_change_that_something_else_answers_with_200_is_read_back(serve: Callable[..., Any]):
    side = serve()
    write = Write(
        WriteKey("customers", "ada", "update"), "PUT", "/api/customers/1500", CustomerChange(name="Ada L").body()
    )
    tally = side.gate(transport=Between(200, on_calls(1), "a gateway's JSON")).apply([write])
    assert (tally["in_doubt"], tally["conflict"]) == (1, 0)
    assert side.account.customers.get(1500)["name"] == "Ada L"
    assert set(side.states().values()) <= {str(State.DONE)}


def test_a_413_of_something_between_is_halved_once_it_is_known_not_to_be_there(serve: Callable[..., Any]):
    side = serve()
    large, half = ticket(1, messages=2), ticket(1, messages=1)
    object.__setattr__(large, "smaller", lambda: half)
    between = Between(413, holding(large.body["messages"][1]["external_id"]))
    tally = side.gate(transport=between).apply([large])
    assert (tally["done"], between.spoiled) == (1, 1)
    assert len(side.account.messages) == 1


def test_an_upload_that_something_between_keeps_refusing_is_left_for_the_next_run(
    serve: Callable[..., Any], tmp_path: Path
):
    side = serve()
    store = FileStore(tmp_path / "files")
    held = store.put([b"EICAR"])
    write = upload_write([Part(held.sha256, held.size, "text/plain", store.path(held.sha256))])
    between = Between(403, lambda _request, _number: True)
    with side.gate(transport=between, attempts=2) as gate:
        assert gate.apply([write])["transient"] == 1
    assert side.ledger.uploads.refused_uploads([held.sha256]) == {}
    assert side.ledger.known_writes.unsettled() == []
    assert side.gate().apply([write])["done"] == 1


def failed_read(side: Any, path: str, status: int, **answer: Any) -> GorgiasError:
    """What a read fails with that something answers in Gorgias's place."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, **answer))
    with pytest.raises(GorgiasError) as caught:
        Reader(side.connection(transport=transport), sleep=lambda _: None).get(path)
    return caught.value


@pytest.mark.parametrize(("status", "form"), [(404, "a page"), (404, "nothing"), (301, "a page"), (404, "a list")])
def test_a_read_that_something_else_answers_does_not_say_that_an_object_is_gone(
    serve: Callable[..., Any], status: int, form: str
):
    error = failed_read(serve(), "/api/customers/1500", status, **FORMS[form])
    assert error.status is None
    assert str(status) in str(error)


def test_a_403_page_for_a_read_is_not_the_role(serve: Callable[..., Any]):
    error = failed_read(serve(), "/api/tags", 403, **FORMS["a page"])
    assert not isinstance(error, RunStopped)
    assert "role" not in str(error)


def test_an_empty_answer_to_a_read_is_no_answer(serve: Callable[..., Any]):
    assert "empty" in str(failed_read(serve(), "/api/tags", 200))


@pytest.mark.parametrize("place", ["", "/api/customers/1501"])
def test_a_merged_customer_is_told_by_a_bare_301(serve: Callable[..., Any], place: str):
    headers = {"location": place} if place else {}
    assert failed_read(serve(), "/api/customers/1500", 301, headers=headers).status == 301
