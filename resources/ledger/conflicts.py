"""Fields that a person must decide, and what was decided by name: theirs (Gorgias's value stays) or ours (the
source's is written).

It belongs here: the open ones, the decision and whether a delta has carried it out. It does not: the three values,
which are people's data (MIGRATION_HOME/private), and what a decision means for a merge
(migration_assets/gorgias/three_way_merge.py).
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, and_, delete, select, update

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import VALUES_PER_QUERY, Repository, named, plain_rows
from resources.ledger.records import State

THEIRS, OURS = "theirs", "ours"


def conflict_id(object: str, source_id: str, field: str) -> str:
    """A short name for one conflict, the same in every list, file and command."""
    return hashlib.sha256(f"{object}\n{source_id}\n{field}".encode()).hexdigest()[:10]


class Conflicts(Repository):
    def record_in_transaction(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Record fields that a person must decide: dicts with object, source_id, field, gorgias_id, detail."""
        now = self.store.now()
        self.store.upsert(connection, tables.conflicts, [{"at": now} | row for row in rows])

    def note_conflict(self, object: str, source_id: str, field: str, gorgias_id: int | None, detail: str) -> None:
        """Record one field that a person must decide."""
        row = {"object": object, "source_id": source_id, "field": field, "gorgias_id": gorgias_id, "detail": detail}
        with self.store.transaction() as tx:
            self.record_in_transaction(tx, [row])

    def find_missing(self, object: str, rows: Sequence[tuple[str, int | None]], detail: str) -> None:
        """Record objects that are gone from the target, for a person to decide; what is said of one already stays."""
        c = tables.conflicts.c
        with self.store.transaction() as tx:
            there = self.select(c.source_id).where(c.object == object, c.field == "*")
            known = set(tx.execute(there).scalars())
            shared: dict[str, Any] = {"object": object, "field": "*", "detail": detail}
            new = [shared | {"source_id": name, "gorgias_id": number} for name, number in rows if name not in known]
            self.record_in_transaction(tx, new)

    def find_conflicts(self, object: str, field: str, rows: Sequence[dict[str, Any]]) -> None:
        """Record what a look at the target found about one field; it replaces what the look before found."""
        c = tables.conflicts.c
        with self.store.transaction() as tx:
            tx.execute(delete(tables.conflicts).where(c.account == self.account, c.object == object, c.field == field))
            self.record_in_transaction(tx, [{"object": object, "field": field} | row for row in rows])

    def conflict_rows(self) -> pd.DataFrame:
        """object, source_id, field, gorgias_id, detail, at."""
        c = tables.conflicts.c
        columns = (c.object, c.source_id, c.field, c.gorgias_id, c.detail, c.at)
        return self.store.frame(self.select(*columns).order_by(c.object, c.source_id))

    def forget_conflicts(self, object: str, source_ids: list[str]) -> None:
        """Nothing is left to decide about what is gone."""
        with self.store.transaction() as tx:
            for table in (tables.conflicts, tables.conflict_decisions):
                ours = (table.c.account == self.account, table.c.object == object)
                for some in batches(source_ids, VALUES_PER_QUERY):
                    tx.execute(delete(table).where(*ours, table.c.source_id.in_(some)))

    def resolve(self, conflict: dict[str, Any], take: str, by: str) -> None:
        """Record the decision and take the conflict off the list; the next merge of the record carries it out.

        A set-valued write or an update that ended in conflict is free to be sent again. A create is not: where the
        object in Gorgias is accepted, it counts as adopted, with the rows that went with it.

        Raises:
            NameMissing: nobody is named.
        """
        by = named(by)
        key = {name: conflict[name] for name in ("object", "source_id", "field")}
        c, w = tables.conflicts.c, tables.writes.c
        with self.store.transaction() as tx:
            tx.execute(delete(tables.conflicts).where(c.account == self.account, *(c[k] == v for k, v in key.items())))
            row = {**key, "take": take, "decided_by": by, "at": self.store.now(), "applied": False}
            self.store.upsert(tx, tables.conflict_decisions, [row])
            left = self.select(c.field).where(c.object == key["object"], c.source_id == key["source_id"])
            if tx.execute(left).first() is not None:
                return
            of_record = and_(w.account == self.account, w.object == key["object"], w.source_id == key["source_id"])
            ended = and_(of_record, w.state == str(State.CONFLICT))
            made = select(w.part).where(ended, w.part == "create", w.gorgias_id.is_not(None))
            accepted = tx.execute(made).first() is not None
            tx.execute(
                update(tables.writes)
                .where(ended, (w.part != "create") | w.gorgias_id.is_not(None))
                .values(state=str(State.ADOPTED), detail=f"{take}, decided by {by}")
            )
            if accepted:
                self._accept(tx, key["source_id"], by)

    def resolutions(self, object: str) -> list[tuple[str, str, str]]:
        """(source id, field, take): what was decided and no merge has carried out yet."""
        d = tables.conflict_decisions.c
        query = self.select(d.source_id, d.field, d.take).where(d.object == object, d.applied.is_(False))
        return plain_rows(self.store.rows(query))

    def applied(self, object: str, source_ids: Sequence[str]) -> None:
        """The decisions on these records were carried out."""
        d = tables.conflict_decisions.c
        with self.store.transaction() as tx:
            tx.execute(
                update(tables.conflict_decisions)
                .where(d.account == self.account, d.object == object, d.source_id.in_(list(source_ids)))
                .values(applied=True)
            )

    def _accept(self, tx: Connection, source_id: str, by: str) -> None:
        """The rows of an accepted object: itself, and for a ticket the messages that share its fate."""
        o = tables.outcomes.c
        own = (
            (o.source_id == source_id) | o.source_id.endswith(f"@{source_id}") | o.source_id.startswith(f"{source_id}#")
        )
        tx.execute(
            update(tables.outcomes)
            .where(o.account == self.account, o.outcome == "conflict", own)
            .values(outcome="adopted", reason=f"accepted as it is in Gorgias by {by}")
        )
