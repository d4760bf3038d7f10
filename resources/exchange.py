"""One exchange with a server, bounded as a whole: in time, from the first byte to the last, and in bytes that come out.

It belongs here: the deadline of a whole exchange, whatever dribbles in (a timeout of httpx holds for a single read),
and reading a body by count, decoded or not. It does not: what is sent, and what becomes of an answer.

Nothing of the environment acts on an exchange (`trust_env`): no proxy, no .netrc, no certificate file. So loopback
never leaves the machine, and credentials go where the settings say.
"""

import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpcore
import httpx

JSON: Final = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
"""Headers of a call whose answer is read as data."""
_BLOCK: Final = 65_536
_CONNECTIONS: Final = 100


class TooMuch(Exception):
    """More bytes came than may; what came is dropped."""


class UnknownCoding(Exception):
    """A body in a coding that was not asked for and is not undone, such as one packed twice."""


class _Deadline(threading.local):
    until: float | None = None


_deadline = _Deadline()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Every exchange of this thread over `transport()` ends by then, with httpx's timeouts; the innermost counts."""
    before = _deadline.until
    _deadline.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _deadline.until = before


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that are trusted, read once: a run opens several connections, and each would take 10 ms."""
    return httpx.create_ssl_context(trust_env=False)


def client(
    timeout: httpx.Timeout, headers: Mapping[str, str], network: httpx.BaseTransport | None = None, **more: Any
) -> httpx.Client:
    """A client over `transport()` or another one that follows no redirect and sends no cookie back."""
    return httpx.Client(
        timeout=timeout,
        headers=headers,
        transport=network or transport(),
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
        **more,
    )


def transport(idle: int = 20) -> httpx.HTTPTransport:
    """A transport on which `within` acts, and which keeps so many connections open between exchanges."""
    made = httpx.HTTPTransport(verify=_certificates(), trust_env=False)
    # httpx has no argument for it; what it makes otherwise is the same pool on the same kind of network.
    made._pool = httpcore.ConnectionPool(
        ssl_context=_certificates(),
        max_connections=_CONNECTIONS,
        max_keepalive_connections=idle,
        keepalive_expiry=5.0,
        network_backend=_Network(),
    )
    return made


def read_blocks(response: httpx.Response, most: int) -> Iterator[bytes]:
    """The body in blocks, gzip and deflate undone by count.

    Raises:
        TooMuch: more than `most` bytes came out of it.
        UnknownCoding: another coding, or several.
        httpx.DecodingError: a packed body that is broken or cut off.
        httpx.TransportError: it did not come whole.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    total = 0
    for block in _decoded(response, coding):
        total += len(block)
        if total > most:
            raise TooMuch
        yield block


def _decoded(response: httpx.Response, coding: str) -> Iterable[bytes]:
    if response.is_stream_consumed:
        return [response.content]  # given whole, by no network
    raw = response.iter_raw()  # as it comes: gathering it into equal blocks would wait where it trickles
    if coding in ("", "identity"):
        return raw
    if coding in ("gzip", "x-gzip", "deflate"):
        return _unpacked(raw)
    raise UnknownCoding(coding)


def _unpacked(raw: Iterable[bytes]) -> Iterator[bytes]:
    """At no time is more than a block unpacked, however much a packed one would give."""
    unpacker, started = None, False
    try:
        for packed in raw:
            while packed:
                if unpacker is None:
                    # By its first byte: zlib's own header, gzip's, or none at all (deflate as some servers send it).
                    kind = -zlib.MAX_WBITS if packed[0] & 0x0F != 8 and packed[0] != 0x1F else zlib.MAX_WBITS | 32
                    unpacker, started = zlib.decompressobj(kind), True
                block = unpacker.decompress(packed, _BLOCK)
                if block:
                    yield block
                packed = unpacker.unconsumed_tail or unpacker.unused_data
                if unpacker.eof:
                    unpacker = None
    except zlib.error:
        raise httpx.DecodingError("a packed body that is broken") from None
    if unpacker is not None or not started:
        raise httpx.DecodingError("a packed body that is cut off")


class _Network(httpcore.NetworkBackend):
    """The network of httpcore, with each wait cut to what is left of the exchange."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    if _deadline.until is None:
        return timeout
    left = _deadline.until - time.monotonic()
    if left <= 0:
        raise late("the exchange took too long as a whole")
    return left if timeout is None else min(timeout, left)
