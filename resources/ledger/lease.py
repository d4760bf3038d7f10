"""One runner per target account: a lease with a fencing number (docs/write-gate.md).

The number grows with every takeover and is compared in each ledger transaction of the gate, so a runner that lost
its lease (a paused machine, say) can commit no further INTENT. Gorgias checks no such number: what is still on
the wire when a lease is lost is bounded by the gate's send deadline, not by this module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from resources.ledger import tables
from resources.ledger.base import Repository


class LeaseHeld(Exception):
    """Another runner works on this account."""


class Fenced(Exception):
    """Another runner took the lease over; this one may commit nothing more."""


@dataclass(frozen=True)
class Lease:
    fence: int
    holder: str
    acquired_at: datetime
    renewed_at: datetime
    expires_at: datetime

    @property
    def released(self) -> bool:
        """Given back by its holder; one whose time is merely over may belong to a runner with another clock."""
        return self.expires_at <= self.renewed_at


class Leases(Repository):
    def current(self) -> Lease | None:
        """The present lease row, expired or not."""
        with self.store.reading() as connection:
            return self._read(connection)

    def try_lease(self, holder: str, seconds: float, dead: Lease | None = None) -> Lease:
        """Take the lease if it is free or expired, with the next fencing number.

        Args:
            dead: a lease that was watched and showed no sign of life; free as long as it still shows none.

        Raises:
            LeaseHeld: it is neither; names the holder and since when it holds.
        """
        now = self.store.now()
        never = {"account": self.account, "fence": 0, "holder": "", "acquired_at": now, "renewed_at": now}
        with self.store.transaction() as tx:
            # There must be a row to lock, or two first runners on PostgreSQL would both find none and both win.
            free = self.store.dialect.insert(tables.leases).values(never | {"expires_at": now})
            tx.execute(free.on_conflict_do_nothing())
            present = self._read(tx, lock=True)
            watched = (dead.fence, dead.renewed_at) if dead else None
            if present and present.expires_at > now and (present.fence, present.renewed_at) != watched:
                raise LeaseHeld(self.describe(present))
            fence = present.fence + 1 if present else 1
            lease = Lease(fence, holder, now, now, now + timedelta(seconds=seconds))
            self.store.upsert(tx, tables.leases, [vars(lease)])
            return lease

    def describe(self, lease: Lease) -> str:
        """Who works on the account, and what to do about it."""
        return (
            f"{self.account} is being worked on by {lease.holder} since {lease.acquired_at:%Y-%m-%d %H:%M:%S} UTC "
            f"(last sign of life {lease.renewed_at:%H:%M:%S}). Let it end, or end it, and start again; `migrate "
            "unlock` frees a lease whose holder shows no sign of life. Nothing was changed."
        )

    def renew_lease(self, fence: int, seconds: float) -> None:
        """Raises `Fenced` when another runner has taken over."""
        now = self.store.now()
        renewed = {"renewed_at": now, "expires_at": now + timedelta(seconds=seconds)}
        with self.fenced(fence) as tx:
            tx.execute(update(tables.leases).where(tables.leases.c.account == self.account).values(**renewed))

    def release_lease(self, fence: int) -> None:
        """Give the lease back, if it is still ours; the fencing number stays."""
        c = tables.leases.c
        with self.store.transaction() as tx:
            ours = (c.account == self.account, c.fence == fence)
            tx.execute(update(tables.leases).where(*ours).values(expires_at=c.renewed_at))

    @contextmanager
    def fenced(self, fencing_token: int) -> Iterator[Connection]:
        """A transaction of the gate; holds the lease row until it ends.

        Raises:
            Fenced: another runner holds the account.
        """
        with self.store.transaction() as tx:
            present = self._read(tx, lock=True)
            if present is None or present.fence != fencing_token:
                holder = f"{present.holder} since {present.acquired_at:%H:%M:%S} UTC" if present else "nobody"
                raise Fenced(
                    f"This run lost its lease on {self.account} (now held by {holder}) and stops before its next "
                    "write. What it has sent is settled by the present holder."
                )
            yield tx

    def _read(self, connection: Connection, lock: bool = False) -> Lease | None:
        c = tables.leases.c
        query = self.select(c.fence, c.holder, c.acquired_at, c.renewed_at, c.expires_at)
        # SQLite ignores FOR UPDATE: its BEGIN IMMEDIATE already excludes other writers.
        row = connection.execute(query.with_for_update() if lock else query).fetchone()
        return Lease(*row) if row else None
