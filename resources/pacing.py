"""Pacing: when a request may leave, for all threads of a run together, so that no answer need ever be a 429.

One family for both sides: `BucketPacer` follows a limit that every answer tells (Gorgias), `SteadyPacer` feels its way
where none is known (Ivinex). Both hold every request when the server says Retry-after.

It belongs here: when a request may leave. It does not: what is repeated (that depends on what a failure means).
"""

import logging
import math
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LEVEL_HEADER = "x-gorgias-account-api-call-limit"
BLIND_HOLD_SECONDS = 1.0
LONGEST_HOLD_SECONDS = 3600.0
"""Whatever a server asks for: a longer one would be a fault of its clock or of its words."""
TOLD_HOLD_SECONDS = 10.0
MARGIN = 2
"""Requests kept back at a share near 1, because they may arrive closer together than they left."""
SLOW_FACTOR, SLOW_SECONDS = 3.0, 0.5
RECENT = 8
"""About so many answers count as recent."""

log = logging.getLogger(__name__)


class Pacer(ABC):
    """What a client asks before a request and tells after an answer. Thread-safe; tests inject clock and sleep.

    Attributes:
        throttled: answers 429 so far.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep):
        self.throttled = 0
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._held_until = -math.inf

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
            self._learn(status, headers, seconds, self._clock())

    def _hold(self, until: float) -> None:
        self._held_until = max(self._held_until, until)

    @abstractmethod
    def _take(self, up_to: int, now: float) -> tuple[int, float]: ...

    @abstractmethod
    def _learn(self, status: int, headers: Mapping[str, str], seconds: float, now: float) -> None: ...


class BucketPacer(Pacer):
    """Follows one account's leaky bucket, which is shared with its live helpdesk.

    Every answer says how full it is (`X-Gorgias-Account-Api-Call-Limit: used/limit`, gorgias-api.md 2). Two levels
    are followed, both draining with time: *own*, what this run has sent, against its share of size and rate, which
    keeps the rest of the allowance free; and *account*, what the last answer said plus what was sent since, which
    makes room when others use the account.

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
        super().__init__(clock, sleep)
        self.size, self.window, self.share = float(size), window, share
        self._at = clock()
        self._own = 0.0
        # Nothing is known of the account before the first answer: leave room for one request, then listen.
        self._account = self._capacity - 1
        self._observed_send = -math.inf
        self._sent: deque[float] = deque()
        self._refusals = 0

    @property
    def rate(self) -> float:
        """Requests a second that this run may sustain."""
        return self.share * self.size / self.window

    def _take(self, up_to: int, now: float) -> tuple[int, float]:
        self._drain(now)
        capacity = self._capacity
        room = min(capacity - self._own, capacity - self._account)
        if room < 1:
            waits = (self._own + 1 - capacity) / self.rate, (self._account + 1 - capacity) / self._leak
            return 0, max(*waits, 0.001)
        taken = min(up_to, int(room))
        self._own += taken
        self._account += taken
        self._sent.extend([now] * taken)
        return taken, 0.0

    def _learn(self, status: int, headers: Mapping[str, str], seconds: float, now: float) -> None:
        self._drain(now)
        sent_at = now - seconds
        level = _level(headers.get(LEVEL_HEADER))
        if level and sent_at >= self._observed_send:
            self._observed_send = sent_at
            used, self.size = level
            while self._sent and self._sent[0] <= sent_at:
                self._sent.popleft()
            # Counting all that left after this request is cautious: the server may have seen some of it.
            self._account = used + len(self._sent)
        # Requests that were under way when a hold began belong to it: together they are one refusal, not many.
        fresh = sent_at >= self._held_until
        if status == 429:
            self._refusals += fresh
            self._account = max(self._account, self.size)
            told = retry_after(headers)
            blind = min(BLIND_HOLD_SECONDS * 2 ** (self._refusals - 1), self.window)
            self._hold(now + (told if told is not None else blind))
        elif fresh:
            self._refusals = 0

    @property
    def _capacity(self) -> float:
        return min(self.share * self.size, self.size - MARGIN)

    @property
    def _leak(self) -> float:
        return self.size / self.window

    def _drain(self, now: float) -> None:
        passed, self._at = now - self._at, now
        self._own = max(0.0, self._own - passed * self.rate)
        self._account = max(0.0, self._account - passed * self._leak)


class SteadyPacer(Pacer):
    """Spaces requests evenly where no limit is published (ivinex-api.md 9): from a low rate, only ever downwards.

    The rate is halved on 429, on 503, and when answers take much longer than they used to; it creeps back to the
    asked one with good answers.

    Args:
        rate_per_second: requests a second when the site does not complain.
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
        super().__init__(clock, sleep)
        self._asked = self._rate = rate_per_second
        self._creep = creep
        self._next = clock()
        self._usual = self._recent = math.inf

    @property
    def rate(self) -> float:
        """The rate in force, requests a second."""
        return self._rate

    def _take(self, up_to: int, now: float) -> tuple[int, float]:
        if now < self._next:
            return 0, self._next - now
        self._next = now + 1.0 / self._rate
        return 1, 0.0

    def _learn(self, status: int, headers: Mapping[str, str], seconds: float, now: float) -> None:
        if status in (429, 503):
            told = retry_after(headers)
            # Requests that were under way when a hold began belong to it.
            if now - seconds >= self._held_until:
                self._rate = max(self._rate / 2, self._asked / 64)
                if told is not None and told >= TOLD_HOLD_SECONDS:
                    log.warning(
                        "The site asks for a pause (HTTP %s, Retry-after): no request leaves for %.0f s. "
                        "An hour is the longest.",
                        status,
                        told,
                    )
                elif told is None and headers.get("retry-after"):
                    log.warning("The site's Retry-after (HTTP %s) is no number and no date: it is ignored.", status)
            self._hold(now + (told if told is not None else 1.0 / self._rate))
        elif 200 <= status < 300:
            if self._takes_longer(seconds):
                self._rate = max(self._rate / 2, self._asked / 64)
            else:
                self._rate = min(self._asked, self._rate * (1 + self._creep))

    def _takes_longer(self, seconds: float) -> bool:
        """Whether recent answers are slow by the standard of before; then they are the standard for the next time.

        So calls that are slow by nature cost one slowing down, and a site that gets slower and slower costs many.
        """
        if math.isinf(self._recent):
            self._recent = seconds
        self._recent += (seconds - self._recent) / RECENT
        self._usual = min(self._usual, self._recent)
        slow = self._recent > max(SLOW_FACTOR * self._usual, self._usual + SLOW_SECONDS)
        if slow:
            self._usual = self._recent
        return slow


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds of a Retry-After header (a number or an HTTP date), an hour at most; None where it is neither."""
    value = headers.get("retry-after") or headers.get("Retry-After")
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
            until = until if until.tzinfo else until.replace(tzinfo=UTC)
            seconds = (until - (now or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return min(max(0.0, seconds), LONGEST_HOLD_SECONDS) if math.isfinite(seconds) else None


def _level(header: str | None) -> tuple[float, float] | None:
    """`10/40` -> (10, 40); anything else -> None."""
    used, slash, limit = (header or "").partition("/")
    try:
        return (float(used), float(limit)) if slash and float(limit) > 0 else None
    except ValueError:
        return None
