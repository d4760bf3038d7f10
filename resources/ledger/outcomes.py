"""The outcome of every source row (docs/architecture.md 6).

A stage speaks for a slice as a whole (slices.py). What the writer has recorded is not overwritten by an earlier stage.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, delete, func, select, update

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import Repository, plain_rows
from resources.ledger.records import Outcome
from resources.ledger.slices import BATCH, slice_of

WRITER_STAGE = "gorgias"


class Outcomes(Repository):
    def record_outcomes(
        self, object: str, stage: str, rows: Iterable[Outcome], partitions: Sequence[str] | None = None
    ) -> None:
        """Record the outcomes that `stage` decides for the given partitions (None: for the whole object).

        Quarantined rows are recorded by the quarantine; the order of the two calls does not matter.
        """
        stale = slice_of(tables.outcomes, self.account, object, stage, partitions)
        with self.store.transaction() as tx:
            tx.execute(delete(tables.outcomes).where(*stale, ~self.of_quarantine(object, stage)))
            for batch in batches(rows, BATCH):
                values = [self.row(object, stage, row) for row in batch]
                self.store.upsert(tx, tables.outcomes, values, own_stage_only=True)

    def record_written(self, connection: Connection, rows: Iterable[Outcome]) -> None:
        """Record what the gate achieved, inside its own transaction; it overrides every earlier stage.

        A row that got through is in quarantine no more.
        """
        values = [self.row(row.object, WRITER_STAGE, row) for row in rows]
        self.store.upsert(connection, tables.outcomes, values)
        q = tables.quarantine.c
        through = [value for value in values if value["outcome"] in {"created", "adopted"}]
        released = delete(tables.quarantine).where(
            q.account == self.account, q.object == bindparam("of"), q.source_id == bindparam("id")
        )
        if through:
            connection.execute(released, [{"of": value["object"], "id": value["source_id"]} for value in through])

    def move_days(self, days: Mapping[str, str]) -> None:
        """A ticket was given another created day at the source: it, its messages and its files are booked there now.

        Args:
            days: source id of the ticket -> its day.
        """
        with self.store.transaction() as tx:
            for source_id, day in days.items():
                for table in (tables.outcomes, tables.writes, tables.quarantine):
                    c = table.c
                    own = (
                        (c.source_id == source_id)
                        | c.source_id.endswith(f"@{source_id}", autoescape=True)
                        | c.source_id.startswith(f"{source_id}#", autoescape=True)
                        | c.source_id.contains(f"@{source_id}#", autoescape=True)
                    )
                    moved = (c.account == self.account, c.object.in_(["tickets", "messages", "files"]), own)
                    tx.execute(update(table).where(*moved).values(partition=day))

    def outcome_counts(self) -> pd.DataFrame:
        """object, partition, synthetic, outcome, reason, rows: the present state of every booked row."""
        o = tables.outcomes.c
        group = (o.object, o.partition, o.synthetic, o.outcome, o.reason)
        return self.store.frame(self.select(*group, func.count().label("rows")).group_by(*group))

    def outcomes_of(self, object: str, partitions: Sequence[str] | None = None) -> pd.DataFrame:
        """source_id, outcome, reason, partition, gorgias_id, stage of one object."""
        o = tables.outcomes.c
        query = self.select(o.source_id, o.outcome, o.reason, o.partition, o.gorgias_id, o.stage)
        query = query.where(o.object == object)
        return self.store.frame(query if partitions is None else query.where(o.partition.in_(partitions)))

    def created_outside_run(self, object: str, ending: str) -> int:
        """How many synthetic objects whose source id ends like this are in Gorgias."""
        o = tables.outcomes.c
        query = select(func.count()).where(
            *(o.account == self.account, o.object == object, o.synthetic, o.outcome.in_(["created", "adopted"])),
            o.source_id.endswith(ending, autoescape=True),
        )
        return int(self.store.value(query))

    def outcome_batches(self, objects: Sequence[str] | None = None, size: int = 20_000) -> Iterator[pd.DataFrame]:
        """Recorded rows, `size` a frame: object, source_id, outcome, reason, partition, synthetic, gorgias_id.

        Args:
            objects: only these; None: all.
        """
        o = tables.outcomes.c
        query = self.select(o.object, o.source_id, o.outcome, o.reason, o.partition, o.synthetic, o.gorgias_id)
        if objects is not None:
            query = query.where(o.object.in_(objects))
        with self.store.reading() as connection:
            result = connection.execution_options(yield_per=size).execute(query)
            for batch in result.partitions():
                yield pd.DataFrame(plain_rows(batch), columns=list(result.keys()))

    def row(self, object: str, stage: str, row: Outcome) -> dict[str, Any]:
        """As the table holds it."""
        return vars(row) | {"object": row.object or object, "stage": stage, "at": self.store.now()}

    def of_quarantine(self, object: str, stage: str) -> Any:
        """Outcomes that the quarantine has recorded, and not the stage itself: those with a row there."""
        o, q = tables.outcomes.c, tables.quarantine.c
        there = self.select(q.source_id).where(q.object == object, q.stage == stage)
        return (o.outcome == "quarantined") & o.source_id.in_(there)
