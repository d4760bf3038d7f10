"""Requests counted where they leave, by the call that they are. Thread-safe.

It belongs here: counting. It does not: keeping the counts (resources/ledger/sent_calls.py).
"""

import threading
from collections import Counter


class RequestCounts:
    """How many requests of each call left since the last `take`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, call: str, number: int = 1) -> None:
        with self._lock:
            self._counts[call] += number

    def take(self) -> dict[str, int]:
        """The counts so far, which begin anew."""
        with self._lock:
            taken, self._counts = dict(self._counts), Counter()
        return taken
