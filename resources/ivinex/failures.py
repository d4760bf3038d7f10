"""What can go wrong with a read, classified once: which failure it is, whether a repeat helps, and the way out.

Belongs here: the failure classes and the mapping from a status or an unreadable body to one of them. Does not
belong here: the retry loop (sender.py) and what an asset does about a failure.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple

from resources.limit_headers import retry_after
from resources.outgoing_text import outgoing, set_aside
from resources.secrets import words

_CREDENTIALS = "Check IVINEX_USERNAME and IVINEX_PASSWORD"
_PERMISSION = (
    "Ask the Ivinex admin to give the API user the API permission (group manager or user manager) "
    "and to make sure the user is active (docs/reference/ivinex-api.md 1.2)"
)


def _unchanged(text: str) -> str:
    return text


class Where(NamedTuple):
    """What was read: the call's name, its address without query, and what takes our secrets out of a text about it."""

    call: str
    url: str
    clean: Callable[[str], str] = _unchanged


class IvinexFailure(Exception):
    """A read that gave no usable answer. A failed read is never an empty list. Its text never holds the credentials.

    Attributes:
        call: name of the call, for example `GetTabs`.
        url: address without query.
        status: HTTP status, or None where no answer came.
        retry_after: seconds that the server asked to wait, or None.
        retryable: whether the same read may succeed when repeated.
    """

    retryable: ClassVar[bool] = False
    remedy: ClassVar[str] = ""

    def __init__(self, what: str, where: Where, status: int | None = None, retry_after: float | None = None) -> None:
        self.call, self.url = where.call, where.url
        self.status, self.retry_after = status, retry_after
        answered = f" (HTTP {status})" if status is not None else ""
        hint = f" {self.remedy}." if self.remedy else ""
        super().__init__(outgoing(where.clean(f"Ivinex {self.call} at {self.url}{answered}: {what}.{hint}")))


class WrongCredentials(IvinexFailure):
    """401, or a login page while no way of sending credentials has worked yet (A-02, A-17)."""

    remedy = (
        f"{_CREDENTIALS}. If they are right, the site may take them in the address of a call only: "
        "IVINEX_CREDENTIALS=query sends them so, and leaves them in its logs"
    )


class NoApiPermission(IvinexFailure):
    """403 before any call has worked: the user is inactive or lacks the API permission (A-18)."""

    remedy = _PERMISSION


class Forbidden(IvinexFailure):
    """403 on one call while others work: the API user may not read this tab (A-16)."""

    remedy = "Ask the Ivinex admin for the Read permission on this tab for the API user"


class CallMissing(IvinexFailure):
    """404 or 405: the site does not serve this call at this address (A-01)."""

    remedy = "Check IVINEX_BASE_URL and IVINEX_CALL_PATH (docs/reference/assumptions.md, A-01)"


class HtmlPage(IvinexFailure):
    """An HTML page where data was expected: a login page, a proxy, or the wrong address (A-17)."""

    retryable = True
    remedy = f"{_CREDENTIALS}; if they are right, check IVINEX_BASE_URL"


class BrokenBody(IvinexFailure):
    """A body that is cut off or is neither JSON nor XML (A-03)."""

    retryable = True
    remedy = "The read was repeated and stayed broken: see whether a proxy cuts answers, or lower IVINEX_PAGE_SIZE"


class TooLarge(IvinexFailure):
    """An answer that is larger than may be held in memory."""

    remedy = "Lower IVINEX_PAGE_SIZE, so that a page holds fewer records"


class UnexpectedShape(IvinexFailure):
    """A readable body without the list, the key or the value that the call is known for."""

    remedy = "The site may speak the other dialect: set IVINEX_DIALECT to classic or records, and run again"


class ErrorAnswer(IvinexFailure):
    """A 2xx answer whose `Status` is anything but success (A-22)."""

    remedy = _PERMISSION


class OffsetIgnored(IvinexFailure):
    """The same page came back for another Offset (A-06): going on would loop or lose rows."""

    remedy = (
        "This site pages otherwise (docs/reference/assumptions.md, A-06): find the names of its paging parameters and "
        "set IVINEX_PARAMETER_NAMES, or use the other dialect (IVINEX_DIALECT)"
    )


class Redirected(IvinexFailure):
    """A redirect. None is followed: credentials never go to an address that nobody configured (A-32)."""

    remedy = (
        "Redirects are not followed (docs/reference/assumptions.md, A-32): set IVINEX_BASE_URL to the final address. "
        f"Where it leads to a login page: {_CREDENTIALS}"
    )


class Throttled(IvinexFailure):
    """429: too many requests (A-19)."""

    retryable = True
    remedy = "Lower IVINEX_REQUESTS_PER_SECOND"


class ServerError(IvinexFailure):
    """5xx: the site failed."""

    retryable = True
    remedy = "The read was repeated; try later or ask Ivinex support"


class NetworkFailure(IvinexFailure):
    """No complete answer: refused, reset, timed out, or dropped mid-body."""

    retryable = True
    remedy = "Check IVINEX_BASE_URL, the network and the site's certificate"


class OutOfOrder(IvinexFailure):
    """The site as a whole gave no usable answer for as long as an outage is waited for."""


OF_ONE_RECORD = (UnexpectedShape, ErrorAnswer, Forbidden, CallMissing, HtmlPage, BrokenBody, TooLarge, ServerError)
"""Failures that may be about the one record that was asked for; the others are about the site, the user or the way."""


def of_status(
    status: int, headers: Mapping[str, str], where: Where, *, message: str, settled: bool
) -> IvinexFailure | None:
    """Returns the failure that a status stands for, or None for 2xx.

    Args:
        message: the server's own words where the body held any, else ""; they are kept and not said.
        settled: whether a classic call has worked already, so that 403 is about one tab and not about the user.
    """
    if 200 <= status < 300:
        return None
    kept = set_aside(message)
    said = f" [words: {kept}]" if kept else ""
    wait = retry_after(headers)
    if 300 <= status < 400:
        target = words(headers.get("location", "").split("?")[0])
        return Redirected(f"the site redirects to {target or 'nowhere'}{said}", where, status)
    if status == 401:
        return WrongCredentials(f"the credentials were refused{said}", where, status)
    if status == 403:
        kind = Forbidden if settled else NoApiPermission
        return kind(f"the API user may not do this{said}", where, status)
    if status in (404, 405):
        return CallMissing(f"the site does not serve this call{said}", where, status)
    if status == 429:
        return Throttled("too many requests", where, status, wait)
    if status >= 500:
        return ServerError(f"the site failed{said}", where, status, wait)
    return UnexpectedShape(f"an answer that no part of the reference knows{said}", where, status)
