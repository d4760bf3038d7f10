"""What part of its share of an allowance a migration has used, from the moments of its calls.

It belongs here: the arithmetic, for one clock or another. It does not: who notes the moments (shops.py, paced_run.py).

The share is nine tenths of a bucket at once and of its rate from then on. A stretch without a call fills the bucket
again: so much of it could be used afterwards, and the rest could not, because nothing was there to be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SIZE, WINDOW, SHARE = 40, 20.0, 0.9
ROOM, RATE = SHARE * SIZE, SHARE * SIZE / WINDOW
IDLE = 1.5
"""Seconds without a call: a run starts, or days are staged."""


@dataclass(frozen=True)
class Used:
    """
    Attributes:
        seconds: from the first call to the last.
        idle: of them in stretches without a call.
        of_all: calls by what the share allowed in this time; above 1 is taken from the shop.
        without_idle: the same without what idle stretches could not hand on.
    """

    calls: int
    seconds: float
    idle: float
    of_all: float
    without_idle: float


def used(times: Sequence[float]) -> Used:
    """
    Args:
        times: when each call left or came, in seconds; at least one.
    """
    level, lost, idle = ROOM - 1, 0.0, 0.0
    for gap in (after - before for before, after in pairwise(times)):
        if gap > IDLE:
            idle += gap
            lost += max(0.0, level + RATE * gap - ROOM)
        level = min(ROOM, level + RATE * gap) - 1
    calls, seconds = len(times), times[-1] - times[0]
    might = ROOM + RATE * seconds
    return Used(calls, seconds, idle, calls / might, calls / (might - lost))
