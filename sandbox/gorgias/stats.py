"""Counts of what was asked, for tests and benchmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any


class Stats:
    """Requests under /api by `METHOD path-template`; times are seconds since 1970."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        self.requests: Counter[str] = Counter()
        self.throttled = 0
        self.first: float | None = None
        self.last: float | None = None

    def count(self, route: str) -> None:
        now = self._clock()
        self.requests[route] += 1
        self.first = now if self.first is None else self.first
        self.last = now

    def shown(self, bucket_max: float) -> dict[str, Any]:
        return {
            "requests": dict(sorted(self.requests.items())),
            "throttled": self.throttled,
            "first": self.first,
            "last": self.last,
            "bucket_max": round(bucket_max, 3),
        }
