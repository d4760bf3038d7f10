"""Carrying a rollback out: through the write gate, in reverse order of dependency, each object looked at once more.

It belongs here: the order, and the last look before each request. It does not: the plan (plan.py) and whether a
rollback may begin (orchestration/rollback.py). Whatever stops it, the next one goes on from the ledger and the target.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from migration_assets.gorgias.rollback import bulk, target_now
from migration_assets.gorgias.rollback.forget import forget_rolled_back
from migration_assets.gorgias.rollback.plan import GONE, Disposition, Item
from migration_assets.gorgias.rollback.planner import Planner
from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.gorgias.rollback.target_now import PATHS, Row
from migration_assets.gorgias.rollback.written_objects import WrittenObject
from migration_assets.gorgias.target_image import digest_of
from resources.batches import batches
from resources.gorgias.wire import moment
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.records import WRITTEN, WriteKey
from resources.warehouse import Warehouse

AT_ONCE = 4
"""Objects between whose last look and delete nothing else is done: two seconds of the allowance of a key."""
PHASE = "rollback"
_STAGES = (("tickets",), ("customers",), ("teams", "tags", "custom_fields", "users"))
_CHANGED = "changed since the plan was made"


@dataclass
class Done:
    """What a rollback did.

    Attributes:
        counts: `deleted tickets`, `restored customers`, `archived custom_fields`, ... -> number.
        kept_late: what changed between the plan and the last look: (object, source id, reason).
        refused: what Gorgias refused to delete: (object, source id).
    """

    counts: Counter[str] = field(default_factory=Counter)
    kept_late: list[tuple[str, str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


class Execution:
    """One rollback; the gate is open and has settled what earlier runs left."""

    def __init__(
        self,
        warehouse: Warehouse,
        ledger: Ledger,
        writer: Writer,
        scope: Scope,
        report_progress: Callable[[str], None] = lambda _: None,
        before_delete: Callable[[Item], None] = lambda _: None,
    ):
        """Args:
        before_delete: told of each object right before its last look.
        """
        self._warehouse, self._ledger, self._writer, self._scope = warehouse, ledger, writer, scope
        self._say, self._before_delete = report_progress, before_delete
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rollback")
        self._by_job = False
        self._closed: list[tuple[Item, Row]] = []
        self.done = Done()

    def run(self) -> Done:
        """Everything in scope, stage by stage; what stays in one stage keeps what it needs in the next.

        Raises:
            As `Writer.apply`.
        """
        try:
            self._forget()
            for stage in _STAGES:
                if any(self._scope.holds(name, None) for name in stage) or stage == ("tickets",):
                    self._stage(stage)
            return self.done
        finally:
            self._pool.shutdown(wait=True)
            self._forget()

    def _forget(self) -> None:
        forget_rolled_back(self._warehouse, self._ledger)
        # Not in what a load calls: a sample that is chosen anew may hold what is taken back and not yet made again.
        for name in ("tickets", "customers"):
            self._ledger.samples.leave_sample(name, self._ledger.rollbacks.rolled_back(name))

    def _stage(self, stage: Sequence[str]) -> None:
        planner = Planner(self._warehouse, self._ledger, self._writer.reader, self._scope)
        plan = planner.plan()
        for name in stage:
            items = plan.of(name, Disposition.delete, Disposition.restore, Disposition.deactivate)
            self._by_job = sum(item.in_bulk for item in items) >= bulk.LEAST
            started = time.monotonic()
            for number, some in enumerate(batches(items, AT_ONCE), start=1):
                self._some(planner, some)
                if len(self._closed) > bulk.MOST - AT_ONCE:
                    self._delete_closed(planner)
                through = min(number * AT_ONCE, len(items))
                rate = through / max(time.monotonic() - started, 1e-6)
                self._ledger.progress.note_progress(f"{PHASE}: {name}", through, len(items), rate)
            self._delete_closed(planner)
            if items:
                self._say(f"{PHASE}: {name}: {len(items)} looked at, {self.done.counts.total()} taken back so far")

    def _some(self, planner: Planner, items: list[Item], singly: bool = False) -> None:
        """Args:
        singly: no job is waited for.
        """
        for item in items:
            self._before_delete(item)
        found = list(self._pool.map(lambda item: self._look(planner, item), items))
        writes: list[Write] = []
        for item, (reason, restore, row) in zip(items, found, strict=True):
            one = item.written
            if reason == GONE:
                self._undo(one, GONE)
                self.done.counts[f"{GONE} {one.object}"] += 1
            elif reason:
                self.done.kept_late.append((one.object, one.source_id, reason))
            elif restore is not None and not restore.restore_writes:
                self._undo(one, "as it was before")
                self.done.counts[f"restored {one.object}"] += 1
            elif self._by_job and not singly and item.in_bulk and row is not None and row.get("status") == "closed":
                self._closed.append((item, row))
            else:
                writes += restore.restore_writes if restore is not None else [_removal(item)]
        self._carry_out(writes)

    def _delete_closed(self, planner: Planner) -> None:
        """By one job; what it does not take is looked at and deleted like an open one."""
        waiting, self._closed = self._closed, []
        if len(waiting) < bulk.LEAST:
            left = [item for item, _ in waiting]
        else:
            done = bulk.delete_closed(self._writer, [row for _, row in waiting])
            for item, row in waiting:
                if row["id"] in done.gone:
                    self._undo(item.written, f"deleted by job {done.job}")
                    self.done.counts["deleted tickets"] += 1
            left = [item for item, row in waiting if row["id"] not in done.gone]
        for some in batches(left, AT_ONCE):
            self._some(planner, some, singly=True)

    def _look(self, planner: Planner, item: Item) -> tuple[str, Item | None, Row | None]:
        """(why it stays, the restore as it is to be now, the object), from a read made at this moment."""
        one = item.written
        assert one.number is not None
        row = target_now.one(self._writer.reader, one.object, one.number)
        if row == 404 or (row == 301 and item.reason == GONE):
            return GONE, None, None
        if isinstance(row, int):
            return "it was merged into another one in Gorgias", None, None
        if item.fate is Disposition.restore:
            again = planner.restored(one, row)
            return ("", again, row) if again.fate is Disposition.restore else (again.reason, None, row)
        return "; ".join(self._reasons(planner, item, row)), None, row

    def _reasons(self, planner: Planner, item: Item, row: Row) -> list[str]:
        one = item.written
        if one.object == "tickets":
            return planner.ticket_reasons(one, row, planner.bases.get(("tickets", one.source_id)), whole=True)
        if one.object == "customers":
            said = planner.customer_reasons(one, row, whole=True)
            ticket = target_now.has_tickets(self._writer.reader, row["id"])
            return said + ([f"referred to by ticket {ticket}"] if ticket else [])
        if item.row is not None and digest_of(item.row) != digest_of(row):
            return [_CHANGED]
        if one.object == "tags" and row.get("usage"):
            return [f"{row['usage']} tickets carry it"]
        return []

    def _carry_out(self, writes: Sequence[Write]) -> None:
        """A restore of several requests counts as taken back with its last one, once the others came through."""
        first = [write for write in writes if write.undoes is None]
        if first:
            self._writer.apply(first)
        known = self._ledger.known_writes.known([write.key for write in first])
        failed = {(key.object, key.source_id) for key, row in known.items() if row.state not in WRITTEN}
        self.done.refused += sorted(failed)
        last = [write for write in writes if write.undoes and (write.key.object, write.key.source_id) not in failed]
        if last:
            self._writer.apply(last)
            self._count(last)

    def _undo(self, one: WrittenObject, why: str) -> None:
        self._ledger.writes.undo(one.undone(by_look=True), why, self._writer.fencing_token(), self._writer.run_id)

    def _count(self, writes: Iterable[Write]) -> None:
        known = self._ledger.known_writes.known([write.key for write in writes])
        verb = {"delete": "deleted", "deactivate": "archived"}
        for write in writes:
            row = known.get(write.key)
            if row is not None and row.state in WRITTEN:
                self.done.counts[f"{verb.get(write.key.part, 'restored')} {write.key.object}"] += 1
            else:
                self.done.refused.append((write.key.object, write.key.source_id))


def _removal(item: Item) -> Write:
    """A delete; of a custom field, which no call deletes, its archiving."""
    one = item.written
    path = f"{PATHS[one.object]}/{one.number}"
    if item.fate is Disposition.deactivate:
        assert item.row is not None
        body: dict[str, Any] = {name: item.row[name] for name in ("object_type", "label", "definition")}
        body["deactivated_datetime"] = moment(datetime.now(UTC))
        key = WriteKey(one.object, one.source_id, "deactivate")
        return Write(key, "PUT", path, body, partition=one.partition, basis=one.cycle, undoes=one.undone())
    key = WriteKey(one.object, one.source_id, "delete")
    return Write(key, "DELETE", path, None, partition=one.partition, basis=one.cycle, undoes=one.undone())
