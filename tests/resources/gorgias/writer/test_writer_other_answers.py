"""Answers that look right and are of something else: another object's body, a redirect to a login, a page twice."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from between import ENVELOPE, HTML, Between, on_calls
from sample_writes import customer, many, tag, ticket

from resources.gorgias.client import Reader

LOGIN = {"headers": {"location": "https://login.shop.example/sso"}, "content": b"<html>Sign in</html>"}
ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "302 to a login page": (302, LOGIN),
    "307 to a login page": (307, LOGIN),
    "303 without a place": (303, {}),
    "200 with a page": (200, HTML),
    "201 with nothing": (201, {}),
    "201 with a number": (201, {"json": 7}),
    "201 with a gateway's JSON": (201, {"json": {"status": "accepted", "id": "a-7"}}),
    "202 with an id of its own": (202, {"json": {"id": 7}}),
    "204": (204, {}),
    "400 with nothing": (400, {}),
    "409 with a gateway's JSON": (409, {"json": {"error": "conflict"}}),
    "429 with a page": (429, HTML),
    "500 in Gorgias's envelope": (500, ENVELOPE),
    "503 in Gorgias's envelope": (503, ENVELOPE),
    "502 with a gateway's JSON": (502, {"json": {"message": "upstream"}}),
}


@pytest.mark.acceptance
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", ANSWERS)
def test_a_create_that_is_answered_so_is_made_once(serve: Callable[..., Any], name: str, after: bool) -> None:
    side, (status, content) = serve(), ANSWERS[name]
    instead = Between(status, on_calls(1, 2, 3), lambda _: httpx.Response(status, **content), after, ("POST",))
    with side.gate(transport=instead) as gate:
        gate.apply([ticket(1), customer(1), tag("vip")])
    with side.gate() as gate:
        gate.apply([ticket(1), customer(1), tag("vip")])
    assert side.tickets() == ["ivinex:20:1"]
    assert side.customers() == ["ivinex:10:1"]
    assert set(side.states().values()) <= {"DONE", "ADOPTED"}
    known = side.ledger.known_writes.gorgias_ids("tickets")
    assert list(known.values()) == [row["id"] for row in side.account.tickets]
    assert side.ledger.conflicts.conflict_rows().empty


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("make", [ticket, customer])
def test_a_create_that_is_answered_with_another_object_is_not_taken_for_it(
    serve: Callable[..., Any], make: Any, after: bool
) -> None:
    side = serve()
    with side.gate() as gate:
        gate.apply([make(1)])
    number = next(iter(side.ledger.known_writes.gorgias_ids(make(1).key.object).values()))
    other = Reader(side.connection()).get(f"{make(1).path}/{number}")
    instead = Between(201, on_calls(1), lambda _: httpx.Response(201, json=other), after, ("POST",))
    with side.gate(transport=instead) as gate:
        gate.apply([make(2)])
    with side.gate() as gate:
        gate.apply(many(make, 2))
    ids = side.ledger.known_writes.gorgias_ids(make(1).key.object)
    assert len(set(ids.values())) == 2
    assert sorted(side.tickets() + side.customers()) == [make(1).key.source_id, make(2).key.source_id]
    assert side.ledger.conflicts.conflict_rows().empty


def test_a_list_that_shows_a_row_twice_holds_no_double(serve: Callable[..., Any]) -> None:
    side = serve(faults=[{"kind": "reset_after", "method": "POST", "route": "/api/tickets", "calls": 1}])

    def twice(request: httpx.Request) -> httpx.Response:
        answer = httpx.HTTPTransport().handle_request(request)
        answer.read()
        content = answer.json()
        return httpx.Response(200, json=content | {"data": [*content.get("data", ()), *content.get("data", ())]})

    with side.gate(transport=Between(200, on_calls(*range(1, 100)), twice, methods=("GET",))) as gate:
        assert gate.apply([ticket(1)])["adopted"] == 1
    assert side.ledger.conflicts.conflict_rows().empty
