"""What an answer of Gorgias, or the lack of one, means for the request. Decided here and nowhere else.

The question behind it: was the write carried out? Only a definite answer counts; all else is doubt (design.md 4).
"""

import re
from enum import StrEnum
from typing import Any

import httpx

_ADDRESS = re.compile(r"[^\s'\"<>(),;:]+@[^\s'\"<>(),;:]+")
_NUMBER = re.compile(r"\+?\d[\d\s().-]{6,}\d")


class Fate(StrEnum):
    """What became of a request."""

    DONE = "done"  # 2xx with a readable body where one is due
    REFUSED = "refused"  # a definite no to this one row
    TAKEN = "taken"  # 400/409: perhaps the natural key is in use; ask by that key first
    TOO_LARGE = "too_large"  # 413
    GONE = "gone"  # 404, 405, 410, 301: what the path names is not there (any more)
    THROTTLED = "throttled"  # 429: not carried out
    NOT_SENT = "not_sent"  # the connection was never made: not carried out
    DOUBT = "doubt"  # may have been carried out
    STOP = "stop"  # 401, 403: true for every row


class GorgiasError(Exception):
    """A failed request, without its query, headers and body: those can hold secrets and people's data."""

    def __init__(self, method: str, path: str, status: int | None, said: str):
        self.method, self.path, self.status, self.said = method, path, status, said
        super().__init__(f"{method} {path}: {said}" if status is None else f"{method} {path} answered {status}: {said}")


class RunStopped(GorgiasError):
    """Gorgias refuses every request alike (credentials, role, plan): the run ends and no row is quarantined."""


def fate_of_status(status: int) -> Fate:
    """gorgias-api.md 4."""
    if 200 <= status < 300:
        return Fate.DONE
    if status in {401, 403}:
        return Fate.STOP
    if status == 429:
        return Fate.THROTTLED
    if status in {400, 409}:
        return Fate.TAKEN
    if status == 413:
        return Fate.TOO_LARGE
    if status in {301, 404, 405, 410}:
        return Fate.GONE
    return Fate.DOUBT if status >= 500 or status < 400 else Fate.REFUSED


def fate_of_error(error: httpx.HTTPError | httpx.InvalidURL) -> Fate:
    """Only errors from before the first byte left are certain; a reset or a timeout later is doubt."""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)):
        return Fate.NOT_SENT
    return Fate.DOUBT


def said(body: Any) -> str:
    """The message of an error body, with the names of refused fields; addresses and numbers in it are masked.

    It goes into the ledger, the quarantine list and logs, and Gorgias may quote a refused value.

    `{"error": {"msg": "...", "data": {"sender": ["..."]}}}` -> `Failed to create ticket (sender: ...)`.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "no error message in the answer"
    fields = error.get("data")
    named = "; ".join(f"{name}: {_short(text)}" for name, text in fields.items()) if isinstance(fields, dict) else ""
    message = str(error.get("msg") or "no message")[:200]
    return _masked(f"{message} ({named})" if named else message)


def advice(status: int, message: str) -> str:
    """What to do about a status that stops the run."""
    if status == 401:
        return f"{message}. Check GORGIAS_EMAIL and GORGIAS_API_KEY (or GORGIAS_ACCESS_TOKEN): Settings > REST API."
    if "quota" in message.lower():
        return f"{message} The plan's ticket allowance is used up: raise the plan, then run the same command again."
    return f"{message} The credential's role is too low: it must belong to an admin. Nothing of this row was written."


def _masked(text: str) -> str:
    return _NUMBER.sub("<number>", _ADDRESS.sub("<address>", text))


def _short(text: Any) -> str:
    first = text[0] if isinstance(text, list) and text else text
    return str(first)[:120]
