"""The optional rate limit of switch A-19."""

from __future__ import annotations

import math
from collections.abc import Callable


class Pace:
    """A bucket that holds one second's requests and refills steadily; without a rate everything passes."""

    def __init__(self, per_second: float | None, clock: Callable[[], float]) -> None:
        """Starts full."""
        self._rate = per_second
        self._clock = clock
        self._tokens = max(1.0, per_second or 0)
        self._seen = clock()

    def wait(self) -> int | None:
        """None if the request may pass, else the whole seconds after which one will."""
        if self._rate is None:
            return None
        now = self._clock()
        self._tokens = min(max(1.0, self._rate), self._tokens + (now - self._seen) * self._rate)
        self._seen = now
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        return max(1, math.ceil((1 - self._tokens) / self._rate))
