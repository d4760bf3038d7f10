"""What a rollback asks of the ledger: all that was ever written, and how each adoption came about.

It belongs here: queries. It does not: taking back (writes.py), and what becomes of an object (gorgias/rollback).
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import func, select

from resources.ledger import tables
from resources.ledger.base import Repository, plain_rows
from resources.ledger.known_writes import COLUMNS, known_write
from resources.ledger.records import WRITTEN, KnownWrite, Outcome, State

_NOT_THERE = (State.ROLLED_BACK, State.REFUSED)


class Rollbacks(Repository):
    def written_rows(self) -> list[KnownWrite]:
        """Every write that is not taken back and was not refused."""
        w = tables.writes.c
        query = self.select(*COLUMNS, w.detail, w.before).where(w.state.not_in(_NOT_THERE))
        return [known_write(row) for row in self.store.rows(query.order_by(w.object, w.source_id, w.part))]

    def written_digest(self) -> str:
        """Of every write with its state and id: the same digest, the same ledger."""
        w, digest = tables.writes.c, hashlib.sha256()
        query = self.select(w.object, w.source_id, w.part, w.state, w.payload_hash, w.gorgias_id)
        with self.store.reading() as connection:
            for row in connection.execute(query.order_by(w.object, w.source_id, w.part)):
                digest.update(repr(tuple(row)).encode())
        return digest.hexdigest()[:32]

    def made_in(self, run_ids: Iterable[str]) -> set[tuple[str, str]]:
        """(object, source id) of all whose create came through in one of these runs, taken back or not."""
        h = tables.history.c
        query = self.select(h.object, h.source_id).distinct()
        query = query.where(h.part == "create", h.state.in_(WRITTEN), h.run_id.in_(run_ids))
        return set(plain_rows(self.store.rows(query)))

    def runs_that_made(self) -> list[str]:
        """Runs in which a create came through."""
        h = tables.history.c
        query = self.select(h.run_id).distinct().where(h.part == "create", h.state == State.DONE, h.run_id != "")
        return [row.run_id for row in self.store.rows(query.order_by(h.run_id))]

    def objects_written(self, parts: Iterable[str]) -> dict[str, int]:
        """Object -> how many were made or adopted and are not taken back, counted by the database."""
        w = tables.writes.c
        query = self.select(w.object, func.count()).where(w.part.in_(parts), w.state.not_in(_NOT_THERE))
        return dict(plain_rows(self.store.rows(query.group_by(w.object))))

    def settled_doubts(self, object: str) -> set[str]:
        """Source ids of creates whose answer was lost before the object was found: it may be the one we made."""
        h = tables.history.c
        query = self.select(h.source_id, h.state, h.fence).where(h.object == object, h.part == "create")
        doubted: set[str] = set()
        announced: dict[str, int] = {}
        with self.store.reading() as connection:
            for source_id, state, fence in connection.execute(query.order_by(h.id)):
                if state == State.INTENT:
                    announced[source_id] = fence
                elif state == State.IN_DOUBT or (state == State.ADOPTED and announced.get(source_id) != fence):
                    doubted.add(source_id)
        return doubted

    def outcome_rows(self, objects: Iterable[str]) -> list[Outcome]:
        """What is booked as being in Gorgias, of these objects."""
        o = tables.outcomes.c
        query = self.select(o.source_id, o.outcome, o.reason, o.partition, o.synthetic, o.gorgias_id, o.object)
        query = query.where(o.object.in_(objects), o.outcome.in_(["created", "adopted", "conflict"]))
        return [Outcome(*row) for row in self.store.rows(query)]

    def accounts_written(self) -> list[str]:
        """Every account that this ledger has writes of."""
        return sorted(row.account for row in self.store.rows(select(tables.writes.c.account).distinct()))

    def rolled_back(self, object: str) -> list[str]:
        """Source ids whose create is taken back."""
        w = tables.writes.c
        query = self.select(w.source_id).where(w.object == object, w.part == "create", w.state == State.ROLLED_BACK)
        return [row.source_id for row in self.store.rows(query)]
