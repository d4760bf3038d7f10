"""What a person said of a conflict, by name: theirs (Gorgias's value stays) or ours (the source's is written).

It belongs here: the decision and whether a delta has carried it out. It does not: the three values, which are
people's data (MIGRATION_HOME/private), and what a decision means for a merge
(migration_assets/gorgias/three_way_merge.py).
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, delete, select, update

from resources.ledger import tables
from resources.ledger.base import Repository, named
from resources.ledger.records import State

THEIRS, OURS = "theirs", "ours"


def conflict_id(object: str, source_id: str, field: str) -> str:
    """A short name for one conflict, the same in every list, file and command."""
    return hashlib.sha256(f"{object}\n{source_id}\n{field}".encode()).hexdigest()[:10]


class Conflicts(Repository):
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
        with self.transaction() as tx:
            tx.execute(delete(tables.conflicts).where(c.account == self.account, *(c[k] == v for k, v in key.items())))
            row = {"account": self.account, **key, "take": take, "decided_by": by, "at": self.now(), "applied": False}
            self.upsert(tx, tables.conflict_decisions, [row])
            left = select(c.field).where(
                c.account == self.account, c.object == key["object"], c.source_id == key["source_id"]
            )
            if tx.execute(left).first() is not None:
                return
            ended = and_(
                w.account == self.account, w.object == key["object"], w.source_id == key["source_id"],
                w.state == str(State.CONFLICT),
            )  # fmt: skip
            accepted = tx.execute(
                select(w.part, w.gorgias_id, w.partition).where(ended, w.part == "create", w.gorgias_id.is_not(None))
            ).first()
            tx.execute(
                update(tables.writes)
                .where(ended, (w.part != "create") | w.gorgias_id.is_not(None))
                .values(state=str(State.ADOPTED), detail=f"{take}, decided by {by}")
            )
            if accepted is not None:
                self._accept(tx, key["source_id"], accepted.gorgias_id, by)

    def resolutions(self, object: str) -> list[tuple[str, str, str]]:
        """(source id, field, take): what was decided and no merge has carried out yet."""
        d = tables.conflict_decisions.c
        query = select(d.source_id, d.field, d.take).where(
            d.account == self.account, d.object == object, d.applied.is_(False)
        )
        with self.reading() as connection:
            return [(source_id, name, take) for source_id, name, take in connection.execute(query)]

    def applied(self, object: str, source_ids: Sequence[str]) -> None:
        """The decisions on these records were carried out."""
        d = tables.conflict_decisions.c
        with self.transaction() as tx:
            tx.execute(
                update(tables.conflict_decisions)
                .where(d.account == self.account, d.object == object, d.source_id.in_(list(source_ids)))
                .values(applied=True)
            )

    def _accept(self, tx: Any, source_id: str, gorgias_id: int, by: str) -> None:
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
