"""What every pacer shares: holds that a server asks for, and words where it goes on refusing.

It belongs here: one way to ask for permission and to tell an answer, for all threads of a run. It does not: when a
request may leave while nothing is held (pacing.py).
"""

import logging
import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from resources.limit_headers import LONGEST_HOLD, requested_wait
from resources.patience import ANNOUNCED_FROM, spoken

MANY = 10
"""Refusals in a row that are worth a word, and each time that they double."""
log = logging.getLogger(__name__)


class Pacer(ABC):
    """What a client asks before a request and tells after an answer. Thread-safe; tests inject clock and sleep.

    Attributes:
        server: its name in messages.
        throttled: answers 429 so far.
    """

    server = "The server"

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep):
        self.throttled = 0
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._held_until = self._announced_until = -math.inf
        self._refused_in_a_row, self._announced_at = 0, MANY

    def try_acquire(self, up_to: int = 1) -> tuple[int, float]:
        """Permission for some requests now.

        Returns:
            (how many of `up_to` may leave now, seconds until the next may): the second is 0 when the first is not.
        """
        with self._lock:
            now = self._clock()
            if now < self._held_until:
                return 0, self._held_until - now
            return self._take(up_to, now)

    def acquire(self) -> None:
        """Block until one request may leave."""
        while True:
            taken, wait = self.try_acquire()
            if taken:
                return
            self._sleep(wait)

    def observe(self, status: int, headers: Mapping[str, str], seconds: float) -> None:
        """Learn from an answer.

        Args:
            status: its HTTP status, 0 where no answer came.
            headers: its headers, with lower-case names.
            seconds: how long the request took, which tells what was sent after it.
        """
        with self._lock:
            self.throttled += status == 429
            self._count_refusals(status)
            self._learn(status, headers, seconds, self._clock())

    def _hold(self, now: float, headers: Mapping[str, str], blind: float) -> None:
        """Let nothing leave for as long as the server asks, at most an hour; `blind` seconds where it names no time."""
        asked = requested_wait(headers)
        wait = blind if asked is None else min(asked, LONGEST_HOLD)
        until = now + wait
        if wait >= ANNOUNCED_FROM and until > self._announced_until + 1:
            self._announced_until = until
            capped = f" It asks for {spoken(asked)}; at most an hour is waited." if asked and asked > wait else ""
            log.warning(f"{self.server} asks for a pause: nothing is sent to it for {spoken(wait)}.{capped}")
        self._held_until = max(self._held_until, until)

    def _count_refusals(self, status: int) -> None:
        """Short waits are not announced one by one; many of them without a good answer in between are."""
        if status != 429:
            if 200 <= status < 300:
                self._refused_in_a_row, self._announced_at = 0, MANY
            return
        self._refused_in_a_row += 1
        if self._refused_in_a_row >= self._announced_at:
            self._announced_at *= 2
            log.warning(
                f"{self.server} goes on refusing: {self._refused_in_a_row} refusals (429) in a row; it is asked again "
                "each time the wait that it names is over."
            )

    @abstractmethod
    def _take(self, up_to: int, now: float) -> tuple[int, float]: ...

    @abstractmethod
    def _learn(self, status: int, headers: Mapping[str, str], seconds: float, now: float) -> None: ...
