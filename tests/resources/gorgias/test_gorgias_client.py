"""The reader cannot write, a failed read is no empty list, and no error shows a secret or a value."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sample_writes import AUTH, many, ticket

from resources.gorgias.client import Connection, Reader
from resources.gorgias.failures import (
    GorgiasError,
    RunStopped,
    SendOutcome,
    outcome_of_answer,
    outcome_of_error,
    said,
    said_between,
)
from resources.gorgias.resource import GorgiasResource
from resources.outgoing_text import open_door
from resources.pacing import LEVEL_HEADER, BucketPacer

ENVELOPE = {"error": {"msg": "no"}}


@pytest.mark.parametrize(
    ("status", "by_gorgias", "by_another"),
    [
        (200, SendOutcome.DONE, SendOutcome.DONE),
        (204, SendOutcome.DONE, SendOutcome.DONE),
        (301, SendOutcome.GONE, SendOutcome.DOUBT),
        (302, SendOutcome.DOUBT, SendOutcome.DOUBT),
        (400, SendOutcome.TAKEN, SendOutcome.DOUBT),
        (401, SendOutcome.STOP, SendOutcome.STOP),
        (403, SendOutcome.STOP, SendOutcome.DOUBT),
        (404, SendOutcome.GONE, SendOutcome.DOUBT),
        (409, SendOutcome.TAKEN, SendOutcome.DOUBT),
        (413, SendOutcome.TOO_LARGE, SendOutcome.DOUBT),
        (422, SendOutcome.REFUSED, SendOutcome.DOUBT),
        (429, SendOutcome.THROTTLED, SendOutcome.DOUBT),
        (500, SendOutcome.DOUBT, SendOutcome.DOUBT),
        (502, SendOutcome.DOUBT, SendOutcome.DOUBT),
        (599, SendOutcome.DOUBT, SendOutcome.DOUBT),
    ],
)
def test_every_status_has_one_meaning_by_who_says_it(status: int, by_gorgias: SendOutcome, by_another: SendOutcome):
    assert outcome_of_answer(status, {}, ENVELOPE, False) is by_gorgias
    assert outcome_of_answer(status, {}, None, False) is by_another


def test_a_429_that_tells_the_bucket_is_gorgias_s_in_any_form():
    assert outcome_of_answer(429, {LEVEL_HEADER: "40/40"}, None, True) is SendOutcome.THROTTLED


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (httpx.ConnectError("x"), SendOutcome.NOT_SENT),
        (httpx.ConnectTimeout("x"), SendOutcome.NOT_SENT),
        (httpx.ReadTimeout("x"), SendOutcome.DOUBT),
        (httpx.WriteError("x"), SendOutcome.DOUBT),
        (httpx.RemoteProtocolError("x"), SendOutcome.DOUBT),
    ],
)
def test_only_what_never_left_is_certain(error: httpx.HTTPError, fate: SendOutcome):
    assert outcome_of_error(error) is fate


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status_before", "status": 503},
        {"kind": "reset_before"},
        {"kind": "truncate"},
        {"kind": "html"},
        {"kind": "throttle", "retry_after": 0},
    ],
)
def test_a_read_is_tried_again_until_it_gets_through(serve: Callable[..., Any], fault: dict[str, Any]):
    side = serve([fault | {"method": "GET", "route": "/api/tags", "calls": [1, 2]}])
    assert [row["name"] for row in side.reader().rows("/api/tags")] == ["ai_ignore"]


@pytest.mark.parametrize("fault", [{"kind": "status_before", "status": 503}, {"kind": "html"}, {"kind": "truncate"}])
def test_a_read_that_keeps_failing_is_an_error_and_never_an_empty_list(
    serve: Callable[..., Any], fault: dict[str, Any]
):
    side = serve([fault | {"method": "GET", "route": "/api/tags"}])
    with pytest.raises(GorgiasError, match="GET /api/tags"):
        list(side.reader().rows("/api/tags"))


def answered_by(answer: Callable[[httpx.Request], httpx.Response]) -> Reader:
    transport = httpx.MockTransport(answer)
    connection = Connection("https://shop.gorgias.com", "t", BucketPacer(4000), transport=transport, patience=1)
    return Reader(connection, sleep=lambda _: None)


def test_an_answer_without_data_is_no_list():
    with pytest.raises(GorgiasError, match="no list in the answer"):
        list(answered_by(lambda request: httpx.Response(200, json={"rows": []})).rows("/api/tags"))


def test_all_pages_are_read_and_each_row_once(serve: Callable[..., Any]):
    side = serve()
    side.gate().apply(many(ticket, 250))
    pages = list(side.reader().pages("/api/tickets", order_by="created_datetime:asc"))
    assert [len(page) for page in pages] == [100, 100, 50]
    assert len({row["id"] for page in pages for row in page}) == 250


def test_a_reader_has_no_way_to_send_anything_but_get():
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        return httpx.Response(200, json={"data": [], "meta": {}})

    reader = answered_by(answer)
    public = [name for name in dir(reader) if not name.startswith("_")]
    assert sorted(public) == ["get", "get_object", "once", "pages", "rows"]
    reader.get("/api/tags", method="DELETE")
    reader.once("/api/tags")
    list(reader.rows("/api/tags", data={"ids": [1]}))
    assert set(sent) == {"GET"}


def test_wrong_credentials_are_told_with_the_way_out_and_without_the_key(serve: Callable[..., Any]):
    side = serve()
    with pytest.raises(RunStopped) as caught:
        side.reader(auth=(AUTH["email"], "not-the-key")).get("/api/account")
    told = f"{caught.value} {caught.value!r}"
    assert "GORGIAS_EMAIL" in told
    assert "not-the-key" not in told
    assert AUTH["email"] not in told


def test_an_error_shows_no_query(serve: Callable[..., Any]):
    side = serve([{"kind": "status_before", "status": 503, "method": "GET"}])
    with pytest.raises(GorgiasError) as caught:
        list(side.reader().rows("/api/customers", email="jane@mail.example"))
    assert "jane" not in str(caught.value)


def test_neither_connection_nor_resource_shows_a_secret():
    connection = Connection("https://shop.gorgias.com", (AUTH["email"], AUTH["api_key"]), BucketPacer())
    shown = f"{connection!r} {vars(connection)!r} {connection._http!r} {connection._http.headers!r}"
    assert AUTH["api_key"] not in shown
    token = Connection("https://shop.gorgias.com", "secret-token", BucketPacer())
    assert "secret-token" not in f"{token._http.headers!r} {vars(token)!r}"
    assert GorgiasResource(base_url="https://x.gorgias.com").api_key == ""


def test_plain_http_is_refused_for_any_host_but_loopback():
    with pytest.raises(ValueError, match="loopback"):
        Connection("http://shop.gorgias.com", "t", BucketPacer())
    Connection("http://127.0.0.1:1", "t", BucketPacer())


def test_redirects_are_not_followed_with_credentials():
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(301, headers={"location": "https://evil.example/"})

    with pytest.raises(GorgiasError):
        answered_by(answer).get("/api/customers/1")
    assert set(seen) == {"shop.gorgias.com"}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"email": ["jane.doe+x@mail.example is taken."], "phone": ["'+1 303-555-0100'"]}, "email, phone"),
        ({"messages": {"3": {"sender": {"id": ["Jane Doe"]}}}}, "messages.3.sender.id"),
        ({"messages[3].body_text": ["Jane Doe"]}, "messages.3.body_text"),
        ({"channels": [{}, {"address": ["Jane Doe"]}]}, "channels.1.address"),
        ({"Jane Doe": ["is taken"], "13035550100": ["too"], "subject": {"Jane": "x"}}, "[a field], subject.[a field]"),
        ({"subject." * 90: ["Jane Doe"]}, "[a field]"),
        ("Jane Doe", ""),
        ({}, ""),
    ],
)
def test_a_refusal_names_fields_and_keeps_every_word_and_value_to_itself(data: Any, fields: str):
    told = said({"error": {"msg": "Jane Doe could not be created", "data": data}})
    assert told == (f"refused ({fields})" if fields else "refused")


def test_the_words_of_a_refusal_are_in_the_private_folder_under_their_reference(tmp_path: Path):
    open_door(tmp_path / "private", [])
    told = said({"error": {"msg": "Jane Doe could not be created", "data": {"email": ["jane@mail.example"]}}})
    place, _, reference = told.removeprefix("refused (email) [words: ").removesuffix("]").partition(", ")
    rows = [json.loads(line) for line in (tmp_path / place).read_text().splitlines()]
    assert [row["reference"] for row in rows] == [reference]
    assert "Jane Doe could not be created" in rows[0]["words"]
    assert "jane@mail.example" in rows[0]["words"]


def test_an_answer_that_is_not_gorgias_names_its_type_and_a_known_front_and_no_word_of_it():
    page = b"<html><title>Jane Doe is blocked</title>"
    headers = {"content-type": "text/html; charset=utf-8", "server": "cloudflare-jane-doe"}
    assert said_between(403, headers, page) == "403, an answer that is not Gorgias's (text/html, cloudflare)"
    headers = {"content-type": "jane doe", "server": "Jane Doe"}
    assert said_between(502, headers, b"Jane") == "502, an answer that is not Gorgias's (some content type)"


@pytest.mark.parametrize("body", [None, "text", {}, {"error": "x"}, {"error": {"data": []}}])
def test_an_error_body_of_any_shape_is_told(body: Any):
    assert said(body)


def test_no_proxy_of_the_environment_sees_a_request(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert [row["name"] for row in serve([]).reader().rows("/api/tags")] == ["ai_ignore"]
