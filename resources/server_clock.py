"""Does a server answer, and how far is its clock from ours: one request without credentials.

It belongs here: the look. It does not: what a difference means (orchestration/doctor.py), and any call of an API.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


@dataclass(frozen=True)
class ServerClock:
    """What came back.

    Attributes:
        problem: why nothing did; empty where something did.
        seconds: the server's clock minus ours; None where it does not tell the time. Its header has whole seconds.
    """

    problem: str = ""
    seconds: float | None = None


def look_at_clock(address: str, timeout: float = 10.0) -> ServerClock:
    """Ask for the site's first page; any answer will do, a refusal too."""
    before = datetime.now(UTC)
    try:
        answer = httpx.get(address, timeout=timeout, follow_redirects=False)
    except httpx.HTTPError as error:
        # Its words may hold a proxy's address with a password.
        return ServerClock(problem=type(error).__name__)
    ours = before + (datetime.now(UTC) - before) / 2
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return ServerClock()
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    # The header cuts the second off: on average half of one has passed.
    return ServerClock(seconds=(theirs - ours).total_seconds() + 0.5)
