"""How fast requests may leave for Ivinex, for all threads together.

Belongs here: the protocol that the client asks, and a steady rate that backs off. Does not belong here: repeating
a request (sender.py). No limit is published (ivinex-api.md 9), so the rate starts low and is only ever lowered by
the site's own answers.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from resources.ivinex.failures import retry_after


class Pacer(Protocol):
    """Decides when a request may leave and learns from every answer."""

    def acquire(self) -> None:
        """Blocks until a request may leave."""

    def observe(self, status: int, headers: Mapping[str, str], seconds: float) -> None:
        """Tells what came back (status 0 where nothing did) and how long it took."""


class SteadyPacer:
    """Spaces requests evenly; halves the rate on 429 and 503 and creeps back to the asked one.

    Args:
        rate_per_second: requests a second when the site does not complain.
        clock: monotonic seconds.
        sleep: waits that many seconds.
        creep: share by which the rate grows per good answer, up to the asked rate.
    """

    def __init__(
        self,
        rate_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        creep: float = 0.01,
    ) -> None:
        if rate_per_second <= 0:
            raise ValueError("IVINEX_REQUESTS_PER_SECOND must be above 0")
        self._asked = self._rate = rate_per_second
        self._clock, self._sleep, self._creep = clock, sleep, creep
        self._lock = threading.Lock()
        self._next = clock()

    @property
    def rate(self) -> float:
        """The rate in force, requests a second."""
        return self._rate

    def acquire(self) -> None:
        """Takes the next free moment, then waits for it outside the lock."""
        while True:
            with self._lock:
                now = self._clock()
                moment = max(self._next, now)
                if moment <= now:
                    self._next = now + 1.0 / self._rate
                    return
            self._sleep(moment - now)

    def observe(self, status: int, headers: Mapping[str, str], seconds: float) -> None:
        """Slows down on 429 and 503, for every thread; regains a little on each good answer."""
        with self._lock:
            if status in (429, 503):
                self._rate = max(self._rate / 2, self._asked / 64)
                pause = retry_after(headers)
                self._next = max(self._next, self._clock() + (pause if pause is not None else 1.0 / self._rate))
            elif 200 <= status < 300:
                self._rate = min(self._asked, self._rate * (1 + self._creep))
