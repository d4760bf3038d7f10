"""Rows that were set aside with their reason, while the others go on."""

from collections.abc import Iterable, Sequence

import pandas as pd
from sqlalchemy import Connection, delete

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import Repository, Store
from resources.ledger.outcomes import WRITER_STAGE, Outcomes
from resources.ledger.records import Outcome, Quarantined
from resources.ledger.slices import BATCH, slice_of


class Quarantine(Repository):
    def __init__(self, store: Store, outcomes: Outcomes):
        super().__init__(store)
        self._outcomes = outcomes

    def record(
        self, object: str, stage: str, rows: Iterable[Quarantined], partitions: Sequence[str] | None = None
    ) -> None:
        """Set rows aside with their reason; their outcome is quarantined, and other rows go on."""
        stale = slice_of(tables.outcomes, self.account, object, stage, partitions)
        said_before = slice_of(tables.quarantine, self.account, object, stage, partitions)
        with self.store.transaction() as tx:
            tx.execute(delete(tables.outcomes).where(*stale, self._outcomes.of_quarantine(object, stage)))
            tx.execute(delete(tables.quarantine).where(*said_before))
            for batch in batches(rows, BATCH):
                self.record_in_transaction(tx, object, stage, batch)

    def record_in_transaction(
        self, connection: Connection, object: str, stage: str, rows: Sequence[Quarantined]
    ) -> None:
        """The same inside an open transaction, without clearing the slice first."""
        shared = {"object": object, "stage": stage, "at": self.store.now()}
        columns = ("source_id", "partition", "source_version", "mapping_version", "reason_class", "message")
        values = [shared | {name: getattr(row, name) for name in columns} for row in rows]
        self.store.upsert(connection, tables.quarantine, values)
        outcomes = (Outcome(row.source_id, "quarantined", row.message, row.partition, row.synthetic) for row in rows)
        values = [self._outcomes.row(object, stage, row) for row in outcomes]
        self.store.upsert(connection, tables.outcomes, values, own_stage_only=stage != WRITER_STAGE)

    def rows(self) -> pd.DataFrame:
        """object, source_id, partition, stage, reason_class, message, source_version, mapping_version, at."""
        q = tables.quarantine.c
        columns = (q.object, q.source_id, q.partition, q.stage, q.reason_class, q.message)
        query = self.select(*columns, q.source_version, q.mapping_version, q.at)
        return self.store.frame(query.order_by(q.object, q.source_id))
