"""One request at a time: what may leave, what an answer is classified as, what is never shown."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx
import pytest

from resources.ivinex import failures
from resources.ivinex.calls import ReadCall, call_paths, parameter_names
from resources.ivinex.client import IvinexClient
from resources.ivinex.response_parser import Tab
from resources.ivinex.sender import Sender

SITE = "https://acme.ivinex.com"
WRITES = {"AddRecord", "UpdateRecord", "LinkRecords", "DeleteRecord"}


class Unpaced:
    """Lets every request leave at once."""

    def acquire(self) -> None:
        return

    def observe(self, status: int, headers: Mapping[str, str], seconds: float) -> None:
        return


def sender(answer: Callable[[httpx.Request], httpx.Response], slept: list[float] | None = None) -> Sender:
    return Sender(
        SITE,
        "ann",
        "s3cret",
        pacer=Unpaced(),
        transport=httpx.MockTransport(answer),
        sleep=(slept if slept is not None else []).append,
    )


def client(answer: Callable[[httpx.Request], httpx.Response]) -> IvinexClient:
    return IvinexClient(sender(answer))


def seen(calls: Iterable[ReadCall], answer: dict[str, Any], **parameters: str) -> list[httpx.Request]:
    """The requests that these calls send."""
    requests: list[httpx.Request] = []
    sending = sender(lambda request: requests.append(request) or httpx.Response(200, json=answer))
    for call in calls:
        sending.read(call, parameters)
    return requests


def test_no_write_call_can_be_formed() -> None:
    assert not WRITES & {call.value for call in ReadCall}
    with pytest.raises(TypeError, match="only a ReadCall"):
        sender(lambda request: httpx.Response(200)).read("AddRecord", {})  # type: ignore[arg-type]
    for template in ("AddRecord.php?x={Call}", "{Call}/../AddRecord.php", "UpdateRecord.php", "LinkRecords/{Call}"):
        with pytest.raises(ValueError, match="IVINEX_CALL_PATH"):
            call_paths(template)


def test_records_php_is_only_ever_read_with_get() -> None:
    requests = seen(ReadCall, {"Records": []}, Tab="Contacts")
    assert {request.method for request in requests if request.url.path == "/API/Records.php"} == {"GET"}


def test_parameters_go_out_under_the_names_of_the_site() -> None:
    names = parameter_names('{"Tab": "TabName", "UserName": "user"}')
    assert names["Tab"] == "TabName"
    assert names["Offset"] == "Offset"
    for wrong in ('{"Colour": "x"}', "[1]", "{", '{"Tab": 3}'):
        with pytest.raises(ValueError, match="IVINEX_PARAMETER_NAMES"):
            parameter_names(wrong)


def test_a_post_form_keeps_the_credentials_out_of_the_url() -> None:
    (request,) = seen([ReadCall.GET_TABS], {"Tabs": []})
    assert request.method == "POST"
    assert b"s3cret" in request.content
    assert "s3cret" not in str(request.url)


@pytest.mark.parametrize(
    "address", ["http://acme.ivinex.com", "ftp://acme", "acme.ivinex.com", "https://ann:pw@acme.ivinex.com"]
)
def test_an_address_that_would_leak_credentials_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"IVINEX_BASE_URL|plain http"):
        Sender(address, "ann", "s3cret", pacer=Unpaced())


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:1/API", "http://[::1]:9"])
def test_plain_http_is_allowed_on_loopback(address: str) -> None:
    Sender(address, "ann", "s3cret", pacer=Unpaced()).close()


def test_retry_after_is_obeyed() -> None:
    answers = iter([httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, json={"Tabs": []})])
    slept: list[float] = []
    sender(lambda request: next(answers), slept).read(ReadCall.GET_TABS, {})
    assert slept[0] >= 7


def test_repeats_are_bounded_and_the_last_failure_is_shown() -> None:
    slept: list[float] = []
    with pytest.raises(failures.ServerError, match="HTTP 503"):
        sender(lambda request: httpx.Response(503), slept).read(ReadCall.RECORDS, {})
    assert len(slept) == 5


def test_a_network_error_names_neither_query_nor_secret() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}", request=request)

    with pytest.raises(failures.NetworkFailure) as caught:
        sender(answer).read(ReadCall.GET_TABS, {})
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert "?" not in caught.value.url


@pytest.mark.parametrize(
    ("body", "failure", "words"),
    [
        ({"Count": 0}, failures.UnexpectedShape, "expected the list Records"),
        ({"A": [], "B": []}, failures.UnexpectedShape, "expected the list Records"),
        ({"Records": [], "Status": "Error", "Message": "No."}, failures.ErrorAnswer, "says that it failed"),
        ({"Status": "failed"}, failures.ErrorAnswer, "says that it failed"),
        ({"Records": [{"name": "x"}]}, failures.UnexpectedShape, "without collection_id"),
        ({"Records": ["x"]}, failures.UnexpectedShape, "no object"),
        ("text", failures.UnexpectedShape, "got str"),
    ],
)
def test_an_answer_without_records_is_a_failure_and_not_an_empty_list(
    body: Any, failure: type[Exception], words: str
) -> None:
    reading = client(lambda request: httpx.Response(200, json=body))
    reading._records_served = True
    with pytest.raises(failure, match=words):
        list(reading.walk(Tab("Contacts", "1001")))


@pytest.mark.parametrize("status", ["Success", "success", "SUCCESS"])
def test_success_is_success_in_any_letter_case(status: str) -> None:
    reading = client(lambda request: httpx.Response(200, json={"Status": status, "Records": []}))
    assert list(reading.walk(Tab("Contacts", "1001"))) == []


def test_numbers_for_ids_count_as_the_same_as_text() -> None:
    pages = iter([[{"collection_id": 5}], [], [{"collection_id": 5}], []])
    reading = client(lambda request: httpx.Response(200, content=json.dumps({"Records": next(pages)})))
    reading._records_served = True
    walk = reading.walk(Tab("Contacts", "1001"))
    assert [page.offset for page in walk] == [0]
    assert walk.ids == ["5"]
