"""An exchange ends in time and in bytes, whatever the other side does."""

import gzip
import os
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable

import httpx
import pytest
from small_servers import Speak, dribbles, says

from resources.exchange import TooMuch, UnknownCoding, read_blocks, transport, within


def _read(url: str, most: int = 1_000_000, seconds: float = 5) -> bytes:
    with (
        httpx.Client(transport=transport(), trust_env=False) as client,
        within(seconds),
        client.stream("GET", url) as got,
    ):
        return b"".join(read_blocks(got, most))


@pytest.mark.parametrize(
    "text", [b"HTTP/1.1 200 OK\r\nX-A: aaaaaaaaaaaaaaaaaa\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b" "]
)
def test_headers_that_dribble_in_end_with_the_exchange(speaker: Callable[[Speak], str], text: bytes):
    started = time.monotonic()
    with pytest.raises(httpx.TransportError):
        _read(speaker(dribbles(text)), seconds=0.4)
    assert time.monotonic() - started < 3


def test_a_body_that_dribbles_in_ends_with_the_exchange(speaker: Callable[[Speak], str]):
    def speak(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        dribbles(b"x")(connection)

    with pytest.raises(httpx.ReadTimeout):
        _read(speaker(speak), seconds=0.4)


def test_without_a_deadline_the_timeouts_of_httpx_hold_and_an_outer_one_comes_back(speaker: Callable[[Speak], str]):
    url = speaker(says(b"hello"))
    with within(0.001):
        time.sleep(0.01)
        assert _read(url) == b"hello"  # the innermost counts
        with httpx.Client(transport=transport()) as client, pytest.raises(httpx.TransportError):
            client.get(url)
    with httpx.Client(transport=transport()) as client:
        assert client.get(url).text == "hello"


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", lambda body: gzip.compress(body[:3]) + gzip.compress(body[3:])),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("identity", bytes),
    ],
)
def test_a_packed_body_is_unpacked(speaker: Callable[[Speak], str], coding: str, pack: Callable[[bytes], bytes]):
    body = os.urandom(100_000) + b"x" * 500_000
    assert _read(speaker(says(pack(body), coding))) == body


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip,gzip", "br", "zstd", "gzip, identity", "chunked"])
def test_a_coding_that_was_not_asked_for_is_refused(speaker: Callable[[Speak], str], coding: str):
    with pytest.raises(UnknownCoding):
        _read(speaker(says(gzip.compress(b"x"), coding)))


@pytest.mark.parametrize(
    "body",
    [b"", b"\x1f\x8b", gzip.compress(b"x" * 1000, mtime=0)[:-9], b"no gzip at all"],
    ids=["empty", "two bytes", "cut off", "plain"],
)
def test_a_packed_body_that_is_cut_off_is_no_body(speaker: Callable[[Speak], str], body: bytes):
    with pytest.raises(httpx.DecodingError):
        _read(speaker(says(body, "gzip")))


def test_a_bomb_is_defused_at_the_cap_and_never_lies_in_memory(speaker: Callable[[Speak], str]):
    unpacked = zlib.compressobj(9, wbits=31)
    bomb = b"".join(unpacked.compress(bytes(1_000_000)) for _ in range(200)) + unpacked.flush()
    url = speaker(says(bomb, "gzip"))
    tracemalloc.start()
    try:
        client = httpx.Client(transport=transport())
        with client, client.stream("GET", url) as response, pytest.raises(TooMuch):
            for _ in read_blocks(response, 50_000_000):
                pass
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_no_proxy_of_the_environment_is_used(speaker: Callable[[Speak], str], monkeypatch: pytest.MonkeyPatch):
    seen: list[bytes] = []
    proxy = speaker(lambda connection: seen.append(b"asked"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    assert _read(speaker(says(b"hello"))) == b"hello"
    assert seen == []
