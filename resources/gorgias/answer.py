"""An answer, read: its fate, its body, and what it says. It does not belong here: what a fate means (failures.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from resources.gorgias.failures import SendOutcome, is_envelope, outcome_of_answer, said, said_between
from resources.json_values import values_in

MOST_VALUES: Final = 2_000_000
"""Values of an answer; a page of a hundred long tickets has a tenth."""
DEPTH: Final = 50
"""Levels of an answer: what compares and hashes it calls itself once a level."""


@dataclass(frozen=True)
class Answer:
    """What came back for one request: its fate, the status if there was one, and the parsed body.

    Attributes:
        said: what may leave of the server's words, or what is wrong with the answer; of whoever gave it.
        endless: it was not read to its end, and would not be when asked again.
    """

    fate: SendOutcome
    status: int | None
    body: Any
    said: str
    endless: bool = False

    @property
    def told(self) -> str:
        """Status and words, for people."""
        return (
            f"{self.status}: {self.said}" if self.status and not self.said.startswith(str(self.status)) else self.said
        )


def answer_of(status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    empty = not content.strip()
    body, readable = None, True
    if not empty:
        try:
            body = _parsed(content)
        except ValueError:
            readable = False
    fate = outcome_of_answer(status, headers, body, empty)
    if fate is SendOutcome.DONE and not readable:
        return Answer(SendOutcome.DOUBT, status, None, said_between(status, headers, content))
    if fate is SendOutcome.DONE:
        return Answer(fate, status, body, "")
    spoken = is_envelope(body)
    words = said(body) if spoken else said_between(status, headers, content)
    return Answer(fate, status, body if spoken else None, words)


def _parsed(content: bytes) -> Any:
    """The JSON of an answer.

    Raises:
        ValueError: it is none, or larger or nested deeper than an answer of Gorgias is.
    """
    if values_in(content, MOST_VALUES) > MOST_VALUES:
        raise ValueError("more values than fit in memory")
    body = orjson.loads(content)
    level, depth = [body], 0
    while level := [below for one in level for below in _containers(one)]:
        depth += 1
        if depth > DEPTH:
            raise ValueError("nested too deep")
    return body


def _containers(value: Any) -> list[Any]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in values if isinstance(one, (dict, list))]
