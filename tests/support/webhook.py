"""An incoming webhook as a real server on loopback, which remembers what it was told."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from small_servers import Handler, http_server


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
    class Hook(Handler):
        def respond(self) -> None:
            hook.bodies.append(self.content)
            time.sleep(hook.seconds)
            status = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
            self.answer(status, headers={"Location": "http://127.0.0.1:9/elsewhere"})

    with http_server(Hook) as url:
        hook = Webhook(f"{url}/hooks/s3cret-key")
        yield hook
