"""What is known of writes: their states, the ids that Gorgias gave, and how many requests there were.

It belongs here: reading. It does not: how a write gets its state (writes.py).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, case, func, select, tuple_

from resources.ledger import tables
from resources.ledger.base import Repository
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, State, WriteKey
from resources.ledger.writes import PRESENT, THROTTLED, WITHDRAWN

_KEYS_PER_QUERY = 400


class KnownWrites(Repository):
    def known(self, keys: Sequence[WriteKey]) -> dict[WriteKey, KnownWrite]:
        """The present rows of these writes."""
        found: dict[WriteKey, KnownWrite] = {}
        with self.store.reading() as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                some = keys[start : start + _KEYS_PER_QUERY]
                wanted = [(key.object, key.source_id, key.part) for key in some]
                w = tables.writes.c
                condition = tuple_(w.object, w.source_id, w.part).in_(wanted)
                found |= {row.key: row for row in self._known(connection, condition)}
        return found

    def known_of(self, object: str, part: str) -> dict[str, KnownWrite]:
        """Source id -> present row, of all writes of one kind."""
        w = tables.writes.c
        with self.store.reading() as connection:
            rows = self._known(connection, (w.object == object) & (w.part == part))
        return {row.key.source_id: row for row in rows}

    def ever_known(self, keys: Sequence[WriteKey]) -> set[WriteKey]:
        """Those of these writes that this ledger has heard of, also where their intent was withdrawn since."""
        found = set(self.known(keys))
        h = tables.history.c
        with self.store.reading() as connection:
            left = [key for key in keys if key not in found]
            for start in range(0, len(left), _KEYS_PER_QUERY):
                some = [(key.object, key.source_id, key.part) for key in left[start : start + _KEYS_PER_QUERY]]
                query = select(h.object, h.source_id, h.part).where(
                    h.account == self.account, tuple_(h.object, h.source_id, h.part).in_(some)
                )
                found |= {WriteKey(*row) for row in connection.execute(query)}
        return found

    def unsettled(self) -> list[KnownWrite]:
        """Every write whose outcome is not known: INTENT and IN_DOUBT."""
        with self.store.reading() as connection:
            return self._known(connection, tables.writes.c.state.in_([str(state) for state in UNSETTLED]))

    def gorgias_ids(self, object: str, source_ids: Iterable[str] | None = None) -> dict[str, int]:
        """source_id -> Gorgias id of what was created or adopted."""
        w = tables.writes.c
        query = select(w.source_id, w.gorgias_id).where(
            w.account == self.account,
            w.object == object,
            w.part == "create",
            w.state.in_([str(state) for state in WRITTEN]),
        )
        with self.store.reading() as connection:
            if source_ids is None:
                return {source_id: number for source_id, number in connection.execute(query)}
            wanted = list(source_ids)
            found: dict[str, int] = {}
            for start in range(0, len(wanted), _KEYS_PER_QUERY):
                some = query.where(w.source_id.in_(wanted[start : start + _KEYS_PER_QUERY]))
                found |= {source_id: number for source_id, number in connection.execute(some)}
            return found

    def answers_of_customers(self) -> dict[str, str]:
        """Source id -> digest of the answer to the last write that set a customer's channels.

        Left out: customers that were there before, and those of which such a write has no known good end.
        """
        w = tables.writes.c
        query = select(w.source_id, w.part, w.state, w.answer_hash).where(
            w.account == self.account, w.object == "customers", w.part.in_(["create", "update"])
        )
        found: dict[str, str] = {}
        open_: set[str] = set()
        with self.store.reading() as connection:
            # An update follows its create, so the last one of a customer stands.
            for name, _, state, digest in connection.execute(query.order_by(w.source_id, w.part)):
                if state == str(State.DONE) and digest:
                    found[name] = digest
                else:
                    open_.add(name)
        return {name: digest for name, digest in found.items() if name not in open_}

    def ended_ids(self, object: str, part: str) -> set[str]:
        """Source ids of writes that a load does not send again: carried out, found, refused or in conflict."""
        return self._ids_in(object, part, (*WRITTEN, State.REFUSED, State.CONFLICT))

    def refused_ids(self, object: str, part: str) -> set[str]:
        """Source ids of writes that Gorgias refused, or that are in conflict."""
        return self._ids_in(object, part, (State.REFUSED, State.CONFLICT))

    def _ids_in(self, object: str, part: str, states: Iterable[State]) -> set[str]:
        w = tables.writes.c
        query = select(w.source_id).where(w.account == self.account, w.object == object, w.part == part)
        with self.store.reading() as connection:
            return set(connection.execute(query.where(w.state.in_([str(one) for one in states]))).scalars())

    def has_made(self, objects: Iterable[str]) -> bool:
        """Whether one of these objects was made, or found to be there, and not taken back since."""
        w = tables.writes.c
        made = [str(state) for state in WRITTEN]
        condition = (w.account == self.account, w.object.in_(list(objects)), w.part == "create", w.state.in_(made))
        with self.store.reading() as connection:
            return connection.execute(select(w.source_id).where(*condition).limit(1)).first() is not None

    def keys_of(self, object: str, part: str, partitions: Sequence[str]) -> list[WriteKey]:
        """Keys of all writes of one kind in these partitions, whatever their state."""
        w = tables.writes.c
        query = select(w.object, w.source_id, w.part).where(
            w.account == self.account, w.object == object, w.part == part, w.partition.in_(list(partitions))
        )
        with self.store.reading() as connection:
            return [WriteKey(*row) for row in connection.execute(query)]

    def write_counts(self) -> pd.DataFrame:
        """object, part, state, rows."""
        w = tables.writes.c
        group = (w.object, w.part, w.state)
        query = select(*group, func.count().label("rows")).where(w.account == self.account).group_by(*group)
        return self.store.frame(query.order_by(*group))

    def request_counts(self) -> pd.DataFrame:
        """object, part, requests (intents that were sent), throttled (answers 429), first, last: of all runs."""
        h = tables.history.c
        throttled = (h.state == WITHDRAWN) & (h.detail == THROTTLED)
        query = select(
            *(h.object, h.part),
            func.sum(case((h.state == str(State.INTENT), 1), (h.detail == PRESENT, -1), else_=0)).label("requests"),
            func.sum(case((throttled, 1), else_=0)).label("throttled"),
            *(func.min(h.at).label("first"), func.max(h.at).label("last")),
        ).where(h.account == self.account)
        return self.store.frame(query.group_by(h.object, h.part).order_by(h.object, h.part))

    def attempts_in(self, run_ids: Sequence[str]) -> int:
        """How many requests these runs announced: the INTENT entries of their history, without what was there."""
        h = tables.history.c
        requests = func.sum(case((h.detail == PRESENT, -1), (h.state == str(State.INTENT), 1), else_=0))
        query = select(func.coalesce(requests, 0)).where(h.account == self.account, h.run_id.in_(list(run_ids)))
        with self.store.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def _known(self, connection: Connection, condition: Any) -> list[KnownWrite]:
        w = tables.writes.c
        query = select(
            *(w.object, w.source_id, w.part, w.state, w.payload_hash, w.gorgias_id),
            *(w.fence, w.attempts, w.intent_at, w.settled_at, w.partition),
        ).where(w.account == self.account, condition)
        return [
            KnownWrite(WriteKey(object, source_id, part), State(state), *rest)
            for object, source_id, part, state, *rest in connection.execute(query)
        ]
