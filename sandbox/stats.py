"""Counts of what clients asked, for tests and benchmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any


class Stats:
    """Requests by name, refusals for pace, attempts to write, and the times (seconds since 1970) of first and last.

    A write counts when it is attempted, whether it succeeds or not: a test can prove that none ever was.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        self.requests: Counter[str] = Counter()
        self.throttled = self.writes = 0
        self.first: float | None = None
        self.last: float | None = None

    def count(self, name: str) -> None:
        self.requests[name] += 1
        self.last = self._clock()
        self.first = self.last if self.first is None else self.first

    def shown(self, **more: Any) -> dict[str, Any]:
        """The body of GET /_sandbox/stats."""
        told = {"requests": dict(sorted(self.requests.items())), "throttled": self.throttled}
        return told | {"first": self.first, "last": self.last} | more
