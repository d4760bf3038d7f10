"""What could not be carried over, and why: told in the report and in the ticket, never only in a log."""

from collections.abc import Iterable, Sequence

import pandas as pd
from sqlalchemy import Connection, delete

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import Repository
from resources.ledger.records import Loss
from resources.ledger.slices import BATCH, slice_of


class Losses(Repository):
    def record_losses(
        self, stage: str, object: str, rows: Iterable[Loss], partitions: Sequence[str] | None = None
    ) -> None:
        """Record what a stage lost of a slice."""
        with self.store.transaction() as tx:
            tx.execute(delete(tables.losses).where(*slice_of(tables.losses, self.account, object, stage, partitions)))
            self._insert(tx, stage, object, rows)

    def record_losses_of_records(
        self, stage: str, object: str, source_ids: Sequence[str], rows: Iterable[Loss]
    ) -> None:
        """The same for records that are looked at one by one: replaces what this stage said of these records."""
        stale = slice_of(tables.losses, self.account, object, stage, None)
        with self.store.transaction() as tx:
            for some in batches(source_ids, BATCH):
                tx.execute(delete(tables.losses).where(*stale, tables.losses.c.source_id.in_(some)))
            self._insert(tx, stage, object, rows)

    def loss_rows(self, partitions: Sequence[str] | None = None, objects: Sequence[str] | None = None) -> pd.DataFrame:
        """stage, object, source_id, partition, field, kind, count, detail.

        Args:
            partitions: only these days; None: all rows.
            objects: only these; None: all.
        """
        c = tables.losses.c
        columns = (c.stage, c.object, c.source_id, c.partition, c.field, c.kind, c.count, c.detail)
        query = self.select(*columns).order_by(c.object, c.field, c.kind)
        if partitions is not None:
            query = query.where(c.partition.in_(partitions))
        return self.store.frame(query if objects is None else query.where(c.object.in_(objects)))

    def _insert(self, tx: Connection, stage: str, object: str, rows: Iterable[Loss]) -> None:
        shared = {"account": self.account, "object": object, "stage": stage}
        names = ("source_id", "partition", "field", "kind", "count", "detail")
        for batch in batches(rows, BATCH):
            tx.execute(tables.losses.insert(), [shared | {name: getattr(row, name) for name in names} for row in batch])
