"""How long an outage is waited for, and how a wait comes to an end: the rules, for whichever server.

An outage is waited out with growing pauses of at most five minutes. Each longer pause is said in a log, which the
command shows and Dagster keeps in the run's events (dagster.yaml, `python_logs`). It belongs here: for how long, with
which pauses, and what is said. It does not: which failure is an outage (the clients), nor when a request may leave
(pacing.py).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

SECONDS = 1800.0
LONGEST_PAUSE = 300.0
SHORTEST_PAUSE = 0.2
ANNOUNCED_FROM = 5.0
"""Seconds: shorter pauses are nobody's concern."""

log = logging.getLogger(__name__)


class OutOfPatience(Exception):
    """A server gave no usable answer for as long as an outage is waited for; nothing is lost, the run ends."""


class Awakened(Exception):
    """A wait was ended because the run ends."""


class Rest:
    """Sleeping that another thread can end: a signal reaches the main thread only, and waits may be long."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def __call__(self, seconds: float) -> None:
        """Sleep.

        Raises:
            Awakened: the run ends.
        """
        if self._over.wait(max(0.0, seconds)):
            raise Awakened

    def end(self) -> None:
        """Wake whoever sleeps, and whoever wants to."""
        self._over.set()

    def resume(self) -> None:
        """From now on sleeping is possible again."""
        self._over.clear()


@contextmanager
def waking(rest: Rest, threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads for a block that are woken from their waits where it is left by an error: a signal, say."""
    try:
        with ThreadPoolExecutor(threads) as pool:
            try:
                yield pool
            except BaseException:
                rest.end()
                raise
    finally:
        rest.resume()


class Patience:
    """How long outages of one server are waited for. Thread-safe; tests inject clock and sleep.

    Args:
        server: its name in messages, such as "Gorgias".
        setting: the variable that says how long, such as "GORGIAS_PATIENCE".
        seconds: how long a server may give no usable answer before the run ends.
        say: told of each longer pause; a log where None.
    """

    def __init__(
        self,
        server: str,
        setting: str,
        seconds: float = SECONDS,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] | None = None,
    ):
        self.server, self.setting, self.seconds = server, setting, seconds
        self.clock, self.sleep = clock, sleep
        self._say = say or log.warning
        self._lock = threading.Lock()
        self._quiet_until = float("-inf")
        self._told = False

    def outage(self) -> "Outage":
        """For one request (or one kind of request) that may have to wait; costs nothing while all goes well."""
        return Outage(self)

    def tell_wait(self, text: str, pause: float) -> None:
        """Say it, unless another thread has just said so of its own wait."""
        with self._lock:
            now = self.clock()
            if now < self._quiet_until:
                return
            self._quiet_until, self._told = now + pause, True
        self._say(text)

    def tell_end(self, lasted: float) -> None:
        """Say that it is over, once, and where a wait was told."""
        with self._lock:
            told, self._told, self._quiet_until = self._told, False, float("-inf")
        if told:
            self._say(f"{self.server} answers again after {spoken(lasted)}.")


class Outage:
    """The failures in a row of one request, from the first one to an answer.

    Attributes:
        lasted: seconds since the first failure.
    """

    def __init__(self, patience: Patience):
        self._patience = patience
        self._since: float | None = None
        self._slept = 0.0

    def begins(self) -> None:
        """A failure; its time counts from the first one."""
        if self._since is None:
            self._since = self._patience.clock()

    @property
    def lasted(self) -> float:
        if self._since is None:
            return 0.0
        # A test's sleep may move no clock: what was slept has passed all the same.
        return max(self._patience.clock() - self._since, self._slept)

    def wait(self, why: str) -> None:
        """After a failure: pause before the next try, longer each time.

        Args:
            why: what failed, without people's data.

        Raises:
            OutOfPatience: it has lasted as long as an outage is waited for.
            Awakened: the run ends.
        """
        patience = self._patience
        self.begins()
        left = patience.seconds - self.lasted
        if left <= 0:
            raise OutOfPatience(
                f"{patience.server} gave no usable answer for {spoken(self.lasted)} (last: {why}). Nothing is lost or "
                "doubled: run the same command again once it answers (in the UI: launch the same job again). "
                f"{patience.setting} says how many seconds an outage is waited for."
            )
        pause = min(max(SHORTEST_PAUSE, self.lasted / 2), LONGEST_PAUSE, left)
        if pause >= ANNOUNCED_FROM:
            patience.tell_wait(
                f"{patience.server} gives no usable answer since {spoken(self.lasted)} ({why}); next try in "
                f"{spoken(pause)}, for {spoken(left)} more ({patience.setting}).",
                pause,
            )
        self._slept += pause
        patience.sleep(pause)

    def over(self) -> None:
        """An answer came."""
        if self._since is not None:
            self._patience.tell_end(self.lasted)
        self._since, self._slept = None, 0.0


def spoken(seconds: float) -> str:
    """`90` -> `90 s`, `1800` -> `30 min`."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
