"""Pacing by an account's leaky bucket, so that the allowance is used up and no answer is ever a 429.

The bucket belongs to the account and is shared with its live helpdesk: every answer says how full it is
(`X-Gorgias-Account-Api-Call-Limit: used/limit`, gorgias-api.md 2). Two levels are followed, both draining with time:

- *own*: what this run has sent, against its share of size and rate. It keeps the rest of the allowance free.
- *account*: what the last answer said, plus what was sent since. It makes room when others use the account.

It belongs here: when a request may leave. It does not: what is retried (that depends on what a failure means).
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

LEVEL_HEADER = "x-gorgias-account-api-call-limit"
BLIND_HOLD_SECONDS = 1.0


class BucketPacer:
    """Follows one account's bucket. Thread-safe; clock and sleep are injected in tests.

    Args:
        size: requests that fit into the bucket (40 for a key, 80 for OAuth).
        window: seconds in which a full bucket drains (20, Enterprise 10).
        share: the part of size and rate that this run may use.
    """

    def __init__(
        self,
        size: float = 40,
        window: float = 20.0,
        share: float = 0.9,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.size, self.window, self.share = float(size), window, share
        self.throttled = 0
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._at = clock()
        self._own = 0.0
        # Nothing is known of the account before the first answer: leave room for one request, then listen.
        self._account = share * self.size - 1
        self._observed_send = -math.inf
        self._sent: deque[float] = deque()
        self._held_until = -math.inf
        self._holds = 0

    @property
    def rate(self) -> float:
        """Requests a second that this run may sustain."""
        return self.share * self.size / self.window

    def try_acquire(self, up_to: int = 1) -> tuple[int, float]:
        """Permission for some requests now.

        Returns:
            (how many of `up_to` may leave now, seconds until the next may): the second is 0 when the first is not.
        """
        with self._lock:
            now = self._drain()
            if now < self._held_until:
                return 0, self._held_until - now
            capacity = self.share * self.size
            room = min(capacity - self._own, capacity - self._account)
            if room < 1:
                waits = (self._own + 1 - capacity) / self.rate, (self._account + 1 - capacity) / self._leak
                return 0, max(*waits, 0.001)
            taken = min(up_to, int(room))
            self._own += taken
            self._account += taken
            self._sent.extend([now] * taken)
            return taken, 0.0

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
            status: its HTTP status; 429 holds every request of this run.
            headers: its headers, with lower-case names.
            seconds: how long the request took, which tells what was sent after it.
        """
        with self._lock:
            now = self._drain()
            sent_at = now - seconds
            level = _level(headers.get(LEVEL_HEADER))
            if level and sent_at >= self._observed_send:
                self._observed_send = sent_at
                used, self.size = level
                while self._sent and self._sent[0] <= sent_at:
                    self._sent.popleft()
                # Counting all that left after this request is cautious: the server may have seen some of it.
                self._account = used + len(self._sent)
            if status != 429:
                self._holds = 0
                return
            self.throttled += 1
            self._account = max(self._account, self.size)
            self._holds += 1
            told = _seconds(headers.get("retry-after"))
            hold = told if told is not None else min(BLIND_HOLD_SECONDS * 2 ** (self._holds - 1), self.window)
            self._held_until = max(self._held_until, now + hold)

    @property
    def _leak(self) -> float:
        return self.size / self.window

    def _drain(self) -> float:
        now = self._clock()
        passed = now - self._at
        self._at = now
        self._own = max(0.0, self._own - passed * self.rate)
        self._account = max(0.0, self._account - passed * self._leak)
        return now


def _level(header: str | None) -> tuple[float, float] | None:
    """`10/40` -> (10, 40); anything else -> None."""
    used, slash, limit = (header or "").partition("/")
    try:
        return (float(used), float(limit)) if slash and float(limit) > 0 else None
    except ValueError:
        return None


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None
