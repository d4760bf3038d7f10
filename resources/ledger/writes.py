"""Writes and their states: write-ahead intents, settlements, and what is known of a write (docs/write-gate.md).

An INTENT is committed before its request leaves; an answer becomes a state in a later commit. Commits are grouped,
never skipped. Every transaction first compares the fencing number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection, case, func, select, tuple_, update

from resources.ledger import tables
from resources.ledger.base import named
from resources.ledger.lease import Leases
from resources.ledger.outcomes import WRITER_STAGE, Outcomes
from resources.ledger.records import (
    UNSETTLED,
    WRITTEN,
    KnownWrite,
    Outcome,
    Quarantined,
    State,
    Undone,
    Uploaded,
    WriteKey,
)
from resources.ledger.uploads import Uploads

_KEYS_PER_QUERY = 400
WITHDRAWN = "WITHDRAWN"
"""In the history only: an intent whose request was certainly not carried out, or a refusal that is asked again."""
THROTTLED = "429"
PRESENT = "present in Gorgias"
"""Taken over without a request."""
FOUND, LEFT_TO_MERGE = "", "found in the account"
"""Payload hashes of adopted objects: not looked at yet; not as staged, so that the merge of changes looks at it."""


@dataclass(frozen=True)
class Intent:
    """A write that is about to be sent."""

    key: WriteKey
    payload_hash: str
    mapping_version: str = ""
    partition: str | None = None
    before: Any = None


@dataclass(frozen=True)
class Completion:
    """What became of a sent write, with the source rows whose outcome it decides.

    Attributes:
        booked_as: the books' name of the object, where it differs from the write's (contacts become customers).
        uploads: contents that the account holds now.
        payload_hash: what the object turned out to have been made of; None leaves what the intent said.
        undoes: what is not in Gorgias any more.
    """

    key: WriteKey
    state: State
    gorgias_id: int | None = None
    answer_hash: str | None = None
    detail: str = ""
    outcomes: Sequence[Outcome] = field(default=())
    quarantined: Sequence[Quarantined] = field(default=())
    conflicts: Sequence[dict[str, Any]] = field(default=())
    booked_as: str = ""
    uploads: Sequence[Uploaded] = field(default=())
    payload_hash: str | None = None
    undoes: Undone | None = None


class Writes(Outcomes, Leases, Uploads):
    def known(self, keys: Sequence[WriteKey]) -> dict[WriteKey, KnownWrite]:
        """The present rows of these writes."""
        found: dict[WriteKey, KnownWrite] = {}
        with self.reading() as connection:
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
        with self.reading() as connection:
            rows = self._known(connection, (w.object == object) & (w.part == part))
        return {row.key.source_id: row for row in rows}

    def ever_known(self, keys: Sequence[WriteKey]) -> set[WriteKey]:
        """Those of these writes that this ledger has heard of, also where their intent was withdrawn since."""
        found = set(self.known(keys))
        h = tables.history.c
        with self.reading() as connection:
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
        with self.reading() as connection:
            return self._known(connection, self._unsettled())

    def begin(self, intents: Sequence[Intent], fence: int, run_id: str) -> None:
        """Commit the intents of a group of requests, before any of them leaves.

        Raises:
            Fenced: another runner holds the account.
        """
        now = self.now()
        rows = [
            {
                "account": self.account,
                "object": intent.key.object,
                "source_id": intent.key.source_id,
                "part": intent.key.part,
                "state": str(State.INTENT),
                "payload_hash": intent.payload_hash,
                "mapping_version": intent.mapping_version,
                "partition": intent.partition,
                "before": intent.before,
                "attempts": 1,
                "fence": fence,
                "run_id": run_id,
                "intent_at": now,
                "settled_at": None,
                "detail": "",
            }
            for intent in intents
        ]
        with self.transaction() as tx:
            self.check_fencing_token(tx, fence)
            self._upsert_writes(tx, rows)
            self._remember(tx, rows, fence, run_id)

    def complete(self, settlements: Sequence[Completion], fence: int, run_id: str) -> None:
        """Commit answers as states, and the outcomes of the rows that they decide, in one transaction.

        Raises:
            Fenced: another runner holds the account and settles these writes itself.
        """
        now = self.now()
        with self.transaction() as tx:
            self.check_fencing_token(tx, fence)
            for one in settlements:
                changed: dict[str, Any] = {
                    "state": str(one.state),
                    "answer_hash": one.answer_hash,
                    "settled_at": now,
                    "detail": one.detail,
                }
                if one.gorgias_id is not None:
                    changed["gorgias_id"] = one.gorgias_id
                if one.payload_hash is not None:
                    changed["payload_hash"] = one.payload_hash
                tx.execute(update(tables.writes).where(*self._is(one.key)).values(**changed))
                self.quarantine_in_transaction(tx, one.booked_as or one.key.object, WRITER_STAGE, list(one.quarantined))
            self.record_written(
                tx, [replace(row, object=row.object or one.key.object) for one in settlements for row in one.outcomes]
            )
            self.record_conflicts_in_transaction(tx, [row for one in settlements for row in one.conflicts])
            for one in settlements:
                self.upload_in(tx, one.key.source_id, one.uploads)
                if one.undoes is not None:
                    self._undo_in(tx, one.undoes, one.detail, fence, run_id)
            rows = [_history_row(one.key, str(one.state), one.detail) for one in settlements]
            self._remember(tx, rows, fence, run_id)

    def enter_found(
        self, object: str, found: Sequence[tuple[str, int, str | None]], detail: str, fence: int, run_id: str
    ) -> int:
        """Enter objects that are in the account and of which this ledger never heard, as adopted; returns how many.

        Args:
            found: source id, Gorgias id, partition.
        """
        keys = [WriteKey(object, source_id, "create") for source_id, _, _ in found]
        known = self.known(keys)
        gone = {key for key, row in known.items() if row.state is State.ROLLED_BACK}
        now = self.now()
        rows = [
            {
                **{"account": self.account, "object": object, "source_id": key.source_id, "part": key.part},
                **{"state": str(State.ADOPTED), "payload_hash": FOUND, "mapping_version": "", "partition": partition},
                **{"before": None, "attempts": 0, "fence": fence, "run_id": run_id, "intent_at": now},
                **{"settled_at": now, "detail": detail, "gorgias_id": number},
            }
            for key, (_, number, partition) in zip(keys, found, strict=True)
            if key not in known or key in gone
        ]
        if not rows:
            return 0
        with self.transaction() as tx:
            self.check_fencing_token(tx, fence)
            self._upsert_writes(tx, rows)
            self._remember(tx, rows, fence, run_id)
        return len(rows)

    def set_aside(self, settlements: Sequence[Completion], fence: int, run_id: str) -> None:
        """Forget writes that were not carried out though they were sent, and quarantine their rows, in one transaction.

        The next run plans and sends them anew.

        Raises:
            Fenced: another runner holds the account.
        """
        with self.transaction() as tx:
            self.check_fencing_token(tx, fence)
            for one in settlements:
                tx.execute(tables.writes.delete().where(*self._is(one.key), self._unsettled()))
                self.quarantine_in_transaction(tx, one.booked_as, WRITER_STAGE, list(one.quarantined))
            self.record_written(
                tx, [replace(row, object=row.object or one.key.object) for one in settlements for row in one.outcomes]
            )
            self._remember(tx, [_history_row(one.key, WITHDRAWN, one.detail) for one in settlements], fence, run_id)

    def take_back(self, keys: Sequence[WriteKey], fence: int, run_id: str, why: str) -> None:
        """Mark writes as taken back: deleted by us, or without effect; each may be written anew."""
        if not keys:
            return
        back = {"state": str(State.ROLLED_BACK), "settled_at": self.now(), "detail": why}
        with self.transaction() as tx:
            self.check_fencing_token(tx, fence)
            for key in keys:
                tx.execute(update(tables.writes).where(*self._is(key)).values(**back))
            self._remember(tx, [_history_row(key, str(State.ROLLED_BACK), why) for key in keys], fence, run_id)

    def undo(self, undone: Undone, why: str, fence: int, run_id: str) -> None:
        """Enter as taken back what needs no request any more: it is gone, or as it was before us.

        Raises:
            Fenced: another runner holds the account.
        """
        with self.transaction() as tx:
            self.check_fencing_token(tx, fence)
            self._undo_in(tx, undone, why, fence, run_id)

    def _undo_in(self, tx: Connection, undone: Undone, why: str, fence: int, run_id: str) -> None:
        """The id of what is gone is forgotten with it, or a later create that fails would still seem to have one."""
        back = {"state": str(State.ROLLED_BACK), "settled_at": self.now(), "detail": why, "gorgias_id": None}
        for key in undone.keys:
            tx.execute(update(tables.writes).where(*self._is(key)).values(**back))
        self.record_written(tx, undone.rows)
        self._remember(tx, [_history_row(key, str(State.ROLLED_BACK), why) for key in undone.keys], fence, run_id)

    def cancel(self, keys: Sequence[WriteKey], fence: int, run_id: str, why: str) -> None:
        """Take back writes that were not carried out (not sent, 429, 401, 403; or looked for and not found)."""
        with self.transaction() as tx:
            self.check_fencing_token(tx, fence)
            for key in keys:
                tx.execute(tables.writes.delete().where(*self._is(key), self._unsettled()))
            self._remember(tx, [_history_row(key, WITHDRAWN, why) for key in keys], fence, run_id)

    def forget_refusals(self, source_ids: Sequence[str], by: str) -> int:
        """Let refused writes of these rows be sent once more, with the same payload; returns how many.

        Raises:
            NameMissing: nobody is named.
        """
        w, asked_by = tables.writes.c, f"asked for again by {named(by)}"
        forgotten = 0
        with self.transaction() as tx:
            for start in range(0, len(source_ids), _KEYS_PER_QUERY):
                some = list(source_ids[start : start + _KEYS_PER_QUERY])
                refused = (w.account == self.account, w.state == str(State.REFUSED), w.source_id.in_(some))
                keys = [WriteKey(*row) for row in tx.execute(select(w.object, w.source_id, w.part).where(*refused))]
                tx.execute(tables.writes.delete().where(*refused))
                self._remember(tx, [_history_row(key, WITHDRAWN, asked_by) for key in keys], 0, "")
                forgotten += len(keys)
        return forgotten

    def gorgias_ids(self, object: str, source_ids: Iterable[str] | None = None) -> dict[str, int]:
        """source_id -> Gorgias id of what was created or adopted."""
        w = tables.writes.c
        query = select(w.source_id, w.gorgias_id).where(
            w.account == self.account,
            w.object == object,
            w.part == "create",
            w.state.in_([str(state) for state in WRITTEN]),
        )
        with self.reading() as connection:
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
        with self.reading() as connection:
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
        with self.reading() as connection:
            return set(connection.execute(query.where(w.state.in_([str(one) for one in states]))).scalars())

    def has_made(self, objects: Iterable[str]) -> bool:
        """Whether one of these objects was made, or found to be there, and not taken back since."""
        w = tables.writes.c
        made = [str(state) for state in WRITTEN]
        condition = (w.account == self.account, w.object.in_(list(objects)), w.part == "create", w.state.in_(made))
        with self.reading() as connection:
            return connection.execute(select(w.source_id).where(*condition).limit(1)).first() is not None

    def keys_of(self, object: str, part: str, partitions: Sequence[str]) -> list[WriteKey]:
        """Keys of all writes of one kind in these partitions, whatever their state."""
        w = tables.writes.c
        query = select(w.object, w.source_id, w.part).where(
            w.account == self.account, w.object == object, w.part == part, w.partition.in_(list(partitions))
        )
        with self.reading() as connection:
            return [WriteKey(*row) for row in connection.execute(query)]

    def write_counts(self) -> pd.DataFrame:
        """object, part, state, rows."""
        w = tables.writes.c
        group = (w.object, w.part, w.state)
        query = select(*group, func.count().label("rows")).where(w.account == self.account).group_by(*group)
        return self._frame(query.order_by(*group))

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
        return self._frame(query.group_by(h.object, h.part).order_by(h.object, h.part))

    def attempts_in(self, run_ids: Sequence[str]) -> int:
        """How many requests these runs announced: the INTENT entries of their history, without what was there."""
        h = tables.history.c
        requests = func.sum(case((h.detail == PRESENT, -1), (h.state == str(State.INTENT), 1), else_=0))
        query = select(func.coalesce(requests, 0)).where(h.account == self.account, h.run_id.in_(list(run_ids)))
        with self.reading() as connection:
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

    def _upsert_writes(self, tx: Connection, rows: list[dict[str, Any]]) -> None:
        insert = self.dialect.insert(tables.writes)
        key = ("account", "object", "source_id", "part")
        changed: dict[str, Any] = {name: insert.excluded[name] for name in rows[0] if name not in key}
        changed["attempts"] = tables.writes.c.attempts + 1
        tx.execute(insert.on_conflict_do_update(index_elements=list(key), set_=changed), rows)

    def _remember(self, tx: Connection, rows: list[dict[str, Any]], fence: int, run_id: str) -> None:
        now = self.now()
        columns = ("object", "source_id", "part", "state", "detail")
        if rows:
            shared = {"account": self.account, "fence": fence, "run_id": run_id, "at": now}
            tx.execute(tables.history.insert(), [shared | {name: row[name] for name in columns} for row in rows])

    def _unsettled(self) -> Any:
        return tables.writes.c.state.in_([str(state) for state in UNSETTLED])

    def _is(self, key: WriteKey) -> list[Any]:
        w = tables.writes.c
        return [w.account == self.account, w.object == key.object, w.source_id == key.source_id, w.part == key.part]


def _history_row(key: WriteKey, state: str, detail: str) -> dict[str, Any]:
    return {"object": key.object, "source_id": key.source_id, "part": key.part, "state": state, "detail": detail}
