"""The change list: what the last sweep found to differ from what was loaded, by record and day (docs/cutover.md).

It belongs here: ids, kinds, days and the watermark, so that a sensor can read them while a load holds the warehouse.
It does not: how a difference is found (migration_assets/reconciliation/changes/change_detection.py).
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from sqlalchemy import delete, func, select

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
            for start in range(0, len(listed), _BATCH):
                tx.execute(tables.changes.insert(), listed[start : start + _BATCH])
        return len(listed)

    def change_rows(self) -> pd.DataFrame:
        """object, source_id, kind, partition ('' for none), watermark, found_at."""
        c = tables.changes.c
        query = select(c.object, c.source_id, c.kind, c.partition, c.watermark, c.found_at)
        query = query.where(c.account == self.account).order_by(c.object, c.source_id)
        return self.store.frame(query)

    def changed_days(self) -> dict[str, tuple[int, str]]:
        """Created day -> (records that changed, watermark): what a delta has to load."""
        c = tables.changes.c
        query = select(c.partition, func.count(), func.max(c.watermark)).where(
            c.account == self.account, c.partition != ""
        )
        with self.store.reading() as connection:
            found = connection.execute(query.group_by(c.partition).order_by(c.partition))
            return {day: (int(count), watermark) for day, count, watermark in found}
