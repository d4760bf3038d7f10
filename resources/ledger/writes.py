"""Writes and their states: write-ahead intents, settlements (docs/write-gate.md).

An INTENT is committed before its request leaves; an answer becomes a state in a later commit. Commits are grouped,
never skipped. Every transaction first compares the fencing number. It belongs here: changing states. It does not:
reading them (known_writes.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.base import VALUES_PER_QUERY, Repository, Store, named
from resources.ledger.conflicts import Conflicts
from resources.ledger.lease import Leases
from resources.ledger.outcomes import WRITER_STAGE, Outcomes
from resources.ledger.quarantine import Quarantine
from resources.ledger.records import UNSETTLED, Completion, Intent, State, Undone, WriteKey
from resources.ledger.uploads import Uploads

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
        announced = {"state": State.INTENT, "attempts": 1, "settled_at": None, "detail": ""}
        given = ("payload_hash", "mapping_version", "partition", "before")
        rows = [vars(one.key) | announced | {name: getattr(one, name) for name in given} for one in intents]
        with self._leases.fenced(fence) as tx:
            self._upsert_writes(tx, rows, fence, run_id)

    def complete(self, settlements: Sequence[Completion], fence: int, run_id: str) -> None:
        """Commit answers as states, and the outcomes of the rows that they decide, in one transaction.

        Raises:
            Fenced: another runner holds the account and settles these writes itself.
        """
        now = self.store.now()
        with self._leases.fenced(fence) as tx:
            for one in settlements:
                changed: dict[str, Any] = {"answer_hash": one.answer_hash, "settled_at": now, "detail": one.detail}
                if one.gorgias_id is not None:
                    changed["gorgias_id"] = one.gorgias_id
                if one.payload_hash is not None:
                    changed["payload_hash"] = one.payload_hash
                tx.execute(update(tables.writes).where(*self._is(one.key)).values(state=one.state, **changed))
            self._record_rows(tx, settlements)
            self._conflicts.record_in_transaction(tx, [row for one in settlements for row in one.conflicts])
            for one in settlements:
                self._uploads.record_in_transaction(tx, one.key.source_id, one.uploads)
                if one.undoes is not None:
                    self._undo_in(tx, one.undoes, one.detail, fence, run_id)
            self._remember(tx, [(one.key, one.state, one.detail) for one in settlements], fence, run_id)

    def enter_found(
        self, object: str, found: Sequence[tuple[str, int, str | None]], detail: str, fence: int, run_id: str
    ) -> int:
        """Enter objects that are in the account and of which this ledger never heard, as adopted; returns how many.

        Args:
            found: source id, Gorgias id, partition.
        """
        w = tables.writes.c
        there = self.select(w.source_id).where(w.object == object, w.part == "create", w.state != State.ROLLED_BACK)
        known = {row.source_id for row in self.store.rows_among(there, w.source_id, [name for name, _, _ in found])}
        adopted: dict[str, Any] = {"state": State.ADOPTED, "payload_hash": FOUND, "mapping_version": "", "before": None}
        adopted |= {"attempts": 0, "settled_at": self.store.now(), "detail": detail}
        rows = [
            vars(WriteKey(object, name, "create")) | adopted | {"gorgias_id": number, "partition": partition}
            for name, number, partition in found
            if name not in known
        ]
        if not rows:
            return 0
        with self._leases.fenced(fence) as tx:
            self._upsert_writes(tx, rows, fence, run_id)
        return len(rows)

    def set_aside(self, settlements: Sequence[Completion], fence: int, run_id: str) -> None:
        """Forget writes that were not carried out though they were sent, and quarantine their rows, in one transaction.

        The next run plans and sends them anew.

        Raises:
            Fenced: another runner holds the account.
        """
        with self._leases.fenced(fence) as tx:
            for one in settlements:
                tx.execute(tables.writes.delete().where(*self._is(one.key), self._unsettled()))
            self._record_rows(tx, settlements)
            self._remember(tx, [(one.key, WITHDRAWN, one.detail) for one in settlements], fence, run_id)

    def _record_rows(self, tx: Connection, settlements: Sequence[Completion]) -> None:
        """What the settlements decide about source rows."""
        for one in settlements:
            object = one.booked_as or one.key.object
            self._quarantine.record_in_transaction(tx, object, WRITER_STAGE, one.quarantined)
        decided = [(one.key.object, row) for one in settlements for row in one.outcomes]
        self._outcomes.record_written(tx, [replace(row, object=row.object or object) for object, row in decided])

    def take_back(self, keys: Sequence[WriteKey], fence: int, run_id: str, why: str) -> None:
        """Mark writes as taken back: deleted by us, or without effect; each may be written anew."""
        if keys:
            with self._leases.fenced(fence) as tx:
                self._mark_taken_back(tx, keys, why, fence, run_id)

    def undo(self, undone: Undone, why: str, fence: int, run_id: str) -> None:
        """Enter as taken back what needs no request any more: it is gone, or as it was before us.

        Raises:
            Fenced: another runner holds the account.
        """
        with self._leases.fenced(fence) as tx:
            self._undo_in(tx, undone, why, fence, run_id)

    def _undo_in(self, tx: Connection, undone: Undone, why: str, fence: int, run_id: str) -> None:
        """The id of what is gone is forgotten with it, or a later create that fails would still seem to have one."""
        self._mark_taken_back(tx, undone.keys, why, fence, run_id, gorgias_id=None)
        self._outcomes.record_written(tx, undone.rows)

    def _mark_taken_back(
        self, tx: Connection, keys: Sequence[WriteKey], why: str, fencing_token: int, run_id: str, **changed: None
    ) -> None:
        back = {"state": State.ROLLED_BACK, "settled_at": self.store.now(), "detail": why, **changed}
        for key in keys:
            tx.execute(update(tables.writes).where(*self._is(key)).values(**back))
        self._remember(tx, [(key, State.ROLLED_BACK, why) for key in keys], fencing_token, run_id)

    def cancel(self, keys: Sequence[WriteKey], fence: int, run_id: str, why: str) -> None:
        """Take back writes that were not carried out (not sent, 429, 401, 403; or looked for and not found)."""
        with self._leases.fenced(fence) as tx:
            for key in keys:
                tx.execute(tables.writes.delete().where(*self._is(key), self._unsettled()))
            self._remember(tx, [(key, WITHDRAWN, why) for key in keys], fence, run_id)

    def forget_refusals(self, source_ids: Sequence[str], by: str) -> int:
        """Let refused writes of these rows be sent once more, with the same payload; returns how many.

        Raises:
            NameMissing: nobody is named.
        """
        w, asked_by = tables.writes.c, f"asked for again by {named(by)}"
        forgotten = 0
        with self.store.transaction() as tx:
            for some in batches(source_ids, VALUES_PER_QUERY):
                refused = (w.account == self.account, w.state == State.REFUSED, w.source_id.in_(some))
                keys = [WriteKey(*row) for row in tx.execute(select(w.object, w.source_id, w.part).where(*refused))]
                tx.execute(tables.writes.delete().where(*refused))
                self._remember(tx, [(key, WITHDRAWN, asked_by) for key in keys], 0, "")
                forgotten += len(keys)
        return forgotten

    def _upsert_writes(self, tx: Connection, rows: list[dict[str, Any]], fencing_token: int, run_id: str) -> None:
        insert = self.store.dialect.insert(tables.writes)
        key = ["account", "object", "source_id", "part"]
        shared = {"account": self.account, "fence": fencing_token, "run_id": run_id, "intent_at": self.store.now()}
        changed: dict[str, Any] = {name: insert.excluded[name] for name in [*rows[0], *shared] if name not in key}
        changed["attempts"] = tables.writes.c.attempts + 1
        tx.execute(insert.on_conflict_do_update(index_elements=key, set_=changed), [shared | row for row in rows])
        entries = [(WriteKey(*(row[one] for one in key[1:])), row["state"], row["detail"]) for row in rows]
        self._remember(tx, entries, fencing_token, run_id)

    def _remember(self, tx: Connection, entries: list[tuple[WriteKey, str, str]], fence: int, run_id: str) -> None:
        """Add (key, state, detail) to the history."""
        shared = {"account": self.account, "fence": fence, "run_id": run_id, "at": self.store.now()}
        if entries:
            rows = [shared | vars(key) | {"state": state, "detail": detail} for key, state, detail in entries]
            tx.execute(tables.history.insert(), rows)

    def _unsettled(self) -> Any:
        return tables.writes.c.state.in_(UNSETTLED)

    def _is(self, key: WriteKey) -> list[Any]:
        w = tables.writes.c
        return [w.account == self.account, w.object == key.object, w.source_id == key.source_id, w.part == key.part]
