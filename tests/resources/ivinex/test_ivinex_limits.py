"""What a site may do to us: no more log-ins than needed, no secret in any text, and no answer without an end."""

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest
from small_servers import Handler, http_server

from resources.ivinex import failures
from resources.ivinex.calls import ReadCall
from resources.ivinex.client import IvinexClient
from resources.ivinex.response_parser import Tab
from resources.ivinex.sender import Sender
from resources.pacing import SteadyPacer

PASSWORD = "P4ss/W0rd+Sekret=%&x"
BASIC = base64.b64encode(f"api:{PASSWORD}".encode()).decode()
Answer = Callable[[Handler], None]


class Asked(list[tuple[str, str, str | None]]):
    """Method, path with query, and Authorization of each request."""

    @property
    def with_password_in_the_url(self) -> list[str]:
        return [path for _, path, _ in self if "Password" in path or quote(PASSWORD, safe="") in path]


@pytest.fixture
def site() -> Iterator[Callable[[Answer], tuple[str, Asked]]]:
    with ExitStack() as stack:

        def start(answer: Answer) -> tuple[str, Asked]:
            asked = Asked()

            class Answering(Handler):
                def respond(self) -> None:
                    asked.append((self.command, self.path, self.headers.get("Authorization")))
                    answer(self)

            return stack.enter_context(http_server(Answering)), asked

        yield start


def says(status: int, body: Any, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.answer(status, content, named)


def sender(url: str, **options: Any) -> Sender:
    return Sender(url, "api", PASSWORD, pacer=SteadyPacer(100_000), sleep=lambda seconds: None, **options)


def client(url: str, **options: Any) -> IvinexClient:
    return IvinexClient(sender(url), **options)


def failures_of(reading: IvinexClient) -> list[failures.IvinexFailure]:
    """What each kind of read fails with, where it does; anything else that is raised fails the test."""
    tab, told = Tab("T", "1"), []
    calls: list[Callable[[], Any]] = [
        reading.tabs,
        lambda: reading.fields(tab),
        lambda: reading.all_related(tab, "1"),
        lambda: reading.rows_at(tab, 0),
    ]
    for call in calls:
        try:
            call()
        except failures.IvinexFailure as failure:
            told.append(failure)
    return told


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (says(401, {"Status": "Error", "Message": "no"}), failures.WrongCredentials),
        (says(403, {"Status": "Error", "Message": "no"}), failures.NoApiPermission),
        (says(302, b"", Location="/login"), failures.Redirected),
        (says(302, b"", Location="https://xn--a/login"), failures.Redirected),
        (says(200, b"<!doctype html><form>log in</form>"), failures.HtmlPage),
    ],
)
@pytest.mark.parametrize(("by", "log_ins"), [("auto", 2), ("post", 1), ("basic", 1)])
def test_refused_credentials_are_tried_as_often_as_there_are_ways_and_never_in_a_url(
    site: Any, answer: Answer, failure: type[Exception], by: str, log_ins: int
):
    url, asked = site(answer)
    sending = sender(url, credentials=by)
    with pytest.raises(failure):
        sending.read(ReadCall.GET_TABS, {})
    assert len(asked) == log_ins
    assert asked.with_password_in_the_url == []


def test_credentials_that_were_refused_are_not_sent_again(site: Any):
    url, asked = site(says(401, {"Status": "Error", "Message": "no"}))
    sending = sender(url)
    for _ in range(3):
        with pytest.raises(failures.WrongCredentials, match="IVINEX_USERNAME"):
            sending.read(ReadCall.GET_TABS, {})
    assert len(asked) == 2


def test_a_call_that_is_not_there_is_looked_for_elsewhere_with_one_log_in_each(site: Any):
    url, asked = site(says(404, {"Status": "Error", "Message": "no"}))
    with pytest.raises(failures.CallMissing):
        sender(url).read(ReadCall.GET_TABS, {})
    assert [path for _, path, _ in asked] == ["/API/GetTabs.php", "/API/GetTabs"]


def test_the_query_carries_the_password_on_request_only(site: Any):
    url, asked = site(says(200, {"Tabs": []}))
    sender(url, credentials="query").read(ReadCall.GET_TABS, {})
    assert len(asked.with_password_in_the_url) == 1
    with pytest.raises(ValueError, match="IVINEX_CREDENTIALS"):
        sender(url, credentials="url")


