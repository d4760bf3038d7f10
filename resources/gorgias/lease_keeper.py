"""Keeps the lease of a running gate: takes it, renews it in the background, lets it go.

A second run is refused at once when the holder shows a sign of life; after a holder that died without one, the
next run waits for the rest of the lease and goes on by itself.
"""

import os
import socket
import threading
import time
from collections.abc import Callable

from resources.ledger import Ledger
from resources.ledger.lease import Fenced, Lease, LeaseHeld


class LeaseKeeper:
    """
    Args:
        seconds: how long a lease lasts without renewal; it is renewed every quarter of that.
    """

    def __init__(self, ledger: Ledger, run_id: str, seconds: float = 30.0, sleep: Callable[[float], None] = time.sleep):
        self._ledger, self._seconds, self._sleep = ledger, seconds, sleep
        self._holder = f"{socket.gethostname()} process {os.getpid()}" + (f" run {run_id}" if run_id else "")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.lease: Lease | None = None

    def take(self) -> int:
        """The fencing number, once the lease is ours.

        Raises:
            LeaseHeld: another runner is alive; names it and since when it holds.
        """
        if self.lease is None:
            self.lease = self._wait_for_lease()
            self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
            self._thread.start()
        return self.lease.fence

    def release(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self.lease is not None:
            self._ledger.release_lease(self.lease.fence)
            self.lease = None

    def _wait_for_lease(self) -> Lease:
        first: Lease | None = None
        while True:
            try:
                return self._ledger.try_lease(self._holder, self._seconds)
            except LeaseHeld:
                present = self._ledger.lease()
                if first is None:
                    first = present
                elif present and (present.renewed_at, present.fence) != (first.renewed_at, first.fence):
                    raise
                self._sleep(self._seconds / 8)

    def _renew(self) -> None:
        while not self._stop.wait(self._seconds / 4):
            try:
                self._ledger.renew_lease(self.lease.fence, self._seconds)  # type: ignore[union-attr]
            except Fenced:
                return  # the gate's next commit says so
            except Exception:  # noqa: S112 - a busy database: the next round tries again, and the fence decides
                continue
