"""What a rollback asks of the ledger: all that was ever written, and how each adoption came about.

It belongs here: queries. It does not: taking back (writes.py), and what becomes of an object (gorgias/rollback).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from resources.ledger import tables
from resources.ledger.base import Repository
from resources.ledger.records import Outcome, State, WriteKey


@dataclass(frozen=True)
class WrittenRow:
    """One write that was carried out, or may have been."""

    key: WriteKey
    state: State
    payload_hash: str
    gorgias_id: int | None
    partition: str | None
    intent_at: datetime
    detail: str
    before: Any


class Rollbacks(Repository):
    def written_rows(self) -> list[WrittenRow]:
        """Every write that is not taken back and was not refused."""
        w = tables.writes.c
        gone = [str(State.ROLLED_BACK), str(State.REFUSED)]
        query = (
            select(w.object, w.source_id, w.part, w.state, w.payload_hash, w.gorgias_id)
            .add_columns(w.partition, w.intent_at, w.detail, w.before)
            .where(w.account == self.account, w.state.not_in(gone))
            .order_by(w.object, w.source_id, w.part)
        )
        with self.store.reading() as connection:
            return [
                WrittenRow(WriteKey(object, source_id, part), State(state), *rest)
                for object, source_id, part, state, *rest in connection.execute(query)
            ]

    def written_digest(self) -> str:
        """Of every write with its state and id: the same digest, the same ledger."""
        w, digest = tables.writes.c, hashlib.sha256()
        query = select(w.object, w.source_id, w.part, w.state, w.payload_hash, w.gorgias_id)
        query = query.where(w.account == self.account).order_by(w.object, w.source_id, w.part)
        with self.store.reading() as connection:
            for row in connection.execute(query):
                digest.update(repr(tuple(row)).encode())
        return digest.hexdigest()[:32]

    def made_in(self, run_ids: Iterable[str]) -> set[tuple[str, str]]:
        """(object, source id) of all whose create came through in one of these runs, taken back or not."""
        h = tables.history.c
        done = [str(State.DONE), str(State.ADOPTED)]
        query = select(h.object, h.source_id).where(
            h.account == self.account, h.part == "create", h.state.in_(done), h.run_id.in_(list(run_ids))
        )
        with self.store.reading() as connection:
            return {(object, source_id) for object, source_id in connection.execute(query.distinct())}

    def runs_that_made(self) -> list[str]:
        """Runs in which a create came through."""
        h = tables.history.c
        query = select(h.run_id).where(h.account == self.account, h.part == "create", h.state == str(State.DONE))
        with self.store.reading() as connection:
            return sorted({run_id for run_id in connection.execute(query.distinct()).scalars() if run_id})

    def objects_written(self, parts: Iterable[str]) -> dict[str, int]:
        """Object -> how many were made or adopted and are not taken back, counted by the database."""
        w = tables.writes.c
        gone = [str(State.ROLLED_BACK), str(State.REFUSED)]
        query = select(w.object, func.count()).where(
            w.account == self.account, w.part.in_(list(parts)), w.state.not_in(gone)
        )
        with self.store.reading() as connection:
            return {name: number for name, number in connection.execute(query.group_by(w.object))}

    def settled_doubts(self, object: str) -> set[str]:
        """Source ids of creates whose answer was lost before the object was found: it may be the one we made."""
        h = tables.history.c
        query = select(h.source_id, h.state, h.fence).where(
            h.account == self.account, h.object == object, h.part == "create"
        )
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
        query = select(o.source_id, o.outcome, o.reason, o.partition, o.synthetic, o.gorgias_id, o.object).where(
            o.account == self.account, o.object.in_(list(objects)), o.outcome.in_(["created", "adopted", "conflict"])
        )
        with self.store.reading() as connection:
            return [Outcome(*row) for row in connection.execute(query)]

    def accounts_written(self) -> list[str]:
        """Every account that this ledger has writes of."""
        w = tables.writes.c
        with self.store.reading() as connection:
            return sorted(connection.execute(select(w.account).distinct()).scalars())

    def rolled_back(self, object: str) -> list[str]:
        """Source ids whose create is taken back."""
        w = tables.writes.c
        query = select(w.source_id).where(
            *(w.account == self.account, w.object == object, w.part == "create"), w.state == str(State.ROLLED_BACK)
        )
        with self.store.reading() as connection:
            return list(connection.execute(query).scalars())