QUOTED = [PASSWORD, quote(PASSWORD, safe=""), BASIC, json.dumps(PASSWORD).replace("/", "\\/"), f"Basic {BASIC}"]


@pytest.mark.parametrize("quoted", QUOTED)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 500])
def test_an_answer_that_quotes_the_credentials_shows_none(site: Any, status: int, quoted: str):
    message = f"Login failed for api with {quoted} " + "x" * 100_000
    url, _ = site(says(status, {"Status": "Error", "Message": message}, Location=f"/login/{quoted}"))
    with pytest.raises(failures.IvinexFailure) as caught:
        sender(url).read(ReadCall.GET_TABS, {})
    text = f"{caught.value} {caught.value!r} {caught.value.args}"
    for secret in (PASSWORD, quote(PASSWORD, safe=""), BASIC, BASIC[8:-8], "Sekret"):
        assert secret not in text
    assert len(str(caught.value)) < 1_200


@pytest.mark.parametrize(
    "body", [{"Status": "No", "Message": PASSWORD}, {PASSWORD: 1, "a": 2}, [[PASSWORD]], [{PASSWORD: 1}]]
)
def test_a_shape_that_quotes_the_credentials_shows_none(site: Any, body: Any):
    url, _ = site(says(200, body))
    told = failures_of(client(url, dialect="classic"))
    assert told
    assert "Sekret" not in str(told)


@pytest.mark.parametrize(
    "body", [5, "x", None, [5], ["x"], [None], {"Records": 7}, {"Records": [[]]}, [[1]], {"a": {"b": 1}}]
)
def test_an_answer_of_any_shape_is_a_failure_with_a_name(site: Any, body: Any):
    url, _ = site(says(200, body))
    told = failures_of(client(url, dialect="classic"))
    assert told
    assert {type(failure) for failure in told} == {failures.UnexpectedShape}


def test_an_answer_that_is_too_large_ends_with_its_way_out(site: Any):
    packed = gzip.compress(b'{"Tabs":["' + b"x" * 3_000_000 + b'"]}')
    url, asked = site(says(200, packed, Content_Encoding="gzip"))
    assert len(packed) < 10_000
    with pytest.raises(failures.TooLarge, match="IVINEX_PAGE_SIZE"):
        sender(url, most=1_000_000).read(ReadCall.GET_TABS, {})
    assert len(asked) == 1
    assert sender(url).read(ReadCall.GET_TABS, {}).value["Tabs"]


def test_an_answer_packed_twice_is_refused(site: Any):
    url, _ = site(says(200, gzip.compress(gzip.compress(b"{}")), Content_Encoding="gzip, gzip"))
    with pytest.raises(failures.BrokenBody, match="packed"):
        sender(url).read(ReadCall.GET_TABS, {})


def test_headers_that_dribble_in_end(site: Any):
    url, _ = site(lambda handler: handler.goes_on(b"HTTP/1.1 100 Continue\r\n\r\n", 0.05))
    started = time.monotonic()
    with pytest.raises(failures.NetworkFailure, match="Timeout"):
        sender(url, seconds=0.2).read(ReadCall.GET_TABS, {})
    assert time.monotonic() - started < 6


def test_no_cookie_and_no_proxy(site: Any, monkeypatch: pytest.MonkeyPatch):
    proxy, taken = site(says(200, {"Tabs": []}))
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("ALL_PROXY", proxy)
    cookies: list[str | None] = []

    def answer(handler: Handler) -> None:
        cookies.append(handler.headers.get("Cookie"))
        says(200, {"Tabs": []}, Set_Cookie="PHPSESSID=abc; Path=/")(handler)

    url, _ = site(answer)
    sending = sender(url)
    for _ in range(2):
        sending.read(ReadCall.GET_TABS, {})
    assert cookies == [None, None]
    assert taken == []


@pytest.mark.parametrize(
    "bad",
    [{"name": "x"}, "x", None, 7, {"collection_id": "1:2"}, {"collection_id": "a b"}, {"collection_id": {"a": 1}}, []],
)
def test_one_record_without_an_id_is_one_bad_record(site: Any, bad: Any):
    url, _ = site(says(200, {"Records": [{"collection_id": "5"}, bad, {"collection_id": "9" * 40}]}))
    rows = client(url, dialect="classic").rows_at(Tab("T", "1"), 0)
    assert [identity for identity, _ in rows][::2] == ["5", "9" * 40]
    assert rows[1][0].startswith("without-id-")
