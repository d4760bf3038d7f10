"""HTTP with Gorgias: one connection pool, one pacer, credentials that are never shown.

`Reader` sends GET only, by construction, and retries; everything that must not write is given a Reader.
`Writer` sends one request once and says what became of it; only the write gate makes one.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson

from resources import exchange
from resources.gorgias.answer import Answer, answer_of
from resources.gorgias.external_ids import ExternalIds
from resources.gorgias.failures import (
    VERDICTS,
    Blocked,
    GorgiasError,
    Outlasted,
    Passing,
    RunStopped,
    SendOutcome,
    advice,
    outcome_of_error,
)
from resources.gorgias.uploads import Upload
from resources.outgoing_text import know
from resources.pacer import Pacer
from resources.patience import SECONDS, Outage, OutOfPatience, Patience, Rest
from resources.request_counts import RequestCounts

PAGE = 100
TRIES = 6
"""Refusals of one read by something else, before the account itself is asked whether it is there."""
_NO_ACCOUNT = "Check GORGIAS_BASE_URL (is it the address of a Gorgias account?) and the network"
MOST_BYTES: Final = 64_000_000
"""Of one answer, unpacked: a page of a hundred messages has room for 640 kB each."""
SLOWEST_UPLOAD: Final = 50_000
"""Bytes a second: a slower upload is given up."""
_NUMBER: Final = re.compile(r"/\d+")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Token(httpx.Auth):
    """An OAuth access token."""

    def __init__(self, token: str):
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class Connection:
    """The pool that reader and writer share.

    Args:
        base_url: `https://<domain>.gorgias.com`; plain http for loopback only.
        auth: (e-mail, API key) or an OAuth access token.
        timeout: seconds until a request without an answer counts as failed.
        patience: seconds for which an outage is waited for (GORGIAS_PATIENCE).
        rest: how threads of this connection sleep, the pacer's too.
        most: bytes of one answer, unpacked.
        ids: how external ids are written there; None: without a site.

    Attributes:
        heard: Gorgias itself has answered, so the address is right.
    """

    def __init__(
        self,
        base_url: str,
        auth: tuple[str, str] | str,
        pacer: Pacer,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        patience: float = SECONDS,
        rest: Rest | None = None,
        most: int = MOST_BYTES,
        ids: ExternalIds | None = None,
    ):
        parts = urlsplit(base_url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("GORGIAS_BASE_URL: plain http is refused for any host but loopback")
        self.base_url = base_url
        self.auth: httpx.Auth = Token(auth) if isinstance(auth, str) else httpx.BasicAuth(*auth)
        self.pacer, self.timeout, self._patience, self._most = pacer, timeout, patience, most
        self.rest = rest or Rest()
        self.requests = 0
        self.counts = RequestCounts()
        self.heard = False
        self.ids = ids or ExternalIds()
        network = transport or exchange.transport(idle=64)
        seconds = httpx.Timeout(timeout, pool=None)
        self._http = exchange.client(seconds, exchange.JSON, network, base_url=base_url, auth=self.auth)
        know(*((auth,) if isinstance(auth, str) else auth))

    @property
    def longest(self) -> float:
        """Seconds after which a request has certainly ended, uploads apart: connecting, writing and reading."""
        return 3 * self.timeout

    def close(self) -> None:
        self._http.close()

    def patience(self, sleep: Callable[[float], None], clock: Callable[[], float] = time.monotonic) -> Patience:
        """How long outages of this account are waited for."""
        return Patience("Gorgias", "GORGIAS_PATIENCE", self._patience, clock=clock, sleep=sleep)

    def send(self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """Send once. The caller holds the pacer's permission."""
        started = time.monotonic()
        self._count(method, path)
        seconds = self.longest + (body.size / SLOWEST_UPLOAD if isinstance(body, Upload) else 0.0)
        try:
            with ExitStack() as files, exchange.within(seconds):
                payload = _payload(self.ids.outward(body), files)
                answer = self._exchange(method, path, self.ids.outward(params), payload, started)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.pacer.observe(0, {}, time.monotonic() - started)
            return Answer(outcome_of_error(error), None, None, type(error).__name__)
        except exchange.TooMuch:
            return Answer(SendOutcome.DOUBT, None, None, f"an answer of more than {self._most} bytes", endless=True)
        except exchange.UnknownCoding:
            return Answer(
                SendOutcome.DOUBT, None, None, "an answer packed in a way that was not asked for", endless=True
            )
        except UnicodeError:  # httpx looks at where a redirect leads, although none is followed
            return Answer(SendOutcome.DOUBT, None, None, "a redirect to no address")
        self.heard |= answer.body is not None
        return answer

    def _count(self, method: str, path: str) -> None:
        self.requests += 1
        self.counts.add(f"{method} {_NUMBER.sub('/{id}', path)}")

    def is_own(self, url: str) -> bool:
        """Whether an address lies on the account's host, under its scheme and port."""
        try:
            asked, own = httpx.URL(url), self._http.base_url
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return False
        return (asked.scheme, asked.host, asked.port) == (own.scheme, own.host, own.port)

    def count(self) -> None:
        """One request more, which something else sends to the account with these credentials."""
        self._count("GET", "file")

    def _exchange(
        self, method: str, path: str, params: Mapping[str, Any] | None, payload: dict[str, Any], started: float
    ) -> Answer:
        with self._http.stream(method, path, params=params, **payload) as response:
            # Before the body: what it says of the limits holds, whatever becomes of the rest.
            status, headers = response.status_code, response.headers
            try:
                content = b"".join(exchange.read_blocks(response, self._most))
            finally:
                self.pacer.observe(status, headers, time.monotonic() - started)
        answer = answer_of(status, headers, content)
        return replace(answer, body=self.ids.inward(answer.body))


