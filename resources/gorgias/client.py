"""HTTP with Gorgias: one connection pool, one pacer, credentials that are never shown.

`Reader` sends GET only, by construction, and retries; everything that must not write is given a Reader.
`Writer` sends one request once and says what became of it; only the write gate makes one.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from resources.gorgias.failures import (
    VERDICTS,
    Fate,
    GorgiasError,
    RunStopped,
    advice,
    fate_of_answer,
    fate_of_error,
    is_envelope,
    said,
    said_between,
)
from resources.gorgias.uploads import Upload
from resources.pacing import Pacer

PAGE = 100
_NO_ACCOUNT = "Check GORGIAS_BASE_URL (is it the address of a Gorgias account?) and the network"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Answer:
    """What came back for one request: its fate, the status if there was one, and the parsed body.

    Attributes:
        said: the server's words, or what is wrong with the answer; of whoever gave it.
    """

    fate: Fate
    status: int | None
    body: Any
    said: str

    @property
    def told(self) -> str:
        """Status and words, for people."""
        return (
            f"{self.status}: {self.said}" if self.status and not self.said.startswith(str(self.status)) else self.said
        )


class Connection:
    """The pool that reader and writer share.

    Args:
        base_url: `https://<domain>.gorgias.com`; plain http for loopback only.
        auth: (e-mail, API key) or an OAuth access token.
        timeout: seconds until a request without an answer counts as failed.

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
    ):
        parts = urlsplit(base_url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("GORGIAS_BASE_URL: plain http is refused for any host but loopback")
        headers = {"Authorization": f"Bearer {auth}"} if isinstance(auth, str) else {}
        self.pacer, self.timeout = pacer, timeout
        self.requests = 0
        self.heard = False
        self._http = httpx.Client(
            base_url=base_url,
            auth=None if isinstance(auth, str) else httpx.BasicAuth(*auth),
            headers=headers | {"Accept": "application/json"},
            timeout=httpx.Timeout(timeout, pool=None),
            follow_redirects=False,
            transport=transport,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
        )

    @property
    def longest(self) -> float:
        """Seconds after which a request has certainly ended: httpx counts connecting, writing and reading apart."""
        return 3 * self.timeout

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """Send once. The caller holds the pacer's permission."""
        started = time.monotonic()
        self.requests += 1
        with ExitStack() as files:
            try:
                response = self._http.request(method, path, params=params, **_payload(body, files))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                return Answer(fate_of_error(error), None, None, type(error).__name__)
        self.pacer.observe(response.status_code, response.headers, time.monotonic() - started)
        answer = _answer(response)
        self.heard |= answer.body is not None
        return answer


class Reader:
    """Reads from Gorgias; it has no way to send anything but GET.

    Reads are retried with growing waits on 429, 5xx, network errors and unreadable answers. A read that fails in
    the end raises: it is never taken for an empty list.
    """

    def __init__(self, connection: Connection, sleep: Callable[[float], None] = time.sleep, attempts: int = 6):
        self._connection, self._sleep, self._attempts = connection, sleep, attempts

    def get(self, path: str, **params: Any) -> Any:
        """The body of one GET.

        Raises:
            RunStopped: 401 or 403.
            GorgiasError: any other failure, the last of the attempts; `.status` is 404 for what does not exist.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda e: isinstance(e, _Passing)),
            stop=stop_after_attempt(self._attempts),
            wait=wait_exponential_jitter(multiplier=0.2, max=10),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._once, path, params)

    def pages(self, path: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
        """All pages of a list, by cursor (gorgias-api.md 3); ends where `next_cursor` is null."""
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            body = self.get(path, **({"limit": PAGE} | params | more))
            if not isinstance(body, dict) or not isinstance(body.get("data"), list):
                raise GorgiasError("GET", path, 200, "the answer is no list envelope (no `data`)")
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

    def _once(self, path: str, params: dict[str, Any]) -> Any:
        self._connection.pacer.acquire()
        answer = self._connection.send("GET", path, params)
        if answer.fate is Fate.DONE and answer.body is not None:
            return answer.body
        if answer.fate is Fate.DONE:
            raise _Passing("GET", path, None, "an empty answer")
        if answer.fate is Fate.STOP:
            raise RunStopped("GET", path, answer.status, advice(answer.status or 0, answer.said))
        if answer.fate in VERDICTS:
            raise GorgiasError("GET", path, answer.status, answer.said)
        raise _Passing("GET", path, None, answer.told if self._connection.heard else f"{answer.told}. {_NO_ACCOUNT}")


class Writer:
    """Sends writes, each once; what they mean is the gate's business."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def send(self, method: str, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Answer:
        return self._connection.send(method, path, params, body)


class _Passing(GorgiasError):
    """A failure that may pass."""


def _payload(body: Any, files: ExitStack) -> dict[str, Any]:
    """JSON, or a multipart body that is read from disk while it is sent."""
    if body is None:
        return {}
    if isinstance(body, Upload):
        return {"files": body.open(files)}
    return {"content": orjson.dumps(body), "headers": {"Content-Type": "application/json"}}


def _answer(response: httpx.Response) -> Answer:
    status, content = response.status_code, response.content
    empty = not content.strip()
    try:
        body = None if empty else orjson.loads(content)
        readable = True
    except orjson.JSONDecodeError:
        body, readable = None, False
    fate = fate_of_answer(status, response.headers, body, empty)
    if fate is Fate.DONE and not readable:
        return Answer(Fate.DOUBT, status, None, said_between(status, response.headers, content))
    if fate is Fate.DONE:
        return Answer(fate, status, body, "")
    spoken = is_envelope(body)
    words = said(body) if spoken else said_between(status, response.headers, content)
    return Answer(fate, status, body if spoken else None, words)
