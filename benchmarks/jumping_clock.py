"""A clock that jumps over what a pacer waits, and pacers by it: hours at a key's pace in minutes of work.

It belongs here: the clock, and putting its pacers in place of the product's. It does not: what is measured by it
(paced_run.py).

Between jumps the clock goes by the CPU of this process, the sandbox's on its threads included, so that other work on
the machine is not in it. Who waits for Gorgias makes the clock jump; who waits for Ivinex beside it goes along, and
jumps alone only where nobody else does.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import resources.gorgias.resource
import resources.ivinex.resource
from resources.pacing import BucketPacer, SteadyPacer

ALONE = 0.03
"""Seconds after which whoever waits for Ivinex takes nobody else to be waiting."""


class JumpingClock:
    """Seconds since it was made, and since 1970."""

    def __init__(self) -> None:
        self._lock, self._jumped = threading.Lock(), 0.0
        self._cpu, self._epoch = time.process_time(), time.time()
        self.jumps = 0

    def __call__(self) -> float:
        return time.process_time() - self._cpu + self._jumped

    def since_1970(self) -> float:
        return self._epoch + self()

    def jump_to(self, moment: float) -> None:
        with self._lock:
            self._jumped += max(0.0, moment - self())
            self.jumps += 1


class Sent:
    """When requests left, by side, and answers 429.

    Attributes:
        times: side -> moments.
        pacers: all that were made: each run makes its own.
    """

    def __init__(self, clock: JumpingClock):
        self.clock = clock
        self.times: dict[str, list[float]] = {"gorgias": [], "ivinex": []}
        self.pacers: list[Any] = []

    @property
    def throttled(self) -> int:
        return sum(one.throttled for one in self.pacers)


def pace_by(clock: JumpingClock) -> Sent:
    """From now on the pacers of this process go by this clock."""
    sent = Sent(clock)

    class Bucket(BucketPacer):
        def __init__(self, *given: Any, **named: Any):
            super().__init__(*given, **named | {"clock": clock})
            sent.pacers.append(self)

        def try_acquire(self, up_to: int = 1) -> tuple[int, float]:
            taken, wait = super().try_acquire(up_to)
            while not taken:
                clock.jump_to(clock() + wait)
                taken, wait = super().try_acquire(up_to)
            sent.times["gorgias"] += [clock()] * taken
            return taken, 0.0

    class Steady(SteadyPacer):
        def __init__(self, *given: Any, **named: Any):
            super().__init__(*given, **named | {"clock": clock})
            sent.pacers.append(self)

        def acquire(self) -> None:
            while True:
                taken, wait = self.try_acquire()
                if taken:
                    sent.times["ivinex"].append(clock())
                    return
                due, jumps, since = clock() + wait, clock.jumps, time.monotonic()
                while clock() < due and time.monotonic() - since < ALONE:
                    time.sleep(0.001)
                    if clock.jumps != jumps:
                        jumps, since = clock.jumps, time.monotonic()
                clock.jump_to(due)

    resources.gorgias.resource.BucketPacer = Bucket  # type: ignore[misc]
    resources.ivinex.resource.SteadyPacer = Steady  # type: ignore[misc]
    return sent
