"""An incoming webhook as a real server on loopback, which remembers what it was told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Webhook:
    """
    Attributes:
        url: its address, whose path is its key.
        answers: statuses in their order, the last one for ever.
        seconds: how long it thinks before each answer.
    """

    url: str
    answers: list[int] = field(default_factory=lambda: [200])
    bodies: list[bytes] = field(default_factory=list)
    seconds: float = 0


@contextmanager
def listening() -> Iterator[Webhook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(hook.seconds)
            self.send_response(hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0])
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook = Webhook(f"http://127.0.0.1:{server.server_port}/hooks/s3cret-key")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield hook
        server.shutdown()
