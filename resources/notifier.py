"""Tells an incoming webhook something, as JSON: one POST to one address that the operator chose.

It belongs here: sending, repeating, giving up. It does not: what is said, and when (sensors.py).
"""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import httpx
import orjson
from pydantic import Field
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

MOST_BYTES = 16_384
ATTEMPTS = 3
_telling: ContextVar[bool] = ContextVar("_telling", default=False)


class _NoAddresses(logging.Filter):
    """httpx logs the whole address of each request at INFO, and a webhook's address is its key."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _telling.get()


logging.getLogger("httpx").addFilter(_NoAddresses())


class NotNotified(Exception):
    """The webhook did not take it; the message names its host and nothing else of its address."""


class _Passing(NotNotified):
    """A failure that may pass."""


class NotifierResource(dg.ConfigurableResource["NotifierResource"]):
    """An optional webhook. Loading it needs no setting and no network."""

    url: str = Field(default="", repr=False, description="MIGRATION_FAILURE_WEBHOOK; empty: nobody is told")
    timeout: float = Field(default=2.0, description="seconds to wait for a connection, and for an answer")

    def tell(self, content: Mapping[str, Any]) -> bool:
        """Post the content; False where no webhook is set.

        Repeated on network errors, 429 and 5xx. A redirect is not followed, and the answer's body is not read.

        Raises:
            NotNotified: it was not taken, or is larger than a notice should be.
        """
        if not self.url:
            return False
        body = orjson.dumps(content)
        if len(body) > MOST_BYTES:
            raise NotNotified(f"{len(body)} bytes are no notice for a webhook: at most {MOST_BYTES} are sent.")
        retrying = Retrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.2, max=2, jitter=0.2),
            reraise=True,
        )
        retrying(self._post, body)
        return True

    def _post(self, body: bytes) -> None:
        host = urlsplit(self.url).hostname
        headers = {"Content-Type": "application/json"}
        before = _telling.set(True)
        try:
            with (
                httpx.Client(timeout=self.timeout, follow_redirects=False) as client,
                client.stream("POST", self.url, content=body, headers=headers) as response,
            ):
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Passing(f"The webhook at {host} did not answer ({type(error).__name__}).") from None
        finally:
            _telling.reset(before)
        if not 200 <= status < 300:
            failure = _Passing if status == 429 or status >= 500 else NotNotified
            raise failure(f"The webhook at {host} answered {status}.")
