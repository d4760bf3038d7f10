"""Which records belong to the sample: the tickets chosen to stand for all, and the customers that they need.

It belongs here: ids, so that loads, checks and a rollback know them. It does not: choosing them
(migration_assets/reconciliation/sample/).
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import VALUES_PER_QUERY, Repository, plain_rows
from resources.ledger.records import WRITTEN


class Samples(Repository):
    def add_to_sample(self, object: str, records: Mapping[str, str | None]) -> None:
        """Remember these records as the sample's; those of an earlier sample stay in it, because they were written.

        Args:
            records: source id -> created day, None for what belongs to no day.
        """
        shared = {"object": object, "at": self.store.now()}
        rows = [shared | {"source_id": name, "partition": day} for name, day in records.items()]
        self.store.put(tables.sample_records, rows)

    def sample_records(self, object: str) -> dict[str, str | None]:
        """Source id -> created day of the sample's `tickets` or `customers`."""
        c = tables.sample_records.c
        query = self.select(c.source_id, c.partition).where(c.object == object).order_by(c.source_id)
        return dict(plain_rows(self.store.rows(query)))

    def leave_sample(self, object: str, source_ids: Sequence[str]) -> None:
        """What was taken back stands for nothing any more; a later sample may choose it again."""
        c = tables.sample_records.c
        with self.store.transaction() as tx:
            for some in batches(source_ids, VALUES_PER_QUERY):
                ours = (c.account == self.account, c.object == object, c.source_id.in_(some))
                tx.execute(delete(tables.sample_records).where(*ours))

    def sample_pace(self) -> tuple[int, float]:
        """(tickets, seconds) of the runs that created the sample's tickets, from the first intent to the last answer.

        Runs of one ticket say nothing of a pace and are left out.
        """
        w, s = tables.writes.c, tables.sample_records.c
        query = (
            select(func.count(), func.min(w.intent_at), func.max(w.settled_at))
            .select_from(tables.writes.join(tables.sample_records, s.source_id == w.source_id))
            .where(w.account == self.account, s.account == self.account, s.object == "tickets", w.object == "tickets")
            .where(w.part == "create", w.state.in_(WRITTEN))
        )
        runs = self.store.rows(query.group_by(w.run_id).having(func.count() > 1))
        return sum(run[0] for run in runs), sum((run[2] - run[1]).total_seconds() for run in runs)
