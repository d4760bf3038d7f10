"""Keeps the lease of a running gate or command: takes it, renews it in the background, lets it go.

Whether a holder lives is judged by what it does while it is watched, on this machine's monotonic clock, and never by
comparing clocks alone: a second runner is refused at once when the holder shows a sign of life, and after a holder that
shows none for as long as its lease lasts, the next one goes on by itself. Within a command that holds the lease, or a
run that took it at its first write, all gates work under that one.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from resources.ledger import Ledger
from resources.ledger.lease import Fenced, Lease, LeaseHeld
from resources.patience import spoken

SLACK = 5.0
"""Seconds by which clocks of machines may differ before a lease is called impossible."""
LONGEST = 600.0
_log = logging.getLogger(__name__)
_shared: dict[tuple[str, str], "LeaseKeeper"] = {}
"""(ledger, account) -> the lease that a command or a run of this process holds until its end."""


class LeaseKeeper:
    """
    Args:
        seconds: how long a lease lasts without renewal; it is renewed every quarter of that.
        what: what holds it, for whoever is refused.
        proof: a lease whose holder has this at its end is nobody's: who takes it holds the lock that proves it.
        shared: whoever asks for the lease in this process works under this one until it is released.
    """

    def __init__(
        self,
        ledger: Ledger,
        run_id: str,
        seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        *,
        what: str = "",
        proof: str = "",
        shared: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._ledger, self._seconds, self._sleep, self._clock = ledger, seconds, sleep, clock
        told = what or (f"run {run_id}" if run_id else "")
        words = (f"{socket.gethostname()} process {os.getpid()}", told, proof)
        self._holder, self._proof, self._shared = " ".join(word for word in words if word), proof, shared
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.lease: Lease | None = None

    def take(self) -> int:
        """The fencing number, once the lease is ours, or that of the command in which this gate works.

        Raises:
            LeaseHeld: another runner is alive; names it and since when it holds.
        """
        above = _shared.get(_place(self._ledger))
        if above is not None and above is not self and above.lease is not None:
            return above.lease.fence
        if self.lease is None:
            self.lease = self._wait_for_lease()
            self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
            self._thread.start()
            if self._shared:
                _shared[_place(self._ledger)] = self
        return self.lease.fence

    def check(self) -> None:
        """Raises `Fenced` where another runner has taken over."""
        if self.lease is not None:
            self._ledger.leases.renew_lease(self.lease.fence, self._seconds)

    def release(self) -> None:
        self._stop.set()
        if _shared.get(_place(self._ledger)) is self:
            del _shared[_place(self._ledger)]
        if self._thread is not None:
            self._thread.join()
        if self.lease is not None:
            self._ledger.leases.release_lease(self.lease.fence)
            self.lease = None

    def _wait_for_lease(self) -> Lease:
        watched: Lease | None = None
        since = 0.0
        while True:
            present = self._ledger.leases.current()
            if present is None or present.released or self._proved(present):
                break
            if watched is None:
                watched, since = present, self._clock()
                self._tell(present)
            elif (present.fence, present.renewed_at) != (watched.fence, watched.renewed_at):
                raise LeaseHeld(self._ledger.leases.describe(present))
            left = since + self._watch(watched) - self._clock()
            if left <= 0:
                break
            self._sleep(min(left, self._seconds / 8))
        return self._ledger.leases.try_lease(self._holder, self._seconds, present)

    def _proved(self, present: Lease) -> bool:
        return bool(self._proof) and present.holder.endswith(self._proof)

    def _watch(self, present: Lease) -> float:
        """How long to watch: its whole length, or, where its time is over anyway, longer than it takes to renew it."""
        length = min((present.expires_at - present.renewed_at).total_seconds(), LONGEST)
        return length / 3 if present.expires_at <= self._ledger.now() else length

    def _tell(self, present: Lease) -> None:
        left = self._watch(present)
        ahead = (present.renewed_at - self._ledger.now()).total_seconds()
        if ahead > SLACK:
            _log.warning(
                f"The lease on {self._ledger.account} was renewed {spoken(ahead)} in the future by {present.holder}: a "
                f"clock was changed. It is watched for {spoken(left)}, and taken over where it shows no sign of life. "
                "`migrate unlock` does the same, and frees it."
            )
        elif left >= SLACK:
            _log.warning(
                f"{present.holder} did not give the lease on {self._ledger.account} back (last sign of life "
                f"{present.renewed_at:%Y-%m-%d %H:%M:%S} UTC): watching for one for {spoken(left)}, then going on."
            )

    def _renew(self) -> None:
        while not self._stop.wait(self._seconds / 4):
            try:
                self._ledger.leases.renew_lease(self.lease.fence, self._seconds)  # type: ignore[union-attr]
            except Fenced:
                return  # the gate's next commit says so
            except Exception:  # noqa: S112 - a busy database: the next round tries again, and the fence decides
                continue


@contextmanager
def held_for_command(ledger: Ledger, what: str, seconds: float, proof: str = "") -> Iterator[LeaseKeeper]:
    """Hold the account's lease for a whole command; gates that are opened in this process meanwhile work under it.

    Raises:
        LeaseHeld: another runner works on the account; names it.
    """
    keeper = LeaseKeeper(ledger, "", seconds, what=what, proof=proof, shared=True)
    keeper.take()
    try:
        yield keeper
    finally:
        keeper.release()


def _place(ledger: Ledger) -> tuple[str, str]:
    return ledger.engine.url.render_as_string(hide_password=False), ledger.account
