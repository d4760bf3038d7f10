"""How the target was before we wrote to it: which objects there were, and the images of those that we changed.

It belongs here: entering and reading both. It does not: reading the target (migration_assets/gorgias/rollback).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import null

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import Repository, Store
from resources.ledger.lease import Leases
from resources.ledger.records import WriteKey

ACCOUNT = "account"
"""Object of the row that says that the target was looked at, and whose it is."""
_BATCH = 2_000
Before = dict[tuple[str, int], str]


@dataclass(frozen=True)
class Image:
    """An object that somebody else had made, as it was before we first wrote to it."""

    source_id: str
    body: dict[str, Any]
    at: datetime


class Images(Repository):
    def __init__(self, store: Store, leases: Leases):
        super().__init__(store)
        self._leases = leases

    def note_target(self, owner: str, rows: Iterable[tuple[str, int, str]]) -> int:
        """Enter the target as it is, in one transaction; returns the number of objects.

        Args:
            owner: digest of the account's domain.
            rows: object, Gorgias id, digest.
        """
        now, number = self.store.now(), -1
        with self.store.transaction() as tx:
            for batch in batches(chain(rows, [(ACCOUNT, 0, owner)]), _BATCH):
                number += len(batch)
                values = [{"object": o, "gorgias_id": n, "digest": digest, "at": now} for o, n, digest in batch]
                self.store.upsert(tx, tables.target_before, values)
        return number

    def target_before(self) -> Before | None:
        """(object, Gorgias id) -> digest of all that was there before our first write; None where nobody looked."""
        c = tables.target_before.c
        rows = self.store.rows(self.select(c.object, c.gorgias_id, c.digest))
        found = {(name, number): digest for name, number, digest in rows}
        return found if (ACCOUNT, 0) in found else None

    def target_owner(self) -> str | None:
        """Digest of the account's domain, as it was before our first write; None where nobody looked."""
        c = tables.target_before.c
        owner: str | None = self.store.value(self.select(c.digest).where(c.object == ACCOUNT, c.gorgias_id == 0))
        return owner

    def note_image(self, key: WriteKey, number: int, body: Any, fence: int, run_id: str) -> None:
        """Keep an image; the first one of an object stays, whatever is merged into it later.

        Raises:
            Fenced: another runner holds the account.
        """
        row = {"account": self.account, "object": key.object, "gorgias_id": number, "source_id": key.source_id}
        row |= {"body": body, "run_id": run_id, "at": self.store.now()}
        insert = self.store.dialect.insert(tables.images).values(row).on_conflict_do_nothing()
        with self._leases.fenced(fence) as tx:
            tx.execute(insert)

    def all(self) -> dict[tuple[str, int], Image]:
        """(object, Gorgias id) -> image, as long as it was not erased."""
        c = tables.images.c
        query = self.select(c.object, c.gorgias_id, c.source_id, c.body, c.at).where(c.body.is_not(null()))
        return {(name, number): Image(*rest) for name, number, *rest in self.store.rows(query)}
