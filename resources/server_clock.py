"""Does a server answer, and how far is its clock from ours: one request without credentials, or what a client's says.

It belongs here: the look. It does not: what a difference means (orchestration/doctor.py), and any call of an API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from resources.pacer import Pacer


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
    return clock_of(answer.headers, before + (datetime.now(UTC) - before) / 2)


def clock_of(headers: Mapping[str, str], ours: datetime) -> ServerClock:
    """
    Args:
        headers: of an answer.
        ours: our time when the server made it.
    """
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return ServerClock()
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    # The header cuts the second off: on average half of one has passed.
    return ServerClock(seconds=(theirs - ours).total_seconds() + 0.5)


class ClockWatch(Pacer):
    """In place of a pacer, for a client that sends one request: it holds nothing, and keeps the server's clock."""

    seen = ServerClock()

    def _take(self, up_to: int, now: float) -> tuple[int, float]:
        return up_to, 0.0

    def _learn(self, status: int, headers: Mapping[str, str], seconds: float, now: float) -> None:
        if status:
            self.seen = clock_of(headers, datetime.now(UTC) - timedelta(seconds=seconds / 2))
