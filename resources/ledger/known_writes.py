"""What is known of writes: their states, the ids that Gorgias gave, and how many requests there were.

It belongs here: reading. It does not: how a write gets its state (writes.py).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import case, func, select, tuple_

from resources.ledger import tables
from resources.ledger.base import Repository, plain_rows
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, State, WriteKey
from resources.ledger.writes import PRESENT, THROTTLED, WITHDRAWN

_W = tables.writes.c
COLUMNS = (
    *(_W.object, _W.source_id, _W.part, _W.state, _W.payload_hash, _W.gorgias_id),
    *(_W.fence, _W.attempts, _W.intent_at, _W.settled_at, _W.partition),
)


class KnownWrites(Repository):
    def known(self, keys: Sequence[WriteKey]) -> dict[WriteKey, KnownWrite]:
        """The present rows of these writes."""
        w = tables.writes.c
        key = tuple_(w.object, w.source_id, w.part)
        rows = self.store.rows_among(self.select(*COLUMNS), key, [one.columns for one in keys])
        return {row.key: row for row in map(known_write, rows)}

    def known_of(self, object: str, part: str) -> dict[str, KnownWrite]:
        """Source id -> present row, of all writes of one kind."""
        w = tables.writes.c
        rows = self.store.rows(self.select(*COLUMNS).where(w.object == object, w.part == part))
        return {row.key.source_id: row for row in map(known_write, rows)}

    def ever_known(self, keys: Sequence[WriteKey]) -> set[WriteKey]:
        """Those of these writes that this ledger has heard of, also where their intent was withdrawn since."""
        found = set(self.known(keys))
        h = tables.history.c
        key = (h.object, h.source_id, h.part)
        left = [one.columns for one in keys if one not in found]
        return found | {WriteKey(*row) for row in self.store.rows_among(self.select(*key), tuple_(*key), left)}

    def unsettled(self) -> list[KnownWrite]:
        """Every write whose outcome is not known: INTENT and IN_DOUBT."""
        return [known_write(row) for row in self.store.rows(self.select(*COLUMNS).where(_W.state.in_(UNSETTLED)))]

    def gorgias_ids(self, object: str, source_ids: Iterable[str] | None = None) -> dict[str, int]:
        """source_id -> Gorgias id of what was created or adopted."""
        w = tables.writes.c
        query = self.select(w.source_id, w.gorgias_id)
        query = query.where(w.object == object, w.part == "create", w.state.in_(WRITTEN))
        if source_ids is None:
            return dict(plain_rows(self.store.rows(query)))
        return dict(plain_rows(self.store.rows_among(query, w.source_id, source_ids)))

    def answers_of_customers(self) -> dict[str, str]:
        """Source id -> digest of the answer to the last write that set a customer's channels.

        Left out: customers that were there before, and those of which such a write has no known good end.
        """
        w = tables.writes.c
        query = self.select(w.source_id, w.state, w.answer_hash)
        query = query.where(w.object == "customers", w.part.in_(["create", "update"]))
        found: dict[str, str] = {}
        open_: set[str] = set()
        # An update follows its create, so the last one of a customer stands.
        for name, state, digest in self.store.rows(query.order_by(w.source_id, w.part)):
            if state == State.DONE and digest:
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
        query = self.select(w.source_id).where(w.object == object, w.part == part, w.state.in_(states))
        return {row.source_id for row in self.store.rows(query)}

    def has_made(self, objects: Iterable[str]) -> bool:
        """Whether one of these objects was made, or found to be there, and not taken back since."""
        w = tables.writes.c
        query = self.select(w.source_id).where(w.object.in_(objects), w.part == "create", w.state.in_(WRITTEN))
        return self.store.value(query.limit(1)) is not None

    def keys_of(self, object: str, part: str, partitions: Sequence[str]) -> list[WriteKey]:
        """Keys of all writes of one kind in these partitions, whatever their state."""
        w = tables.writes.c
        query = self.select(w.object, w.source_id, w.part)
        query = query.where(w.object == object, w.part == part, w.partition.in_(partitions))
        return [WriteKey(*row) for row in self.store.rows(query)]

    def write_counts(self) -> pd.DataFrame:
        """object, part, state, rows."""
        w = tables.writes.c
        group = (w.object, w.part, w.state)
        query = self.select(*group, func.count().label("rows")).group_by(*group)
        return self.store.frame(query.order_by(*group))

    def request_counts(self) -> pd.DataFrame:
        """object, part, requests (intents that were sent), throttled (answers 429), first, last: of all runs."""
        h = tables.history.c
        throttled = (h.state == WITHDRAWN) & (h.detail == THROTTLED)
        query = self.select(
            *(h.object, h.part),
            func.sum(case((h.state == str(State.INTENT), 1), (h.detail == PRESENT, -1), else_=0)).label("requests"),
            func.sum(case((throttled, 1), else_=0)).label("throttled"),
            *(func.min(h.at).label("first"), func.max(h.at).label("last")),
        )
        return self.store.frame(query.group_by(h.object, h.part).order_by(h.object, h.part))

    def attempts_in(self, run_ids: Sequence[str]) -> int:
        """How many requests these runs announced: the INTENT entries of their history, without what was there."""
        h = tables.history.c
        requests = func.sum(case((h.detail == PRESENT, -1), (h.state == str(State.INTENT), 1), else_=0))
        return int(self.store.value(select(requests).where(h.account == self.account, h.run_id.in_(run_ids))) or 0)


def known_write(row: Any) -> KnownWrite:
    """Of a row with these columns, and detail and before where they were asked for."""
    return KnownWrite(WriteKey(*row[:3]), State(row.state), *row[4:])
