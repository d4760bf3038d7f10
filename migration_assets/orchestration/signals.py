"""Ctrl-C and SIGTERM while jobs run: the first ends in order, the second ends a command at once.

Dagster swaps signal handlers around its runs and turns the first signal into an exception inside the asset, which is
what lets the write gate wait for its requests in flight. Handlers can therefore not be relied on to see every
signal; the wake-up file descriptor does, whatever handler is installed.

Python swallows an exception that is raised in a weak reference's callback or in `__del__`. A signal that falls into
one would only print a traceback, and the run go on to its end: so what is swallowed is sent once more.

A job of the UI that runs others is such a run itself. There "Terminate" is one signal to the process, and a further one
(of a UI that closes, say) is no reason to leave at once.
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from dagster import DagsterExecutionInterruptedError

_SWALLOWED = 0
"""On the wake-up socket beside the numbers of signals, which begin at 1."""
_AGAIN_SECONDS = 0.05


class Interrupted(Exception):
    """The command was asked to end before its work was done."""


class Signals:
    """Context manager around a command's runs; `requested` says whether it was asked to end.

    Only the main thread can watch signals; elsewhere (a test's thread) nothing is ever requested.

    Attributes:
        on_request: called on the first signal, on another thread than the run's.
        at_once: called on the second signal, before the process ends; for children that would stay behind.

    Args:
        in_run: this process is a run of Dagster's already.
    """

    on_request: Callable[[], None] = staticmethod(lambda: None)
    on_second_signal: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, say: Callable[[str], None], in_run: bool = False):
        self._say, self._in_run = say, in_run
        self.requested = self._watching = False
        self._previous_fd = -1
        self._own = 0

    def __enter__(self) -> "Signals":
        self._watching = threading.current_thread() is threading.main_thread()
        if self._watching:
            self._read, self._write = socket.socketpair()
            self._write.setblocking(False)
            self._terminate = signal.signal(signal.SIGTERM, _as_interrupt)
            self._unraisable = sys.unraisablehook
            sys.unraisablehook = self._swallowed
            self._previous_fd = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
            self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._watching:
            signal.set_wakeup_fd(self._previous_fd)
            signal.signal(signal.SIGTERM, self._terminate)
            sys.unraisablehook = self._unraisable
            self._write.close()
            self._thread.join()
            self._read.close()

    def request(self) -> None:
        """Ask for the end, as a first signal does; where nothing watches for signals, nothing happens."""
        if self._watching and not self.requested:
            os.kill(os.getpid(), signal.SIGINT)

    def check(self) -> None:
        """Raises `Interrupted` if an end was asked for."""
        if self.requested:
            raise Interrupted

    def _watch(self) -> None:
        while numbers := self._read.recv(16):
            for number in numbers:
                if number == _SWALLOWED:
                    time.sleep(_AGAIN_SECONDS)
                    self._own += 1
                    os.kill(os.getpid(), signal.SIGTERM)
                elif number == signal.SIGTERM and self._own:
                    self._own -= 1
                elif number not in (signal.SIGINT, signal.SIGTERM) or (self.requested and self._in_run):
                    continue
                elif self.requested:
                    self.on_second_signal()
                    # What was in flight stays as an INTENT in the ledger; the next run settles it.
                    os._exit(1)
                else:
                    self.requested = True
                    with suppress(Exception):  # what it would say is said again by whoever sees `requested`
                        self.on_request()
                    once_more = "" if self._in_run else " Once more (Ctrl-C) ends at once."
                    self._say(f"Ending: requests in flight come home first.{once_more}")

    def _swallowed(self, unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt | DagsterExecutionInterruptedError):
            self._write.sendall(bytes([_SWALLOWED]))
        else:
            self._unraisable(unraisable)


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
