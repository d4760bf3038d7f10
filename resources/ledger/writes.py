"""Writes and their states: write-ahead intents, settlements (docs/write-gate.md).

An INTENT is committed before its request leaves; an answer becomes a state in a later commit. Commits are grouped,
never skipped. Every transaction first compares the fencing number. It belongs here: changing states. It does not:
reading them (known_writes.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, tuple_, update

from resources.ledger import tables
from resources.ledger.base import Repository, Store, named
from resources.ledger.conflicts import Conflicts
from resources.ledger.lease import Leases
from resources.ledger.outcomes import WRITER_STAGE, Outcomes
from resources.ledger.quarantine import Quarantine
from resources.ledger.records import UNSETTLED, Completion, Intent, State, Undone, WriteKey
from resources.ledger.uploads import Uploads

_KEYS_PER_QUERY = 400
WITHDRAWN = "WITHDRAWN"
"""In the history only: an intent whose request was certainly not carried out, or a refusal that is asked again."""
THROTTLED = "429"
PRESENT = "present in Gorgias"
"""Taken over without a request."""
FOUND, LEFT_TO_MERGE = "", "found in the account"
"""Payload hashes of adopted objects: not looked at yet; not as staged, so that the merge of changes looks at it."""


class Writes(Repository):
    def __init__(
        self,
        store: Store,
        leases: Leases,
        outcomes: Outcomes,
        quarantine: Quarantine,
        conflicts: Conflicts,
        uploads: Uploads,
    ):
        super().__init__(store)
        self._leases, self._outcomes, self._quarantine = leases, outcomes, quarantine
        self._conflicts, self._uploads = conflicts, uploads

    def begin(self, intents: Sequence[Intent], fence: int, run_id: str) -> None:
        """Commit the intents of a group of requests, before any of them leaves.

        Raises:
            Fenced: another runner holds the account.
        """
        now = self.store.now()
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
        with self.store.transaction() as tx:
            self._leases.check_fencing_token(tx, fence)
            self._upsert_writes(tx, rows)
            self._remember(tx, rows, fence, run_id)

    def complete(self, settlements: Sequence[Completion], fence: int, run_id: str) -> None:
        """Commit answers as states, and the outcomes of the rows that they decide, in one transaction.

        Raises:
            Fenced: another runner holds the account and settles these writes itself.
        """
        now = self.store.now()
        with self.store.transaction() as tx:
            self._leases.check_fencing_token(tx, fence)
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
                self._quarantine.record_in_transaction(
                    tx, one.booked_as or one.key.object, WRITER_STAGE, list(one.quarantined)
                )
            self._outcomes.record_written(
                tx, [replace(row, object=row.object or one.key.object) for one in settlements for row in one.outcomes]
            )
            self._conflicts.record_in_transaction(tx, [row for one in settlements for row in one.conflicts])
            for one in settlements:
                self._uploads.record_in_transaction(tx, one.key.source_id, one.uploads)
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
        known = self._states(keys)
        gone = {key for key, state in known.items() if state is State.ROLLED_BACK}
        now = self.store.now()
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
        with self.store.transaction() as tx:
            self._leases.check_fencing_token(tx, fence)
            self._upsert_writes(tx, rows)
            self._remember(tx, rows, fence, run_id)
        return len(rows)

    def _states(self, keys: Sequence[WriteKey]) -> dict[WriteKey, State]:
        w, found = tables.writes.c, dict[WriteKey, State]()
        query = select(w.object, w.source_id, w.part, w.state).where(w.account == self.account)
        with self.store.reading() as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                some = [(key.object, key.source_id, key.part) for key in keys[start : start + _KEYS_PER_QUERY]]
                for *key, state in connection.execute(query.where(tuple_(w.object, w.source_id, w.part).in_(some))):
                    found[WriteKey(*key)] = State(state)
        return found

    def set_aside(self, settlements: Sequence[Completion], fence: int, run_id: str) -> None:
        """Forget writes that were not carried out though they were sent, and quarantine their rows, in one transaction.

        The next run plans and sends them anew.

        Raises:
            Fenced: another runner holds the account.
        """
        with self.store.transaction() as tx:
            self._leases.check_fencing_token(tx, fence)
            for one in settlements:
                tx.execute(tables.writes.delete().where(*self._is(one.key), self._unsettled()))
                self._quarantine.record_in_transaction(tx, one.booked_as, WRITER_STAGE, list(one.quarantined))
            self._outcomes.record_written(
                tx, [replace(row, object=row.object or one.key.object) for one in settlements for row in one.outcomes]
            )
            self._remember(tx, [_history_row(one.key, WITHDRAWN, one.detail) for one in settlements], fence, run_id)

    def take_back(self, keys: Sequence[WriteKey], fence: int, run_id: str, why: str) -> None:
        """Mark writes as taken back: deleted by us, or without effect; each may be written anew."""
        if not keys:
            return
        back = {"state": str(State.ROLLED_BACK), "settled_at": self.store.now(), "detail": why}
        with self.store.transaction() as tx:
            self._leases.check_fencing_token(tx, fence)
            for key in keys:
                tx.execute(update(tables.writes).where(*self._is(key)).values(**back))
            self._remember(tx, [_history_row(key, str(State.ROLLED_BACK), why) for key in keys], fence, run_id)

    def undo(self, undone: Undone, why: str, fence: int, run_id: str) -> None:
        """Enter as taken back what needs no request any more: it is gone, or as it was before us.

        Raises:
            Fenced: another runner holds the account.
        """
        with self.store.transaction() as tx:
            self._leases.check_fencing_token(tx, fence)
            self._undo_in(tx, undone, why, fence, run_id)

    def _undo_in(self, tx: Connection, undone: Undone, why: str, fence: int, run_id: str) -> None:
        """The id of what is gone is forgotten with it, or a later create that fails would still seem to have one."""
        back = {"state": str(State.ROLLED_BACK), "settled_at": self.store.now(), "detail": why, "gorgias_id": None}
        for key in undone.keys:
            tx.execute(update(tables.writes).where(*self._is(key)).values(**back))
        self._outcomes.record_written(tx, undone.rows)
        self._remember(tx, [_history_row(key, str(State.ROLLED_BACK), why) for key in undone.keys], fence, run_id)

    def cancel(self, keys: Sequence[WriteKey], fence: int, run_id: str, why: str) -> None:
        """Take back writes that were not carried out (not sent, 429, 401, 403; or looked for and not found)."""
        with self.store.transaction() as tx:
            self._leases.check_fencing_token(tx, fence)
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
        with self.store.transaction() as tx:
            for start in range(0, len(source_ids), _KEYS_PER_QUERY):
                some = list(source_ids[start : start + _KEYS_PER_QUERY])
                refused = (w.account == self.account, w.state == str(State.REFUSED), w.source_id.in_(some))
                keys = [WriteKey(*row) for row in tx.execute(select(w.object, w.source_id, w.part).where(*refused))]
                tx.execute(tables.writes.delete().where(*refused))
                self._remember(tx, [_history_row(key, WITHDRAWN, asked_by) for key in keys], 0, "")
                forgotten += len(keys)
        return forgotten

    def _upsert_writes(self, tx: Connection, rows: list[dict[str, Any]]) -> None:
        insert = self.store.dialect.insert(tables.writes)
        key = ("account", "object", "source_id", "part")
        changed: dict[str, Any] = {name: insert.excluded[name] for name in rows[0] if name not in key}
        changed["attempts"] = tables.writes.c.attempts + 1
        tx.execute(insert.on_conflict_do_update(index_elements=list(key), set_=changed), rows)

    def _remember(self, tx: Connection, rows: list[dict[str, Any]], fence: int, run_id: str) -> None:
        now = self.store.now()
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
