"""Downloading files that records point to: streamed into the store, bounded in size and time, several at once.

It belongs here: requests for bytes and what became of each. It does not: where URLs come from (the sweep finds them),
which addresses are allowed (addresses.py), and the calls of the API (sender.py).
"""

import base64
import binascii
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_to_bytes

import httpx

from resources.content_type import is_html, kind_of
from resources.files import FileStore, Stored, TooLarge
from resources.ivinex.addresses import Guard, RefusedAddress, Resolve, Target, resolve
from resources.pacing import Pacer

IN_FLIGHT: Final = 8
SECONDS: Final = 300.0
_REDIRECTS: Final = 3
_ATTEMPTS: Final = 3
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0, pool=None)


class Status(StrEnum):
    """What became of a file's download."""

    OK = "ok"
    PENDING = "pending"  # not tried yet
    EXPIRED = "expired"  # 403
    GONE = "gone"  # 404, 410
    TOO_LARGE = "too_large"  # announced or sent more than the cap
    EMPTY = "empty"  # zero bytes
    REFUSED_ADDRESS = "refused_address"
    UNREADABLE = "unreadable"  # no complete answer, or another one than a file


@dataclass(frozen=True)
class Wanted:
    """A file to download: where it lies, what it is called, and how large its record says that it is."""

    url: str
    name: str
    announced: int | None = None


@dataclass(frozen=True)
class Download:
    """What came of it. `detail` says why in words, without the URL."""

    status: Status
    detail: str = ""
    sha256: str | None = None
    size: int | None = None
    content_type: str | None = None
    misnamed: bool = False


class _Passing(Exception):
    """A failure that another try may heal."""


