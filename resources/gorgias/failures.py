"""What an answer of Gorgias, or the lack of one, means for the request. Decided here and nowhere else.

The question behind it: was the write carried out? Only a definite answer counts, and only Gorgias gives one: a body in
its error envelope. Proxies, firewalls and load balancers stand in between and answer in its place, before a call is
passed on or after it was carried out, so whatever else they say is doubt (design.md 4).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import httpx

from resources.pacing import LEVEL_HEADER

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
    STOP = "stop"  # 401, whoever says it, and Gorgias's 403: true for every row


VERDICTS = frozenset({Fate.REFUSED, Fate.TAKEN, Fate.TOO_LARGE, Fate.GONE, Fate.STOP})
"""Fates in which a status is Gorgias's own word."""
_NEVER_FINAL = frozenset({408, 421, 425, 499})
"""Said of a connection, not of a call: by whoever holds the connection."""
_MERGED_INTO = re.compile(r"/api/(customers|tickets)/\d+/?")
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})", re.IGNORECASE)


class GorgiasError(Exception):
    """A failed request, without its query, headers and body: those can hold secrets and people's data.

    Attributes:
        status: what Gorgias answered; None where no answer came, or something else answered in its place.
    """

    def __init__(self, method: str, path: str, status: int | None, said: str):
        self.method, self.path, self.status, self.said = method, path, status, said
        super().__init__(f"{method} {path}: {said}" if status is None else f"{method} {path} answered {status}: {said}")


class RunStopped(GorgiasError):
    """Gorgias refuses every request alike (credentials, role, plan): the run ends and no row is quarantined."""


class Blocked(GorgiasError):
    """Something between this program and Gorgias refuses one read, while others get through."""


class Passing(GorgiasError):
    """A failure that may pass.

    Attributes:
        between: a definite no, but not of Gorgias.
    """

    def __init__(self, method: str, path: str, said: str, between: bool = False):
        super().__init__(method, path, None, said)
        self.between = between


def fate_of_answer(status: int, headers: Mapping[str, str], body: Any, empty: bool) -> Fate:
    """gorgias-api.md 4.

    Args:
        headers: with lower-case names.
        body: parsed; None where it is empty or no JSON.
        empty: there is no body at all.
    """
    if 200 <= status < 300:
        return Fate.DONE
    if status == 401:
        return Fate.STOP
    spoken = is_envelope(body)
    if status == 429 and (spoken or LEVEL_HEADER in headers):
        return Fate.THROTTLED
    if status == 301:
        return Fate.GONE if spoken or (empty and _stays(headers.get("location"))) else Fate.DOUBT
    if not spoken or status in _NEVER_FINAL or not 400 <= status < 500:
        return Fate.DOUBT
    if status == 403:
        return Fate.STOP
    if status in {400, 409}:
        return Fate.TAKEN
    if status == 413:
        return Fate.TOO_LARGE
    return Fate.GONE if status in {404, 405, 410} else Fate.REFUSED


def is_envelope(body: Any) -> bool:
    """`{"error": {"msg": "...", "data": {...}}}`; gateways have envelopes of their own that look nearly like it."""
    error = body.get("error") if isinstance(body, dict) else None
    return isinstance(error, dict) and (isinstance(error.get("msg"), str) or isinstance(error.get("data"), dict))


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


def said_between(status: int, headers: Mapping[str, str], content: bytes) -> str:
    """What an answer says that is not Gorgias's: by whom, and the title of its page."""
    kind = headers.get("content-type", "").partition(";")[0].strip() or "no content type"
    title = _TITLE.search(content[:4000])
    told = [kind, headers.get("server", ""), title.group(1).decode("utf-8", "replace").strip() if title else ""]
    what = "an empty answer" if not content.strip() else "an answer that is not Gorgias's"
    return _masked(f"{status}, {what} ({', '.join(part[:80] for part in told if part)})")


def advice(status: int, message: str) -> str:
    """What to do about a status that stops the run."""
    if status == 401:
        return f"{message}. Check GORGIAS_EMAIL and GORGIAS_API_KEY (or GORGIAS_ACCESS_TOKEN): Settings > REST API."
    if "quota" in message.lower():
        return f"{message} The plan's ticket allowance is used up: raise the plan, then run the same command again."
    return f"{message} The credential's role is too low: it must belong to an admin. Nothing of this row was written."


def _stays(location: str | None) -> bool:
    """Whether a redirect names the object that this one was merged into, or nothing: no log-in page, no other host."""
    parts = urlsplit(location or "")
    return not location or (not parts.netloc and bool(_MERGED_INTO.fullmatch(parts.path)))


def _masked(text: str) -> str:
    return _NUMBER.sub("<number>", _ADDRESS.sub("<address>", text))


def _short(text: Any) -> str:
    first = text[0] if isinstance(text, list) and text else text
    return str(first)[:120]
