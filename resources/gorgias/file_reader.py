"""Reads what an account keeps under the address of a file: its bytes are counted and hashed, and dropped.

It belongs here: one download, from the API call that names the place to the last byte. It does not: which files are
read (migration_assets/reconciliation/target/file_contents.py).

The first request goes to the API and counts in the allowance like any other (gorgias-api.md 9: a download is an
operation of the API); it redirects to a storage host, which gets no credentials and has limits of its own. An address
that is neither the account's nor one that an upload of ours was given is never asked: people may write any into a
message.
"""

import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from resources import exchange
from resources.gorgias.client import LOOPBACK, Connection, wait_out
from resources.gorgias.failures import Passing, RunStopped, advice

SLOWEST = 50_000
"""Bytes a second: a slower download is given up."""
GONE, LARGER, REFUSED = "gone", "larger", "refused"
_REDIRECTS = 4
_PATH = "/api/attachment/download"
_NOT_THERE = frozenset({404, 410})


@dataclass(frozen=True)
class FileContent:
    """What is there.

    Attributes:
        sha256: of its bytes; None where nothing could be read.
        problem: why not: gone, larger than may be read, or refused, which says nothing of the content.
    """

    sha256: str | None
    problem: str = ""


class FileReader:
    """GET only. Thread-safe.

    Args:
        most: bytes of one file; a larger one is not read to its end.
        sleep: between tries.
    """

    def __init__(self, connection: Connection, most: int, sleep: Callable[[float], None] | None = None):
        self.most = most
        self._connection = connection
        self._patience = connection.patience(sleep or connection.rest)
        self._elsewhere = httpx.Client(
            transport=exchange.transport(),
            timeout=connection.timeout,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def close(self) -> None:
        self._elsewhere.close()

    def is_of_account(self, url: str) -> bool:
        """Whether an address is one of the account's own files."""
        return self._connection.is_own(url) and httpx.URL(url).path.startswith("/api/")

    def content(self, url: str) -> FileContent:
        """The content under an address; waited for as long as an outage is.

        Raises:
            RunStopped: the credentials are refused.
            GorgiasError: no answer came in the end.
        """
        outage = self._patience.outage()
        while True:
            try:
                found = self._once(url)
            except Passing as failure:
                wait_out(outage, failure)
            else:
                outage.over()
                return found

    def _once(self, url: str) -> FileContent:
        own, seconds = self.is_of_account(url), self._connection.longest + self.most / SLOWEST
        for _ in range(_REDIRECTS):
            if own:
                self._connection.pacer.acquire()
            elif not _may_be_read(url):
                return FileContent(None, REFUSED)
            started, observed = time.monotonic(), not own
            try:
                with exchange.within(seconds), self._stream(url, own) as response:
                    if own:
                        self._connection.pacer.observe(
                            response.status_code, response.headers, time.monotonic() - started
                        )
                        observed = True
                    if not response.has_redirect_location:
                        return self._read(response, own)
                    # Whoever it leads to gets no credentials, not even the account's own host.
                    url, own = str(response.url.join(response.headers["location"])), False
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, exchange.TooMuch) as error:
                if not observed:
                    self._connection.pacer.observe(0, {}, time.monotonic() - started)
                raise Passing("GET", _PATH, type(error).__name__) from None
        return FileContent(None, REFUSED)

    def _stream(self, url: str, own: bool) -> AbstractContextManager[httpx.Response]:
        return self._connection.stream_file(url) if own else self._elsewhere.stream("GET", url)

    def _read(self, response: httpx.Response, own: bool) -> FileContent:
        status = response.status_code
        if status == 200:
            digest = hashlib.sha256()
            try:
                for block in exchange.read_blocks(response, self.most):
                    digest.update(block)
            except exchange.TooMuch:
                return FileContent(None, LARGER)
            except exchange.UnknownCoding:
                return FileContent(None, REFUSED)
            return FileContent(digest.hexdigest())
        if status in _NOT_THERE:
            return FileContent(None, GONE)
        if own and status == 401:
            raise RunStopped("GET", _PATH, status, advice(status, ""))
        if status in (401, 403):
            return FileContent(None, REFUSED)
        raise Passing("GET", _PATH, str(status))


def _may_be_read(url: str) -> bool:
    parts = httpx.URL(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.host in LOOPBACK)
