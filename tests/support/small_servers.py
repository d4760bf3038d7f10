"""Servers on loopback that answer as a test says, in HTTP or byte by byte.

It belongs here: what such servers share. It does not: Ivinex and Gorgias (the sandbox), and what one test answers.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Speak = Callable[[socket.socket], None]


class Handler(BaseHTTPRequestHandler):
    """Reads the whole request into `content`, responds, keeps the connection open, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.respond()

    do_POST = do_GET  # noqa: N815

    def respond(self) -> None:
        self.answer(200)

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | dict(headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def goes_on(self, block: bytes, pause: float) -> None:
        """The same bytes for ever, until the client goes away."""
        self.close_connection = True
        with suppress(OSError):
            while True:
                self.wfile.write(block)
                time.sleep(pause)

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client may go away
            super().handle()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def http_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def speaking(speak: Speak) -> Iterator[str]:
    """A function writes whatever it wants into the connection, after the request's first bytes."""

    def run() -> None:
        with suppress(OSError):
            while True:
                taken, _ = server.accept()
                with taken, suppress(OSError):
                    taken.recv(65536)
                    speak(taken)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def says(body: bytes, coding: str = "", status: str = "200 OK", more: str = "") -> Speak:
    """A whole answer, its body packed as it comes."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}"
    head += f"Content-Encoding: {coding}\r\n" if coding else ""

    def speak(taken: socket.socket) -> None:
        taken.sendall(head.encode() + b"\r\n")
        taken.sendall(body)

    return speak


def dribbles(text: bytes) -> Speak:
    """A text again and again, twenty bytes a second."""

    def speak(taken: socket.socket) -> None:
        for byte in text * 1000:
            taken.sendall(bytes([byte]))
            time.sleep(0.05)

    return speak
