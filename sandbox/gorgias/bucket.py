"""The leaky bucket behind the request limit (gorgias-api.md 2)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """`limit` requests fit into the bucket, which drains completely in `window` seconds."""

    limit: float
    window: float

    @classmethod
    def parse(cls, text: str) -> Allowance:
        """Read `40/20`. Raises ValueError naming the text."""
        try:
            limit, window = (float(part) for part in text.split("/"))
        except ValueError:
            raise ValueError(f"rate {text!r}: expected REQUESTS/SECONDS, such as 40/20") from None
        if limit < 1 or window <= 0 or not math.isfinite(limit) or not math.isfinite(window):
            raise ValueError(f"rate {text!r}: both numbers must be positive")
        return cls(limit, window)

    def doubled(self) -> Allowance:
        """What an OAuth app gets."""
        return Allowance(self.limit * 2, self.window)


class LeakyBucket:
    """The level of an account's keys, or of its apps; drains continuously at limit/window."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float]) -> None:
        self.allowance = allowance
        self._clock = clock
        self._level = 0.0
        self._at = clock()
        self.highest = 0.0

    def level(self) -> float:
        """The level now."""
        now = self._clock()
        leaked = max(0.0, now - self._at) * self.allowance.limit / self.allowance.window
        self._level, self._at = max(0.0, self._level - leaked), now
        return self._level

    def take(self) -> float:
        """Add one request. Returns 0 when it fits, else the seconds until it would; then nothing is added."""
        level = self.level()
        over = level + 1 - self.allowance.limit
        if over > 1e-9:
            return over * self.allowance.window / self.allowance.limit
        self._level = level + 1
        self.highest = max(self.highest, self._level)
        return 0.0

    def header(self) -> str:
        """`used/limit`, whole numbers."""
        return f"{math.ceil(self.level() - 1e-9)}/{int(self.allowance.limit)}"
