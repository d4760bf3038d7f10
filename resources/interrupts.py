"""Keeps Ctrl-C, and "Terminate" of the UI, out of a few lines that must not be cut short.

Both become an exception at whatever line the main thread is at. In the middle of a library that keeps a lock that would
leave the lock taken until the process ends. It belongs here: putting a signal off. It does not: what a signal means
(migration_assets/orchestration/signals.py, and Dagster).
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Handle signals that ask for the end when the block is through, as they would have been handled before."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python runs handlers in the main thread only
        return
    seen: list[tuple[int, FrameType | None]] = []

    def put_off(number: int, frame: FrameType | None) -> None:
        seen.append((number, frame))

    before = [(number, signal.getsignal(number)) for number in _ENDING]
    try:
        for number in _ENDING:
            signal.signal(number, put_off)
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        for asked, frame in seen[:1]:
            handler = dict(before)[signal.Signals(asked)]
            if callable(handler):
                handler(asked, frame)
