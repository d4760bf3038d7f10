"""What an answer of Gorgias, or the lack of one, means for the request. Decided here and nowhere else.

The question behind it: was the write carried out? Only a definite answer counts, and only Gorgias gives one: a body in
its error envelope. Proxies, firewalls and load balancers stand in between and answer in its place, before a call is
passed on or after it was carried out, so whatever else they say is doubt (docs/write-gate.md).
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from resources.gorgias.wire import FIELDS
from resources.limit_headers import LEVEL_HEADER
from resources.outgoing_text import outgoing, with_reference

_QUOTA = "quota"
_REASONS = {_QUOTA: f"the {_QUOTA} is used up", "seat": "no seats are free"}
"""Word in a refusal -> the reason in ours: what a person must do something about outside of this program."""
_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,60}")
_FRONTS = re.compile(
    r"\b(cloudflare|nginx|openresty|apache|envoy|awselb|varnish|squid|haproxy|gunicorn|caddy|traefik|iis|akamai\w*)\b",
    re.IGNORECASE,
)
"""Who stands in between, as far as it is known by name: any other word of a header may be anything."""
_MOST_FIELDS = 20
_DEEPEST = 8


class SendOutcome(StrEnum):
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


VERDICTS = frozenset(
    {SendOutcome.REFUSED, SendOutcome.TAKEN, SendOutcome.TOO_LARGE, SendOutcome.GONE, SendOutcome.STOP}
)
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
        told = f"{method} {path}: {said}" if status is None else f"{method} {path} answered {status}: {said}"
        super().__init__(outgoing(told))


class RunStopped(GorgiasError):
    """Gorgias refuses every request alike (credentials, role, plan): the run ends and no row is quarantined."""


class Outlasted(GorgiasError):
    """An outage lasted longer than it is waited for."""


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


def outcome_of_answer(status: int, headers: Mapping[str, str], body: Any, empty: bool) -> SendOutcome:
    """gorgias-api.md 4.

    Args:
        headers: with lower-case names.
        body: parsed; None where it is empty or no JSON.
        empty: there is no body at all.
    """
    if 200 <= status < 300:
        return SendOutcome.DONE
    if status == 401:
        return SendOutcome.STOP
    spoken = is_envelope(body)
    if status == 429 and (spoken or LEVEL_HEADER in headers):
        return SendOutcome.THROTTLED
    if status == 301:
        return SendOutcome.GONE if spoken or (empty and _stays(headers.get("location"))) else SendOutcome.DOUBT
    if not spoken or status in _NEVER_FINAL or not 400 <= status < 500:
        return SendOutcome.DOUBT
    if status == 403:
        return SendOutcome.STOP
    if status in {400, 409}:
        return SendOutcome.TAKEN
    if status == 413:
        return SendOutcome.TOO_LARGE
    return SendOutcome.GONE if status in {404, 405, 410} else SendOutcome.REFUSED


def is_envelope(body: Any) -> bool:
    """`{"error": {"msg": "...", "data": {...}}}`; gateways have envelopes of their own that look nearly like it."""
    error = body.get("error") if isinstance(body, dict) else None
    return isinstance(error, dict) and (isinstance(error.get("msg"), str) or isinstance(error.get("data"), dict))


def outcome_of_error(error: httpx.HTTPError | httpx.InvalidURL) -> SendOutcome:
    """Only errors from before the first byte left are certain; a reset or a timeout later is doubt."""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)):
        return SendOutcome.NOT_SENT
    return SendOutcome.DOUBT


def said(body: Any) -> str:
    """What a refusal in Gorgias's envelope says, as it may leave: which fields it names, and where its words are.

    `{"error": {"msg": "...", "data": {"messages": {"0": {"sender": ["..."]}}}}}` -> `refused (messages.0.sender)`.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "no error message in the answer"
    fields = ", ".join(list(dict.fromkeys(_fields(error.get("data"))))[:_MOST_FIELDS])
    sentence = "refused" + (f" ({fields})" if fields else "")
    message = str(error.get("msg")).lower()
    sentence += "".join(f", {reason}" for word, reason in _REASONS.items() if word in message)
    return with_reference(sentence, _written(error))


def said_between(status: int, headers: Mapping[str, str], content: bytes) -> str:
    """What an answer says that is not Gorgias's: its type and who gave it, and where the title of its page is."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = (kind if _TYPE.fullmatch(kind) else "some content type") if kind else "no content type"
    server = _FRONTS.search(headers.get("server", ""))
    title = _TITLE.search(content[:4000])
    what = "an empty answer" if not content.strip() else "an answer that is not Gorgias's"
    sentence = f"{status}, {what} ({', '.join(filter(None, (kind, server and server.group().lower())))})"
    return with_reference(sentence, title.group(1).decode("utf-8", "replace").strip() if title else "")


def _fields(data: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """The paths of the fields that an error names, as far as they are fields of a request; a key may be a value."""
    if isinstance(data, list) and any(isinstance(one, dict) for one in data):
        data = {str(place): one for place, one in enumerate(data) if one and isinstance(one, dict)}
    if not isinstance(data, dict) or not data or depth > _DEEPEST:
        if path:
            yield path
        return
    for key, below in islice(data.items(), _MOST_FIELDS):
        parts = [part for part in re.split(r"[.\[\]]+", str(key)) if part]
        if all(part in FIELDS or (part.isdecimal() and len(part) < 8) for part in parts) and len(parts) <= _DEEPEST:
            yield from _fields(below, ".".join([path, *parts]).lstrip("."), depth + len(parts))
        else:
            yield f"{path}.[a field]".lstrip(".")


def _written(error: dict[str, Any]) -> str:
    try:
        return orjson.dumps(error).decode()
    except (TypeError, ValueError):
        return str(error)


def advice(status: int, message: str) -> str:
    """What to do about a status that stops the run."""
    if status == 401:
        return f"{message}. Check GORGIAS_EMAIL and GORGIAS_API_KEY (or GORGIAS_ACCESS_TOKEN): Settings > REST API."
    if _QUOTA in message.lower():
        return f"{message}. The plan's ticket allowance is used up: raise the plan, then run the same command again."
    return f"{message}. The credential's role is too low: it must belong to an admin. Nothing of this row was written."


def _stays(location: str | None) -> bool:
    """Whether a redirect names the object that this one was merged into, or nothing: no log-in page, no other host."""
    parts = urlsplit(location or "")
    return not location or (not parts.netloc and bool(_MERGED_INTO.fullmatch(parts.path)))
