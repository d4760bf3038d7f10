"""What an earlier run of the same command found in the account: its next runs need not look again within the hour.

A command loads range by range, each a run of its own, and one range may take hours: a look that is an hour old is no
older than one at the beginning of such a range. It belongs here: what is remembered, in this process, and for how
long. It does not: looking (look.py) and when it is asked (loading.py). A run of the UI is a process of its own, and
looks for itself.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

LASTS = 3600.0
"""Seconds."""
Key = tuple[str, str, bool]
"""Account, command, whether its runs carry changes over."""


@dataclass(frozen=True)
class RecentLook:
    """One look, all of whose points were decided.

    Attributes:
        at: when, on the clock of this process.
        switched_off: points that were switched off for the load.
        is_ours: the account's records were found to be this ledger's when the first ones were made.
    """

    at: float
    switched_off: frozenset[str]
    is_ours: bool = False


_LOOKS: dict[Key, RecentLook] = {}


def recent_look(key: Key | None, off_now: set[str], clock: Callable[[], float] = time.monotonic) -> RecentLook | None:
    """The last look; None where there is none, it is too old, or what it switched off is on again.

    Args:
        key: None: of no command.
        off_now: points that are switched off.
    """
    found = _LOOKS.get(key) if key else None
    return found if found and clock() - found.at < LASTS and found.switched_off <= off_now else None


def remember_look(key: Key | None, switched_off: set[str], clock: Callable[[], float] = time.monotonic) -> None:
    """Instead of the last one, of whichever command."""
    if key:
        _LOOKS.clear()
        _LOOKS[key] = RecentLook(clock(), frozenset(switched_off))


def remember_is_ours(key: Key | None) -> None:
    """Beside the look that is remembered."""
    if key and key in _LOOKS:
        _LOOKS[key] = replace(_LOOKS[key], is_ours=True)
