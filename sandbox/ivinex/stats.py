"""Counts of what clients asked, for tests and benchmarks."""

from __future__ import annotations

from collections import Counter
from typing import Any


class Stats:
    """Requests by call name, refusals for pace, attempts to write, and the times of the first and last request.

    A write counts when it is attempted, whether it succeeds or not: a test can prove that none ever was.
    """

    def __init__(self) -> None:
        """Nothing seen yet."""
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self.requests: Counter[str] = Counter()
        self.throttled = 0
        self.writes = 0
        self.first: float | None = None
        self.last: float | None = None

    def see(self, call: str, now: float) -> None:
        """Counts one request."""
        self.requests[call] += 1
        self.first = now if self.first is None else self.first
        self.last = now

    def as_json(self) -> dict[str, Any]:
        """The body of GET /_sandbox/stats."""
        return {
            "requests": dict(sorted(self.requests.items())),
            "throttled": self.throttled,
            "writes": self.writes,
            "first": self.first,
            "last": self.last,
        }
