"""A look that is taken every few seconds, on a thread of its own, while a block works."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def regularly(name: str, seconds: float, look: Callable[[], None]) -> Iterator[None]:
    """
    Args:
        name: of the thread.
    """
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(seconds):
            look()

    thread = threading.Thread(target=watch, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
