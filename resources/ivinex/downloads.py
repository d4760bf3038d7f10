"""Downloading files that records point to: streamed into the store, bounded in size and time, several at once.

It belongs here: requests for bytes and what became of each. It does not: where URLs come from (the sweep finds them),
which addresses are allowed (addresses.py), and the calls of the API (sender.py).
"""

import base64
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_to_bytes

import httpx

from resources import exchange
from resources.content_type import is_html, kind_of
from resources.files import Store, Stored, TooLarge
from resources.ivinex.addresses import Guard, Paths, RefusedAddress, Resolve, Target, resolve
from resources.ivinex.failures import OutOfOrder
from resources.pacer import Pacer
from resources.patience import Awakened

IN_FLIGHT: Final = 8
SECONDS: Final = 300.0
STRANGERS_SECONDS: Final = 60.0
"""For an address that anybody may have written."""
_PATIENCE: Final = 3
"""So many times may a machine let such a download run out of time; then it is asked no more."""
_REDIRECTS: Final = 3
_ATTEMPTS: Final = 3
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0, pool=None)
_HEADERS: Final = {"Accept-Encoding": "identity", "User-Agent": "ivinex-to-gorgias"}


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
    """A file to download.

    Attributes:
        url: where it lies.
        name: what it is called; None: whatever comes is the file, a web page too.
        announced: bytes, as its record says.
        trusted: the site itself wrote the address, into a FILE field; else a stranger may have.
    """

    url: str
    name: str | None
    announced: int | None = None
    trusted: bool = False


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
        base_url: the configured site, the only place that may get the credentials.
        auth: the credentials.
        pacer: asked before every request to the site; a storage host elsewhere has its own limits.
        most: cap in bytes.
        paths: which addresses of the site are files, and which calls.
        was_out: asked where a file of the site cannot be read; waits while the site as a whole does not answer.
        seconds: how long one download may take as a whole, from the first byte to the last.
        sent: told of each request that carries the credentials, and so counts in their allowance.

    Attributes:
        peak: most downloads that were under way at the same time.
        requests: requests sent.
    """

    def __init__(
        self,
        base_url: str,
        auth: httpx.Auth,
        *,
        store: Store,
        pacer: Pacer,
        most: int,
        paths: Paths | None = None,
        seconds: float = SECONDS,
        in_flight: int = IN_FLIGHT,
        resolve: Resolve = resolve,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        was_out: Callable[[], bool] = lambda: False,
        sent: Callable[[], None] = lambda: None,
    ) -> None:
        self._was_out = was_out
        self.store, self.most = store, most
        self._guard = Guard(base_url, paths, resolve)
        self._pacer, self._seconds, self._in_flight = pacer, seconds, in_flight
        self._auth, self._sent = auth, sent
        self._clock, self._sleep = clock, sleep
        self._counting = threading.Lock()
        self._timeouts: Counter[str] = Counter()
        self._now = self.peak = self.requests = 0
        self._http = exchange.client(_TIMEOUT, _HEADERS, transport)

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
        try:
            return self._download(wanted)
        except (OSError, OutOfOrder, Awakened):
            raise
        except Exception as error:
            return Download(Status.UNREADABLE, f"it could not be read: {type(error).__name__}")

    def _download(self, wanted: Wanted) -> Download:
        if wanted.url.startswith("data:"):
            return self._decode(wanted)
        if wanted.announced is not None and wanted.announced > self.most:
            return Download(Status.TOO_LARGE, f"its record announces {wanted.announced} bytes; the cap is {self.most}")
        with self._counting:
            self._now += 1
            self.peak = max(self.peak, self._now)
        try:
            done = self._fetch(wanted)
            if done.status is Status.UNREADABLE and wanted.trusted and self._was_out():
                done = self._fetch(wanted)
            return done
        finally:
            with self._counting:
                self._now -= 1

    def _fetch(self, wanted: Wanted) -> Download:
        seconds = self._seconds if wanted.trusted else min(self._seconds, STRANGERS_SECONDS)
        deadline, told = self._clock() + seconds, ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(0.5 * 2**attempt)
            try:
                return self._follow(wanted, deadline)
            except RefusedAddress as refused:
                return Download(Status.REFUSED_ADDRESS, str(refused))
            except _Passing as passing:
                told = str(passing)
            except (httpx.TransportError, httpx.DecodingError) as error:
                told = f"no complete answer: {type(error).__name__}"
            if self._clock() > deadline:
                break
        return Download(Status.UNREADABLE, told)

    def _follow(self, wanted: Wanted, deadline: float) -> Download:
        url, trusted = wanted.url, wanted.trusted
        for _ in range(_REDIRECTS + 1):
            target = self._guard.admit(url, trusted=trusted)
            # Whoever answers elsewhere may send us anywhere: the credentials do not come back.
            trusted = target.credentials
            machine = target.address or target.host
            if not wanted.trusted and self._timeouts[machine] >= _PATIENCE:
                return Download(Status.UNREADABLE, f"its host let {_PATIENCE} downloads run out of time before")
            if target.own:
                self._pacer.acquire()
            started = self._clock()
            with self._counting:
                self.requests += 1
            with exchange.within(deadline - started):
                try:
                    with closing(self._http.send(self._request(target), stream=True)) as response:
                        if target.own:
                            self._pacer.observe(response.status_code, response.headers, self._clock() - started)
                        if not response.has_redirect_location:
                            return self._judge(response, wanted, target)
                        url = str(target.url.join(response.headers["location"]))
                except httpx.TimeoutException:
                    return self._late(machine, deadline)
                except (httpx.InvalidURL, ValueError):
                    # httpx looks at where a redirect leads, although none is followed.
                    return Download(Status.UNREADABLE, "a redirect to no address")
        return Download(Status.UNREADABLE, f"more than {_REDIRECTS} redirects")

    def _late(self, machine: str, deadline: float) -> Download:
        """Raises while there is time for another try."""
        with self._counting:
            self._timeouts[machine] += 1
        if self._clock() < deadline:
            raise _Passing("no complete answer in time")
        return Download(Status.UNREADABLE, "not at its end in the time for one download")

    def _request(self, target: Target) -> httpx.Request:
        """With credentials where the judgement says so; elsewhere the connection goes to the judged address."""
        request = self._http.build_request("GET", target.url)
        if target.credentials:
            self._sent()
            return next(self._auth.auth_flow(request))
        if target.address is not None:
            request.url = target.url.copy_with(host=target.address)
            request.extensions = {**request.extensions, "sni_hostname": target.host}
        return request

    def _judge(self, response: httpx.Response, wanted: Wanted, target: Target) -> Download:
        status, alone = response.status_code, _without_credentials(wanted, target)
        if status == 403:
            return Download(Status.EXPIRED, f"403: the link has expired or may not be read{alone}")
        if status in (404, 410):
            return Download(Status.GONE, f"{status}: the file is not there")
        if status == 429 or status >= 500:
            raise _Passing(f"{status}")
        if status != 200:
            return Download(Status.UNREADABLE, f"{status}{alone}")
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self.most:
            return Download(Status.TOO_LARGE, f"the answer announces {length[:20]} bytes; the cap is {self.most}")
        if response.headers.get("content-type", "").startswith("text/html") and not _is_page(wanted.name):
            return Download(Status.UNREADABLE, f"a web page came instead of the file{alone}")
        try:
            stored = self.store.put(exchange.read_blocks(response, self.most + 1), self.most)
        except (TooLarge, exchange.TooMuch):
            return Download(Status.TOO_LARGE, f"more than the cap of {self.most} bytes came")
        except exchange.UnknownCoding:
            return Download(Status.UNREADABLE, "it came packed in a way that was not asked for")
        return _judged(stored, wanted)

    def _decode(self, wanted: Wanted) -> Download:
        """The bytes inside a data URL."""
        head, comma, text = wanted.url.partition(",")
        try:
            if len(text) > 4 * self.most + 4:
                raise TooLarge
            if not comma:
                raise ValueError
            content = unquote_to_bytes(text)
            content = base64.b64decode(content) if head.endswith(";base64") else content
            return _judged(self.store.put([content], self.most), wanted)
        except TooLarge:
            return Download(Status.TOO_LARGE, f"more than the cap of {self.most} bytes")
        except ValueError:
            return Download(Status.UNREADABLE, "a data URL that cannot be decoded")


def _without_credentials(wanted: Wanted, target: Target) -> str:
    """Why the site was asked without credentials, for a person who wonders whether that is the reason."""
    if target.credentials or not target.own:
        return ""
    if wanted.trusted:
        return " (asked without credentials: its path is not the site's file path, IVINEX_FILE_PATH)"
    return " (asked without credentials: its address stands in a text and in no FILE field of its record)"


def _judged(stored: Stored, wanted: Wanted) -> Download:
    if not stored.size:
        return Download(Status.EMPTY, "zero bytes")
    kind = kind_of(stored.head, wanted.name or "")
    if is_html(stored.head) and not _is_page(wanted.name):
        return Download(Status.UNREADABLE, "a web page came instead of the file")
    return Download(Status.OK, "", stored.sha256, stored.size, kind.content_type, kind.misnamed)


def _is_page(name: str | None) -> bool:
    return name is None or name.lower().endswith((".htm", ".html", ".xhtml", ".eml", ".mht"))
