"""The change list: what the last sweep found to differ from what was loaded, by record and day (docs/cutover.md).

It belongs here: ids, kinds, days and the watermark, so that a sensor can read them while a load holds the warehouse.
It does not: how a difference is found (migration_assets/reconciliation/changes/change_detection.py).
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from sqlalchemy import delete, func

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import Repository

_BATCH = 5_000


class Changes(Repository):
    def list_changes(self, rows: Iterable[dict[str, Any]], watermark: str) -> int:
        """Replace the change list; returns how many records it holds.

        Args:
            rows: dicts with object, source_id, kind and partition (None for what belongs to no day).
            watermark: the newest sweep that was compared.
        """
        shared = {"account": self.account, "watermark": watermark, "found_at": self.store.now()}
        # One record may be found for several reasons, and a ticket that moved to another day on both.
        found = {(row["object"], row["source_id"], row["partition"] or ""): row for row in rows}
        listed = [shared | row | {"partition": row["partition"] or ""} for row in found.values()]
        with self.store.transaction() as tx:
            tx.execute(delete(tables.changes).where(tables.changes.c.account == self.account))
            for batch in batches(listed, _BATCH):
                tx.execute(tables.changes.insert(), batch)
        return len(listed)

    def change_rows(self) -> pd.DataFrame:
        """object, source_id, kind, partition ('' for none), watermark, found_at."""
        c = tables.changes.c
        query = self.select(c.object, c.source_id, c.kind, c.partition, c.watermark, c.found_at)
        return self.store.frame(query.order_by(c.object, c.source_id))

    def changed_days(self) -> dict[str, tuple[int, str]]:
        """Created day -> (records that changed, watermark): what a delta has to load."""
        c = tables.changes.c
        query = self.select(c.partition, func.count(), func.max(c.watermark)).where(c.partition != "")
        found = self.store.rows(query.group_by(c.partition).order_by(c.partition))
        return {day: (int(count), watermark) for day, count, watermark in found}