class Reader:
    """Reads from Gorgias; it has no way to send anything but GET.

    Reads are tried again with growing waits on 429, 5xx, network errors and unreadable answers, for as long as an
    outage is waited for. A read that fails in the end raises: it is never taken for an empty list.
    """

    def __init__(self, connection: Connection, sleep: Callable[[float], None] | None = None):
        self._connection = connection
        self._patience = connection.patience(sleep or connection.rest)

    def get(self, path: str, **params: Any) -> Any:
        """The body of one GET.

        Raises:
            RunStopped: 401 or 403.
            Blocked: something between keeps refusing just this read.
            GorgiasError: any other failure; `.status` is 404 for what does not exist.
        """
        return self._patiently(path, params, lambda body: body is not None, "an empty answer")

    def once(self, path: str) -> Answer:
        """What came back for one GET, whatever it is."""
        self._connection.pacer.acquire()
        return self._connection.send("GET", path)

    def get_object(self, path: str, **params: Any) -> dict[str, Any] | int:
        """As `get`, of one object: 404 where it is gone, 301 where it was merged into another one."""
        try:
            body: dict[str, Any] = self.get(path, **params)
        except GorgiasError as error:
            if error.status not in {301, 404}:
                raise
            return error.status or 0
        return body

    def pages(self, path: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
        """All pages of a list, by cursor (gorgias-api.md 3); ends where `next_cursor` is null."""
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            body = self._patiently(path, {"limit": PAGE} | params | more, _is_list, "no list in the answer (no `data`)")
            yield body["data"]
            following = (body.get("meta") or {}).get("next_cursor")
            if not following:
                return
            if following == cursor:
                raise GorgiasError("GET", path, 200, "the list gives the same cursor again, so it has no end")
            cursor = following

    def rows(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        for page in self.pages(path, **params):
            yield from page

    def _patiently(self, path: str, params: dict[str, Any], good: Callable[[Any], bool], otherwise: str) -> Any:
        """Ask until a good answer comes, for as long as an outage is waited for."""
        outage, refusals = self._patience.outage(), 0
        while True:
            try:
                body = self._once(path, params)
                if not good(body):
                    raise Passing("GET", path, otherwise)
            except Passing as failure:
                refusals += failure.between
                if refusals and refusals % TRIES == 0:
                    self._ask_the_account(failure)
                wait_out(outage, failure)
            else:
                outage.over()
                return body

    def _ask_the_account(self, failure: Passing) -> None:
        """Something that is not Gorgias refuses a read: for good (another address, this one read), or in an outage?"""
        if not self._connection.heard:
            raise GorgiasError("GET", failure.path, None, failure.said) from None
        try:
            self._once("/api/account", {})
        except Passing:
            return
        except GorgiasError as error:
            if isinstance(error, RunStopped):
                raise
        raise Blocked("GET", failure.path, None, failure.said) from None

    def _once(self, path: str, params: dict[str, Any]) -> Any:
        self._connection.pacer.acquire()
        answer = self._connection.send("GET", path, params)
        if answer.fate is SendOutcome.DONE:
            return answer.body
        if answer.endless:
            raise GorgiasError("GET", path, None, answer.said)
        if answer.fate is SendOutcome.STOP:
            raise RunStopped("GET", path, answer.status, advice(answer.status or 0, answer.said))
        if answer.fate in VERDICTS:
            raise GorgiasError("GET", path, answer.status, answer.said)
        refused = answer.fate is SendOutcome.DOUBT and answer.status is not None and 300 <= answer.status < 500
        hint = "" if self._connection.heard else f". {_NO_ACCOUNT}"
        raise Passing("GET", path, answer.told + hint, between=refused)


class WriteClient:
    """Sends writes, each once; what they mean is the gate's business."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def send(self, method: str, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        return self._connection.send(method, path, params, body)


def _is_list(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("data"), list)


def wait_out(outage: Outage, failure: Passing) -> None:
    """Pause before the next try; the end of the patience is an error of Gorgias like others."""
    try:
        outage.wait(f"{failure.method} {failure.path}: {failure.said}")
    except OutOfPatience as over:
        raise Outlasted(failure.method, failure.path, None, str(over)) from None


def _payload(body: Any, files: ExitStack) -> dict[str, Any]:
    """JSON, or a multipart body that is read from disk while it is sent."""
    if body is None:
        return {}
    if isinstance(body, Upload):
        return {"files": body.open(files)}
    return {"content": orjson.dumps(body), "headers": {"Content-Type": "application/json"}}
