"""When something was last written: what a later look at Gorgias is held against.

It belongs here: times of settled writes, and marks between our clock and Gorgias's. It does
not: their states and outcomes (writes.py, outcomes.py).
"""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import func, select

from resources.ledger import tables
from resources.ledger.base import Repository, plain_rows


class Times(Repository):
    def settled_at(self, object: str, partitions: Sequence[str] | None = None) -> pd.DataFrame:
        """source_id, settled_at: the last write on each object, whichever part of it."""
        w = tables.writes.c
        query = self.select(w.source_id, func.max(w.settled_at).label("settled_at"))
        query = query.where(w.object == object, w.settled_at.is_not(None))
        if partitions is not None:
            query = query.where(w.partition.in_(partitions))
        kinds = {"source_id": "str", "settled_at": "datetime64[us, UTC]"}
        return self.store.frame(query.group_by(w.source_id)).astype(kinds)

    def last_written(self, partitions: Sequence[str] | None = None) -> dict[str | None, datetime]:
        """Partition (None: objects without days) -> when the last write of it was settled.

        Args:
            partitions: only these; None: all.
        """
        w = tables.writes.c
        query = self.select(w.partition, func.max(w.settled_at))
        query = query.where(w.settled_at.is_not(None), w.object.not_in(["canary", "preflight"]))
        if partitions is not None:
            query = query.where(w.partition.in_(partitions))
        return dict(plain_rows(self.store.rows(query.group_by(w.partition))))

    def first_sent(self) -> datetime | None:
        """When the first request of this migration was announced, whatever became of it."""
        h = tables.history.c
        first: datetime | None = self.store.value(select(func.min(h.at)).where(h.account == self.account))
        return first

    def mark_clock(self, in_gorgias: datetime) -> None:
        """All that was settled until now was carried out before this moment of Gorgias's own clock."""
        with self.store.transaction() as tx:
            tx.execute(
                tables.clock_marks.insert().values(account=self.account, at=self.store.now(), in_gorgias=in_gorgias)
            )

    def in_gorgias(self, at: datetime) -> datetime | None:
        """A moment of Gorgias's clock by which all that was settled until `at` was through; None: there is no mark."""
        m = tables.clock_marks.c
        query = select(func.min(m.in_gorgias)).where(m.account == self.account, m.at >= at)
        moment: datetime | None = self.store.value(query)
        return moment

    def clock_marks(self) -> list[tuple[datetime, datetime]]:
        """(our time, Gorgias's time) of each mark, in order."""
        m = tables.clock_marks.c
        return plain_rows(self.store.rows(self.select(m.at, m.in_gorgias).order_by(m.at)))
