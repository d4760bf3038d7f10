"""Which records belong to the sample: the tickets chosen to stand for all, and the customers that they need.

It belongs here: ids, so that loads, checks and a rollback know them. It does not: choosing them
(migration_assets/reconciliation/sample/).
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select

from resources.ledger import tables
from resources.ledger.base import Repository
from resources.ledger.records import WRITTEN

_BATCH = 400


class Samples(Repository):
    def add_to_sample(self, object: str, records: Mapping[str, str | None]) -> None:
        """Remember these records as the sample's; those of an earlier sample stay in it, because they were written.

        Args:
            records: source id -> created day, None for what belongs to no day.
        """
        shared = {"account": self.account, "object": object, "at": self.store.now()}
        rows = [shared | {"source_id": name, "partition": day} for name, day in records.items()]
        with self.store.transaction() as tx:
            self.store.upsert(tx, tables.sample_records, rows)

    def sample_records(self, object: str) -> dict[str, str | None]:
        """Source id -> created day of the sample's `tickets` or `customers`."""
        c = tables.sample_records.c
        query = select(c.source_id, c.partition).where(c.account == self.account, c.object == object)
        with self.store.reading() as connection:
            return {name: day for name, day in connection.execute(query.order_by(c.source_id))}

    def leave_sample(self, object: str, source_ids: Sequence[str]) -> None:
        """What was taken back stands for nothing any more; a later sample may choose it again."""
        c = tables.sample_records.c
        with self.store.transaction() as tx:
            for start in range(0, len(source_ids), _BATCH):
                some = source_ids[start : start + _BATCH]
                tx.execute(
                    delete(tables.sample_records).where(
                        c.account == self.account, c.object == object, c.source_id.in_(some)
                    )
                )

    def sample_pace(self) -> tuple[int, float]:
        """(tickets, seconds) of the runs that created the sample's tickets, from the first intent to the last answer.

        Runs of one ticket say nothing of a pace and are left out.
        """
        w, s = tables.writes.c, tables.sample_records.c
        query = (
            select(func.count(), func.min(w.intent_at), func.max(w.settled_at))
            .select_from(tables.writes.join(tables.sample_records, s.source_id == w.source_id))
            .where(w.account == self.account, s.account == self.account, s.object == "tickets", w.object == "tickets")
            .where(w.part == "create", w.state.in_([str(one) for one in WRITTEN]))
        )
        with self.store.reading() as connection:
            runs = connection.execute(query.group_by(w.run_id).having(func.count() > 1)).fetchall()
        return sum(run[0] for run in runs), sum((run[2] - run[1]).total_seconds() for run in runs)
