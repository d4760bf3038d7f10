"""A chat-completions endpoint that the operator chose: asked for one JSON object, within a budget.

It belongs here: sending, repeating, budget, and the form of the answer's envelope. It does not: what is asked and what
an answer is worth (migration_assets/mapping/proposers/language_model.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import orjson
from pydantic import BaseModel, Field, ValidationError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

ATTEMPTS = 3
MOST_BYTES = 1_000_000
ANSWER_TOKENS = 8_000
"""More than an answer about one tab needs."""
_BYTES_A_TOKEN = 3
"""Where a server counts no tokens, this many bytes are taken for one: rather too many than too few."""

Answer = TypeVar("Answer", bound=BaseModel)


class NoAnswer(Exception):
    """There is no usable answer; the message names the host and what happened, and nothing that was said."""


class _Passing(NoAnswer):
    """A failure that may pass."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    total_tokens: int = Field(0, ge=0)


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


@dataclass
class Budget:
    """What may be spent, and what was."""

    requests: int
    tokens: int
    requests_made: int = 0
    tokens_used: int = 0

    def spent(self) -> str:
        """Why no further request may be made; "" where one may."""
        if self.requests_made >= self.requests:
            return f"{self.requests} requests were made, which is all that MIGRATION_MODEL_MAX_REQUESTS allows"
        if self.tokens_used >= self.tokens:
            return f"{self.tokens_used} tokens were used, and MIGRATION_MODEL_MAX_TOKENS is {self.tokens}"
        return ""


@dataclass
class LanguageModel:
    """One endpoint.

    Attributes:
        key: sent as a bearer token to this address only; a redirect is not followed.
        timeout: seconds for each answer as a whole.
    """

    url: str
    model: str
    budget: Budget
    key: str = field(default="", repr=False)
    timeout: float = 60.0

    def ask(self, instruction: str, content: object, form: type[Answer]) -> Answer:
        """One JSON object of the form.

        Raises:
            NoAnswer: refused, silent, over the budget, or not of the form after `ATTEMPTS` attempts.
        """
        messages = [
            {"role": "system", "content": instruction},
            {"role": "user", "content": orjson.dumps(content).decode()},
        ]
        body = orjson.dumps(
            {
                "model": self.model,
                "messages": messages,
                "temperature": 0,
                "max_tokens": ANSWER_TOKENS,
                "response_format": {"type": "json_object"},
            }
        )
        retrying = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(initial=0.2, max=5, jitter=0.2),
            reraise=True,
        )
        answer: Answer = retrying(self._ask_once, body, form)
        return answer

    def _ask_once(self, body: bytes, form: type[Answer]) -> Answer:
        if told := self.budget.spent():
            raise NoAnswer(f"The language model was not asked: {told}.")
        self.budget.requests_made += 1
        host = urlsplit(self.url).hostname
        said = _unless_invalid(lambda: _Completion.model_validate_json(self._send(body, host)), host)
        used = said.usage.total_tokens if said.usage else 0
        told_bytes = len(body) + len(said.choices[0].message.content.encode())
        self.budget.tokens_used += used or told_bytes // _BYTES_A_TOKEN
        return _unless_invalid(lambda: form.model_validate_json(said.choices[0].message.content), host)

    def _send(self, body: bytes, host: str | None) -> bytes:
        if self.key and not (self.key.isascii() and self.key.isprintable()):
            raise NoAnswer("The language model was not asked: MIGRATION_MODEL_KEY has a character no header can hold.")
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        latest = time.monotonic() + self.timeout
        try:
            with httpx.stream(
                "POST", self.url, content=body, headers=headers, timeout=self.timeout, trust_env=False
            ) as answer:
                if answer.status_code == 429 or answer.status_code >= 500:
                    raise _Passing(f"The language model at {host} answered {answer.status_code}.")
                if answer.status_code != 200:
                    raise NoAnswer(f"The language model at {host} answered {answer.status_code}.")
                read = bytearray()
                for part in answer.iter_bytes():
                    read += part
                    if len(read) > MOST_BYTES:
                        raise NoAnswer(f"The language model at {host} answered more than {MOST_BYTES} bytes.")
                    if time.monotonic() > latest:  # the timeout of a read is that of its next byte only
                        raise _Passing(f"The language model at {host} did not come to its end in {self.timeout:g} s.")
                return bytes(read)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Its own words may quote the address; the kind of error is enough.
            raise _Passing(f"The language model at {host} did not answer ({type(error).__name__}).") from None


def _unless_invalid(read: Callable[[], Answer], host: str | None) -> Answer:
    try:
        return read()
    except ValidationError as error:
        raise _Passing(
            f"The language model at {host} gave an answer of another form ({error.error_count()} mistakes)."
        ) from None