class Downloader:
    """Downloads into one store; thread-safe.

    Args:
        base_url: the configured site, the only place that gets the credentials.
        pacer: asked before every request to the site; a storage host elsewhere has its own limits.
        most: cap in bytes.
        seconds: how long one download may take as a whole.

    Attributes:
        peak: most downloads that were under way at the same time.
        requests: requests sent.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        *,
        store: FileStore,
        pacer: Pacer,
        most: int,
        seconds: float = SECONDS,
        in_flight: int = IN_FLIGHT,
        resolve: Resolve = resolve,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.store, self.most = store, most
        self._guard, self._pacer, self._seconds, self._in_flight = Guard(base_url, resolve), pacer, seconds, in_flight
        self._auth = httpx.BasicAuth(username, password)
        self._clock, self._sleep = clock, sleep
        self._counting = threading.Lock()
        self._now = self.peak = self.requests = 0
        self._http = httpx.Client(
            transport=transport,
            timeout=_TIMEOUT,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "ivinex-to-gorgias"},
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def fetch_all(self, wanted: Sequence[Wanted]) -> list[Download]:
        """Download several at once, in the given order of answers."""
        if not wanted:
            return []
        with ThreadPoolExecutor(min(self._in_flight, len(wanted)), thread_name_prefix="download") as pool:
            return list(pool.map(self.fetch, wanted))

    def fetch(self, wanted: Wanted) -> Download:
        """Download one file. Every failure is an answer; only a full disk and its like raise."""
        if wanted.url.startswith("data:"):
            return self._decode(wanted)
        if wanted.announced is not None and wanted.announced > self.most:
            return Download(Status.TOO_LARGE, f"its record announces {wanted.announced} bytes; the cap is {self.most}")
        with self._counting:
            self._now += 1
            self.peak = max(self.peak, self._now)
        try:
            return self._fetch(wanted)
        finally:
            with self._counting:
                self._now -= 1

    def _fetch(self, wanted: Wanted) -> Download:
        deadline = self._clock() + self._seconds
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._follow(wanted, deadline)
            except RefusedAddress as refused:
                return Download(Status.REFUSED_ADDRESS, str(refused))
            except (_Passing, httpx.TransportError, httpx.DecodingError) as error:
                told = str(error) if isinstance(error, _Passing) else f"no complete answer: {type(error).__name__}"
                if attempt == _ATTEMPTS or self._clock() > deadline:
                    return Download(Status.UNREADABLE, told)
                self._sleep(0.5 * 2**attempt)
        raise AssertionError("unreachable")

    def _follow(self, wanted: Wanted, deadline: float) -> Download:
        url = wanted.url
        for _ in range(_REDIRECTS + 1):
            target = self._guard.admit(url)
            if target.own:
                self._pacer.acquire()
            started = self._clock()
            with self._counting:
                self.requests += 1
            response = self._http.send(self._request(target), stream=True)
            try:
                if target.own:
                    self._pacer.observe(response.status_code, response.headers, self._clock() - started)
                if not response.has_redirect_location:
                    return self._judge(response, wanted, deadline)
                url = str(target.url.join(response.headers["location"]))
            except (httpx.InvalidURL, UnicodeError):
                return Download(Status.UNREADABLE, "a redirect to no address")
            finally:
                response.close()
        return Download(Status.UNREADABLE, f"more than {_REDIRECTS} redirects")

    def _request(self, target: Target) -> httpx.Request:
        """Credentials for the configured site only; elsewhere the connection goes to the judged address."""
        if target.own:
            return next(self._auth.auth_flow(self._http.build_request("GET", target.url)))
        request = self._http.build_request("GET", target.url)
        if target.address is not None:
            request.url = target.url.copy_with(host=target.address)
            request.extensions = {**request.extensions, "sni_hostname": target.url.host}
        return request

    def _judge(self, response: httpx.Response, wanted: Wanted, deadline: float) -> Download:
        status = response.status_code
        if status == 403:
            return Download(Status.EXPIRED, "403: the link has expired or may not be read")
        if status in (404, 410):
            return Download(Status.GONE, f"{status}: the file is not there")
        if status == 429 or status >= 500:
            raise _Passing(f"{status}")
        if status != 200:
            return Download(Status.UNREADABLE, f"{status}")
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.most:
            return Download(Status.TOO_LARGE, f"the answer announces {length} bytes; the cap is {self.most}")
        if response.headers.get("content-type", "").startswith("text/html") and not _is_page(wanted.name):
            return Download(Status.UNREADABLE, "a web page came instead of the file")
        try:
            stored = self.store.put(self._blocks(response, deadline), self.most)
        except TooLarge:
            return Download(Status.TOO_LARGE, f"more than the cap of {self.most} bytes came")
        except TimeoutError:
            return Download(Status.UNREADABLE, f"not at its end after {self._seconds:.0f} s")
        return _judged(stored, wanted)

    def _blocks(self, response: httpx.Response, deadline: float) -> Iterator[bytes]:
        # As they come: gathering them into equal blocks would wait, for ever where a body trickles.
        for block in response.iter_bytes():
            if self._clock() > deadline:
                raise TimeoutError
            yield block

    def _decode(self, wanted: Wanted) -> Download:
        """The bytes inside a data URL."""
        head, comma, text = wanted.url.partition(",")
        try:
            if not comma:
                raise ValueError
            content = unquote_to_bytes(text)
            content = base64.b64decode(content) if head.endswith(";base64") else content
        except (ValueError, binascii.Error):
            return Download(Status.UNREADABLE, "a data URL that cannot be decoded")
        try:
            return _judged(self.store.put([content], self.most), wanted)
        except TooLarge:
            return Download(Status.TOO_LARGE, f"more than the cap of {self.most} bytes")


def _judged(stored: Stored, wanted: Wanted) -> Download:
    if not stored.size:
        return Download(Status.EMPTY, "zero bytes")
    kind = kind_of(stored.head, wanted.name)
    if is_html(stored.head) and not _is_page(wanted.name):
        return Download(Status.UNREADABLE, "a web page came instead of the file")
    found = Download(Status.OK, "", stored.sha256, stored.size, kind.content_type)
    return replace(found, misnamed=kind.misnamed)


def _is_page(name: str) -> bool:
    return name.lower().endswith((".htm", ".html", ".xhtml", ".eml", ".mht"))
