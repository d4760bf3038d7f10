"""The books: the outcome of every source row, quarantine, losses and conflicts (architecture.md 6).

A stage speaks for a slice (its object and partitions) as a whole: saying it again replaces what it said before,
so that a re-materialization is idempotent. What the write gate has booked is not overwritten by an earlier stage.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, bindparam, delete, func, select, update

from resources.ledger import tables
from resources.ledger.base import Repository
from resources.ledger.records import Loss, Outcome, Quarantined

WRITER_STAGE = "gorgias"
# SQLite takes at most 32,766 variables a statement; a month of days is 31.
_BATCH = 5_000


class Outcomes(Repository):
    def record_outcomes(
        self, object: str, stage: str, rows: Iterable[Outcome], partitions: Sequence[str] | None = None
    ) -> None:
        """Record the outcomes that `stage` decides for the given partitions (None: for the whole object).

        Quarantined rows are said with `quarantine`; the order of the two calls does not matter.
        """
        stale = self._slice(tables.outcomes, object, stage, partitions)
        with self.transaction() as tx:
            tx.execute(delete(tables.outcomes).where(*stale, ~self._set_aside(object, stage)))
            for batch in _batches(rows):
                self.insert_own(tx, tables.outcomes, [self._outcome(object, stage, row) for row in batch])

    def record_written(self, connection: Connection, rows: Iterable[Outcome]) -> None:
        """Record what the gate achieved, inside its own transaction; it overrides every earlier stage.

        A row that got through is in quarantine no more.
        """
        values = [self._outcome(row.object, WRITER_STAGE, row) for row in rows]
        self.upsert(connection, tables.outcomes, values)
        q = tables.quarantine.c
        through = [value for value in values if value["outcome"] in {"created", "adopted"}]
        released = delete(tables.quarantine).where(
            q.account == self.account, q.object == bindparam("of"), q.source_id == bindparam("id")
        )
        if through:
            connection.execute(released, [{"of": value["object"], "id": value["source_id"]} for value in through])

    def quarantine(
        self, object: str, stage: str, rows: Iterable[Quarantined], partitions: Sequence[str] | None = None
    ) -> None:
        """Set rows aside with their reason and book them as quarantined; other rows go on."""
        listed = list(rows)
        stale = self._slice(tables.outcomes, object, stage, partitions)
        with self.transaction() as tx:
            tx.execute(delete(tables.outcomes).where(*stale, self._set_aside(object, stage)))
            self._clear(tx, tables.quarantine, object, stage, partitions)
            for batch in _batches(listed):
                self.quarantine_in_transaction(tx, object, stage, batch)

    def quarantine_in_transaction(
        self, connection: Connection, object: str, stage: str, rows: Sequence[Quarantined]
    ) -> None:
        """The same inside an open transaction, without clearing the slice first."""
        shared = {"account": self.account, "object": object, "stage": stage, "at": self.now()}
        self.upsert(
            connection,
            tables.quarantine,
            [
                shared
                | {
                    "source_id": row.source_id,
                    "partition": row.partition,
                    "source_version": row.source_version,
                    "mapping_version": row.mapping_version,
                    "reason_class": row.reason_class,
                    "message": row.message,
                }
                for row in rows
            ],
        )
        booked = [
            self._outcome(
                object,
                stage,
                Outcome(row.source_id, "quarantined", row.message, row.partition, row.synthetic),
            )
            for row in rows
        ]
        if stage == WRITER_STAGE:
            self.upsert(connection, tables.outcomes, booked)
        else:
            self.insert_own(connection, tables.outcomes, booked)

    def record_losses(
        self, stage: str, object: str, rows: Iterable[Loss], partitions: Sequence[str] | None = None
    ) -> None:
        """Record what could not be carried over; told in the report and in the ticket, never only in a log."""
        with self.transaction() as tx:
            self._clear(tx, tables.losses, object, stage, partitions)
            self._record_losses_in(tx, stage, object, rows)

    def record_losses_of_records(
        self, stage: str, object: str, source_ids: Sequence[str], rows: Iterable[Loss]
    ) -> None:
        """The same for records that are looked at one by one: replaces what this stage said of these records."""
        c = tables.losses.c
        listed = list(source_ids)
        with self.transaction() as tx:
            for start in range(0, len(listed), _BATCH):
                some = listed[start : start + _BATCH]
                tx.execute(
                    delete(tables.losses).where(
                        c.account == self.account, c.stage == stage, c.object == object, c.source_id.in_(some)
                    )
                )
            self._record_losses_in(tx, stage, object, rows)

    def record_conflicts_in_transaction(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Record fields that a person must decide: dicts with object, source_id, field, gorgias_id, detail."""
        shared = {"account": self.account, "at": self.now()}
        self.upsert(connection, tables.conflicts, [shared | row for row in rows])

    def note_conflict(self, object: str, source_id: str, field: str, gorgias_id: int | None, detail: str) -> None:
        """Record one field that a person must decide."""
        row = {"object": object, "source_id": source_id, "field": field, "gorgias_id": gorgias_id, "detail": detail}
        with self.transaction() as tx:
            self.record_conflicts_in_transaction(tx, [row])

    def move_days(self, days: Mapping[str, str]) -> None:
        """A ticket was given another created day at the source: it, its messages and its files are booked there now.

        Args:
            days: source id of the ticket -> its day.
        """
        o, w, q = tables.outcomes.c, tables.writes.c, tables.quarantine.c
        with self.transaction() as tx:
            for source_id, day in days.items():
                for table, c in ((tables.outcomes, o), (tables.writes, w), (tables.quarantine, q)):
                    own = (
                        (c.source_id == source_id)
                        | c.source_id.endswith(f"@{source_id}", autoescape=True)
                        | c.source_id.startswith(f"{source_id}#", autoescape=True)
                        | c.source_id.contains(f"@{source_id}#", autoescape=True)
                    )
                    moved = (c.account == self.account, c.object.in_(["tickets", "messages", "files"]), own)
                    tx.execute(update(table).where(*moved).values(partition=day))

    def find_missing(self, object: str, rows: Sequence[tuple[str, int | None]], detail: str) -> None:
        """Record objects that are gone from the target, for a person to decide; what is said of one already stays."""
        c = tables.conflicts.c
        with self.transaction() as tx:
            there = select(c.source_id).where(c.account == self.account, c.object == object, c.field == "*")
            known = set(tx.execute(there).scalars())
            self.record_conflicts_in_transaction(
                tx,
                [
                    {"object": object, "field": "*", "source_id": name, "gorgias_id": number, "detail": detail}
                    for name, number in rows
                    if name not in known
                ],
            )

    def find_conflicts(self, object: str, field: str, rows: Sequence[dict[str, Any]]) -> None:
        """Record what a look at the target found about one field; it replaces what the look before found."""
        c = tables.conflicts.c
        with self.transaction() as tx:
            tx.execute(delete(tables.conflicts).where(c.account == self.account, c.object == object, c.field == field))
            self.record_conflicts_in_transaction(tx, [{"object": object, "field": field} | row for row in rows])

    def outcome_counts(self) -> pd.DataFrame:
        """object, partition, synthetic, outcome, reason, rows: the present state of every booked row."""
        o = tables.outcomes.c
        group = (o.object, o.partition, o.synthetic, o.outcome, o.reason)
        query = select(*group, func.count().label("rows")).where(o.account == self.account).group_by(*group)
        return self._frame(query)

    def outcomes_of(self, object: str, partitions: Sequence[str] | None = None) -> pd.DataFrame:
        """source_id, outcome, reason, partition, gorgias_id, stage of one object."""
        o = tables.outcomes.c
        query = select(o.source_id, o.outcome, o.reason, o.partition, o.gorgias_id, o.stage).where(
            o.account == self.account, o.object == object
        )
        return self._frame(query if partitions is None else query.where(o.partition.in_(partitions)))

    def created_outside_run(self, object: str, ending: str) -> int:
        """How many synthetic objects whose source id ends like this are in Gorgias."""
        o = tables.outcomes.c
        query = select(func.count()).where(
            *(o.account == self.account, o.object == object, o.synthetic, o.outcome.in_(["created", "adopted"])),
            o.source_id.endswith(ending, autoescape=True),
        )
        with self.reading() as connection:
            return connection.execute(query).scalar_one()

    def outcome_batches(
        self,
        partitions: Sequence[str] | None = None,
        size: int = 20_000,
        objects: Sequence[str] | None = None,
    ) -> Iterator[pd.DataFrame]:
        """Booked rows, `size` a frame: object, source_id, outcome, reason, partition, synthetic, gorgias_id.

        Args:
            partitions: only these days; None: all rows; empty: those that belong to no day.
            objects: only these.
        """
        o = tables.outcomes.c
        query = select(o.object, o.source_id, o.outcome, o.reason, o.partition, o.synthetic, o.gorgias_id)
        query = query.where(o.account == self.account)
        if partitions is not None:
            query = query.where(o.partition.in_(partitions) if partitions else o.partition.is_(None))
        if objects is not None:
            query = query.where(o.object.in_(objects))
        with self.reading() as connection:
            result = connection.execution_options(yield_per=size).execute(query)
            for batch in result.partitions():
                yield pd.DataFrame(batch, columns=list(result.keys()))

    def quarantined(self) -> pd.DataFrame:
        """object, source_id, partition, stage, reason_class, message, source_version, mapping_version, at."""
        q = tables.quarantine.c
        columns = (q.object, q.source_id, q.partition, q.stage, q.reason_class, q.message)
        query = select(*columns, q.source_version, q.mapping_version, q.at).where(q.account == self.account)
        return self._frame(query.order_by(q.object, q.source_id))

    def loss_rows(self, partitions: Sequence[str] | None = None, objects: Sequence[str] | None = None) -> pd.DataFrame:
        """stage, object, source_id, partition, field, kind, count, detail.

        Args:
            partitions: only these days; None: all rows.
            objects: only these; None: all.
        """
        c = tables.losses.c
        columns = (c.stage, c.object, c.source_id, c.partition, c.field, c.kind, c.count, c.detail)
        query = select(*columns).where(c.account == self.account).order_by(c.object, c.field, c.kind)
        if partitions is not None:
            query = query.where(c.partition.in_(partitions))
        return self._frame(query if objects is None else query.where(c.object.in_(objects)))

    def conflict_rows(self) -> pd.DataFrame:
        """object, source_id, field, gorgias_id, detail, at."""
        c = tables.conflicts.c
        columns = (c.object, c.source_id, c.field, c.gorgias_id, c.detail, c.at)
        return self._frame(select(*columns).where(c.account == self.account).order_by(c.object, c.source_id))

    def _outcome(self, object: str, stage: str, row: Outcome) -> dict[str, Any]:
        return {
            "account": self.account,
            "object": row.object or object,
            "source_id": row.source_id,
            "stage": stage,
            "outcome": row.outcome,
            "reason": row.reason,
            "partition": row.partition,
            "synthetic": row.synthetic,
            "gorgias_id": row.gorgias_id,
            "at": self.now(),
        }

    def _record_losses_in(self, tx: Connection, stage: str, object: str, rows: Iterable[Loss]) -> None:
        shared = {"account": self.account, "object": object, "stage": stage}
        names = ("source_id", "partition", "field", "kind", "count", "detail")
        for batch in _batches(rows):
            tx.execute(tables.losses.insert(), [shared | {name: getattr(row, name) for name in names} for row in batch])

    def _clear(self, tx: Connection, table: Table, object: str, stage: str, partitions: Sequence[str] | None) -> None:
        tx.execute(delete(table).where(*self._slice(table, object, stage, partitions)))

    def _set_aside(self, object: str, stage: str) -> Any:
        """Outcomes that `quarantine` has said, and not `book`: those with a row there."""
        o, q = tables.outcomes.c, tables.quarantine.c
        there = select(q.source_id).where(q.account == self.account, q.object == object, q.stage == stage)
        return (o.outcome == "quarantined") & o.source_id.in_(there)

    def _slice(self, table: Table, object: str, stage: str, partitions: Sequence[str] | None) -> list[Any]:
        c = table.c
        scope: list[Any] = [c.account == self.account, c.object == object, c.stage == stage]
        return scope if partitions is None else [*scope, c.partition.in_(partitions)]

    def _frame(self, query: Any) -> pd.DataFrame:
        with self.reading() as connection:
            result = connection.execute(query)
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


def _batches(rows: Iterable[Any]) -> Iterable[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
