"""What an account, or something in its place, may do to us: no answer without an end, and no secret in any text."""

import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from small_servers import Speak, dribbles, says

from resources.gorgias.client import Connection, Reader
from resources.gorgias.failures import GorgiasError, SendOutcome
from resources.pacing import BucketPacer

MOST = 100_000


@pytest.fixture
def serve(speaker: Callable[[Speak], str]) -> Iterator[Callable[[Speak], Connection]]:
    """A connection to an account of which a function writes every answer, byte by byte."""
    with ExitStack() as stack:

        def start(speak: Speak) -> Connection:
            credentials = ("admin@shop.example", "gk_S3cr3tKey")
            made = Connection(speaker(speak), credentials, BucketPacer(4000), timeout=0.2, most=MOST)
            stack.callback(made.close)
            return made

        yield start


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b" " * 40,
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_dribbles_in_ends_when_the_ledger_relies_on_it_and_is_in_doubt(
    serve: Any, text: bytes, method: str
):
    connection, started = serve(dribbles(text)), time.monotonic()
    answer = connection.send(method, "/api/tickets")
    assert (answer.fate, answer.status) == (SendOutcome.DOUBT, None)
    assert time.monotonic() - started < connection.longest + 1


@pytest.mark.parametrize(
    ("pack", "coding"),
    [
        (lambda body: body, ""),
        (gzip.compress, "gzip"),
        (zlib.compress, "deflate"),
        (lambda body: gzip.compress(gzip.compress(body)), "gzip, gzip"),
        (gzip.compress, "br"),
    ],
)
def test_an_answer_that_fills_the_memory_is_cut_and_is_in_doubt(
    serve: Any, pack: Callable[[bytes], bytes], coding: str
):
    body = pack(b'{"data": ["' + b"x" * 30_000_000 + b'"]}')
    connection = serve(says(body, coding))
    tracemalloc.start()
    answer = connection.send("POST", "/api/tickets", body={})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.fate, answer.body, answer.endless) == (SendOutcome.DOUBT, None, True)
    assert peak < 3_000_000
    with pytest.raises(GorgiasError) as caught:
        Reader(connection, sleep=lambda _: pytest.fail("it is asked again")).get("/api/tickets/1")
    assert caught.value.status is None


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 900 + b"]" * 900,
        b'{"id": 1, "meta": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
        b"[" * 40_000 + b"]" * 40_000,
        b'{"data": [' + b"[]," * 30_000 + b"[]]}",
    ],
)
def test_an_answer_nested_deeper_or_of_more_values_than_any_is_no_answer(
    serve: Any, body: bytes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("resources.gorgias.answer.MOST_VALUES", 50_000)
    answer = serve(says(body)).send("POST", "/api/tickets", body={})
    assert (answer.fate, answer.body) == (SendOutcome.DOUBT, None)


def test_a_deep_value_that_is_not_too_deep_is_read(serve: Any):
    body = {"id": 1, "meta": {"a": [{"b": [1, {"c": None}]}]}}
    answer = serve(says(json.dumps(body).encode())).send("GET", "/api/tickets/1")
    assert (answer.fate, answer.body) == (SendOutcome.DONE, body)


@pytest.mark.parametrize("location", ["https://xn--a/", "https://x\x7f/", "http://[", "//"])
def test_a_redirect_to_nowhere_is_doubt_and_no_crash(serve: Any, location: str):
    answer = serve(says(b"", status="302 Found", more=f"Location: {location}\r\n")).send("POST", "/api/tickets")
    assert answer.fate is SendOutcome.DOUBT


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "400 Bad", "401 No", "403 No", "422 No", "502 Bad"])
@pytest.mark.parametrize("form", ["envelope", "page"])
def test_an_answer_that_quotes_the_credentials_or_a_customer_shows_neither(serve: Any, status: str, form: str):
    header = httpx.BasicAuth("admin@shop.example", "gk_S3cr3tKey")._auth_header
    said = f"Jane Doe: {header} gk_S3cr3tKey admin@shop.example"
    body = (
        json.dumps({"error": {"msg": said, "data": {said: [said]}}}) if form == "envelope" else f"<title>{said}</title>"
    )
    answer = serve(says(body.encode(), status=status, more=f"Server: {said}\r\n")).send("POST", "/api/tickets")
    text = f"{answer.said} {answer.told} {GorgiasError('POST', '/api/tickets', answer.status, answer.said)}"
    for secret in ("gk_S3cr3tKey", "admin@", header.removeprefix("Basic "), "Jane"):
        assert secret not in text
