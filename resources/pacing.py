"""Pacing: when a request may leave, for all threads of a run together, so that no answer need ever be a 429.

One family for both sides: `BucketPacer` follows a limit that every answer tells (Gorgias), `SteadyPacer` feels its way
where none is known (Ivinex). Both hold every request when the server says Retry-after (pacer.py).

It belongs here: when a request may leave. It does not: what is repeated (that depends on what a failure means).
"""

import logging
import math
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping

from resources.limit_headers import LEVEL_HEADER, LONGEST_HOLD, level, retry_after
from resources.neighbours import Neighbours
from resources.outgoing_text import with_reference
from resources.pacer import Pacer

__all__ = ["LEVEL_HEADER", "LONGEST_HOLD", "BucketPacer", "OwnLevel", "SteadyPacer", "retry_after"]
BLIND_HOLD_SECONDS = 1.0
MARGIN = 2
"""Requests kept back at a share near 1, because they may arrive closer together than they left."""
SLOW_FACTOR, SLOW_SECONDS = 3.0, 0.5
RECENT = 8
"""About so many answers count as recent."""
log = logging.getLogger(__name__)


class OwnLevel:
    """How full the bucket is by one process alone: its runs have a pacer each and spend one share together.

    Attributes:
        lock: held from looking until taking.
        size: of the bucket, as the account said last; None before its first answer. Who began anew with less would
            wait until that had room for what all have sent.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.size: float | None = None
        self._level, self._at = 0.0, -math.inf

    def at(self, now: float, rate: float) -> float:
        """The level now, where `rate` requests a second drain."""
        self._level = max(0.0, self._level - max(0.0, now - self._at) * rate)
        self._at = max(self._at, now)
        return self._level

    def add(self, taken: int) -> None:
        self._level += taken


class BucketPacer(Pacer):
    """Follows one account's leaky bucket, which is shared with its live helpdesk.

    Every answer says how full it is (`X-Gorgias-Account-Api-Call-Limit: used/limit`, gorgias-api.md 2). Two levels
    are followed, both draining with time: *own*, what this process has sent, against its share of size and rate, which
    keeps the rest of the allowance free; and *account*, what the last answer said plus what was sent since, which
    makes room when others use the account and leaves them places for their bursts.

    Args:
        size: requests that fit into the bucket (40 for a key, 80 for OAuth).
        window: seconds in which a full bucket drains (20, Enterprise 10).
        share: the part of size and rate that this process may use.
        reserve: size -> places kept free now, whatever is known of others.
        own: what the pacers of the same account in this process have sent; left out, there is no other.
    """

    server = "Gorgias"

    def __init__(
        self,
        size: float = 40,
        window: float = 20.0,
        share: float = 0.9,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        reserve: Callable[[float], float] = lambda _: 0.0,
        own: OwnLevel | None = None,
    ):
        super().__init__(clock, sleep)
        self._own = own or OwnLevel()
        self.size, self.window, self.share = float(self._own.size or size), window, share
        self._reserve = reserve
        self._at = clock()
        self._others = Neighbours(self.size, self._leak)
        # Nothing is known of the account before the first answer: leave room for one request, then listen.
        self._account = self._ceiling - 1
        self._heard = False
        self._observed_send = -math.inf
        self._under_way: list[float] = []
        self._refusals = 0
        self._nonsense = False

    @property
    def rate(self) -> float:
        """Requests a second that this process may sustain."""
        return self.share * self.size / self.window

    def _take(self, up_to: int, now: float) -> tuple[int, float]:
        self._drain(now)
        capacity, ceiling = self.share * self.size, self._ceiling
        with self._own.lock:
            own = self._own.at(now, self.rate)
            room = min(capacity - own, ceiling - self._account)
            if room < 1:
                waits = (own + 1 - capacity) / self.rate, (self._account + 1 - ceiling) / self._leak
                return 0, max(*waits, 0.001)
            taken = min(up_to, int(room))
            self._own.add(taken)
        self._account += taken
        self._under_way.extend([now] * taken)
        return taken, 0.0

    def _learn(self, status: int, headers: Mapping[str, str], seconds: float, now: float) -> None:
        self._drain(now)
        sent_at = now - seconds
        self._has_come(sent_at, now)
        seen = self._level(headers)
        if seen and sent_at >= self._observed_send:
            self._observed_send = sent_at
            self._see(*seen)
        # Requests that were under way when a hold began belong to it: together they are one refusal, not many.
        fresh = sent_at >= self._held_until
        if status == 429:
            self._refusals += fresh
            if fresh:
                self._others.crowded()
            if seen is None:
                self._account = max(self._account, self.size)
            self._hold(now, headers, min(BLIND_HOLD_SECONDS * 2 ** min(self._refusals - 1, 10), self.window))
        elif fresh:
            self._refusals = 0

    def _has_come(self, sent_at: float, now: float) -> None:
        """Take one request off those under way: of those that may be it, the one that left last."""
        place = bisect_right(self._under_way, sent_at + 1e-6) - 1
        if self._under_way:
            del self._under_way[max(place, 0)]
        # One of which nobody ever told has drained by now.
        del self._under_way[: bisect_right(self._under_way, now - 2 * self.window)]

    def _see(self, used: float, size: float) -> None:
        """What an answer says of the bucket, and by that of others."""
        self._own.size = size
        if size != self.size:
            self.size = size
            self._others.resize(size, self._leak)
        if self._heard:
            # All of ours is in the level that was expected, so what is above it is others'.
            self._others.seen(used - self._account, full=used >= self.size - 1)
        self._heard = True
        # Counting all that is under way is cautious: the server may have seen some of it.
        self._account = used + len(self._under_way)

    def _level(self, headers: Mapping[str, str]) -> tuple[float, float] | None:
        header = headers.get(LEVEL_HEADER)
        found = level(header) if header else None
        if header and found is None and not self._nonsense:
            self._nonsense = True
            told = f"{self.server} names a level of its allowance that cannot be; it is ignored."
            log.warning(with_reference(told, header))
        return found

    @property
    def _ceiling(self) -> float:
        """How full the account may be by our doing: what others need and what is kept for them stays free."""
        free = max(MARGIN, self._others.room, self._reserve(self.size))
        return max(1.0, self.size - free)

    @property
    def _leak(self) -> float:
        return self.size / self.window

    def _drain(self, now: float) -> None:
        passed, self._at = now - self._at, now
        self._account = max(0.0, self._account - passed * self._leak)
        self._others.pass_time(passed)


class SteadyPacer(Pacer):
    """Spaces requests evenly where no limit is published (ivinex-api.md 9): from a low rate, only ever downwards.

    The rate is halved on 429, on 503, and when answers take much longer than they used to; it creeps back to the
    asked one with good answers.

    Args:
        rate_per_second: requests a second when the site does not complain.
        creep: share by which the rate grows per good answer, up to the asked rate.
    """

    server = "Ivinex"

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
            # Requests that were under way when a hold began belong to it.
            if now - seconds >= self._held_until:
                self._rate = max(self._rate / 2, self._asked / 64)
            self._hold(now, headers, 1.0 / self._rate)
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
