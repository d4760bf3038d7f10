"""An answer, read: its fate, its body, and what it says. It does not belong here: what a fate means (failures.py)."""

from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from resources.gorgias.failures import Fate, fate_of_answer, is_envelope, said, said_between


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


def answer_of(response: httpx.Response) -> Answer:
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
