"""gorgias/customer_changes: customers whose contacts or organization changed since they were written, merged.

It belongs here: the order of reading, writing and recording. It does not: what is decided about one
customer (customer_merge.py). Gorgias is read for changed customers only, one GET each.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from migration_assets.gorgias.as_left import LeftBases
from migration_assets.gorgias.as_left import note as note_left
from migration_assets.gorgias.delta.conflict_store import WHOLE_OBJECT, note, note_whole
from migration_assets.gorgias.delta.customer_merge import (
    PARTS,
    CustomerPlan,
    base_as_left,
    base_of,
    plan_customer,
    state_of_row,
)
from migration_assets.gorgias.expected_differences import (
    ExpectedDifference,
    Reason,
    differing_fields,
    expect,
    set_by_people,
)
from migration_assets.gorgias.field_state import restored
from migration_assets.gorgias.load.customers import create_write, data_write, values_write
from migration_assets.gorgias.merge_base import Pending, keep_in
from migration_assets.gorgias.target_reader import TargetObject, changed_by, read_customer
from resources.gorgias.writer.writer import Writer
from resources.ledger.conflicts import THEIRS
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, WriteKey
from resources.warehouse import Warehouse

CUSTOMER_CHANGES_CHUNK = 200
CustomerIds = Mapping[WriteKey, KnownWrite]


class CustomerDelta:
    """Batches of changed customers: read, planned, and recorded once they are written."""

    def __init__(self, warehouse: Warehouse, writer: Writer, home: Path, decided: Mapping[str, dict[str, str]]):
        self.store, self.book, self.reader, self.gate = warehouse, writer.ledger, writer.reader, writer
        self.home, self.decided, self.fields = home, decided, self.book.known_writes.gorgias_ids("custom_fields")
        self.merged: dict[str, int] = {}
        self.counts: Counter[str] = Counter(changed=0, read=0, conflicts=0, not_reachable=0)

    def plans(self, batch: list[Pending]) -> list[CustomerPlan]:
        """What is to be done; customers that turn out to be as written, or out of reach, are recorded at once."""
        ids = [at.source_id for at in batch]
        known = self.book.known_writes.known([WriteKey("customers", name, part) for name in ids for part in PARTS])
        staged = self.store.rows("SELECT * FROM staging.customers WHERE list_contains(?, source_id)", [ids])
        by_id = {row["source_id"]: row for row in staged}
        noted, by_people = LeftBases.read(self.store, ids), set_by_people(self.store, "customers", ids)
        plans: list[CustomerPlan] = []
        left: list[ExpectedDifference] = []
        seen: list[tuple[Pending, dict[str, Any] | None]] = []
        for at in batch:
            row, create = by_id[at.source_id], known.get(WriteKey("customers", at.source_id, "create"))
            if create is None or create.state not in WRITTEN or create.gorgias_id is None:
                continue
            parts = {part: known.get(WriteKey("customers", at.source_id, part)) for part in PARTS}
            take = self.decided.get(at.source_id, {}).get(WHOLE_OBJECT)
            if at.base is None and _as_staged(row, known, create.gorgias_id, self.fields):
                seen.append((at, base_of(state_of_row(row, self.fields), {})))
            elif at.base and (at.base.get("accepted") and take != "ours"):
                seen.append((at, at.base))
            elif at.base and row["kind"] == "stub":
                # The contact was deleted at the source: what was written of it stays, and no stub takes its place.
                stands, wanted = restored(at.base["customer"]), state_of_row(row, self.fields)
                left += differing_fields(at.source_id, stands, wanted, {}, Reason.left)
                left += [one for one in by_people if one.source_id == at.source_id]
                if take == THEIRS:
                    left.append(ExpectedDifference(at.source_id, WHOLE_OBJECT, Reason.declined, None))
                seen.append((at, at.base | ({"accepted": True} if take == THEIRS else {})))
            elif held := self._unchanged_object(at, row, create.gorgias_id, take):
                unsettled = {part for part, write in parts.items() if write and write.state in UNSETTLED}
                at = replace(at, base=base_as_left(at.base, parts, noted))
                plan = plan_customer(row, at, held, self.fields, self.decided.get(at.source_id, {}), unsettled)
                if plan.conflicts:
                    # Asked before this delta writes, so that nobody but others is named.
                    since = self._written_until(parts)
                    plan.why = changed_by(self.reader, "Customer", plan.number, since or at.written_at)
                plans.append(plan)
            else:
                accepted = take == "theirs"
                # The id that it had: what names it in a base of before is followed to the survivor.
                marks = {"merged": self.merged.get(at.source_id) or (at.base or {}).get("merged")}
                seen.append((at, (at.base or base_of({}, {})) | marks | {"accepted": accepted}))
                reason = Reason.declined if accepted else Reason.conflict
                left.append(ExpectedDifference(at.source_id, WHOLE_OBJECT, reason, None))
        with self.store.transaction() as tx:
            keep_in(tx, "customers", seen)
            expect(tx, "customers", {one.source_id for one in left}, left)
        note_left(self.store, [entry for plan in plans for entry in plan.as_left()])
        self.book.conflicts.applied("customers", [at.source_id for at, _ in seen if at.source_id in self.decided])
        self.counts["changed"] += len(plans)
        return plans

    def record(self, plans: list[CustomerPlan]) -> None:
        """Bases and conflicts of written plans; one whose outcome is not known stays as it was."""
        known = self.book.known_writes.known([write.key for plan in plans for write in plan.writes])
        ended = [plan for plan in plans if all(known[one.key].state not in UNSETTLED for one in plan.writes)]
        through = {key for key, row in known.items() if row.state in WRITTEN}
        left = [row for plan in ended for row in plan.expected(through)]
        with self.store.transaction() as tx:
            keep_in(tx, "customers", [(plan.row, _base(plan, known)) for plan in ended])
            expect(tx, "customers", [plan.row.source_id for plan in ended], left)
        for plan in ended:
            if plan.conflicts:
                self.counts["conflicts"] += len(plan.conflicts)
                note(self.book, self.home, "customers", plan.row.source_id, plan.number, plan.conflicts, plan.why)
        self.book.conflicts.applied("customers", [p.row.source_id for p in ended if p.row.source_id in self.decided])

    def _written_until(self, parts: Mapping[str, KnownWrite | None]) -> datetime | None:
        """The time of Gorgias's clock by which our last write on a customer was through."""
        settled = [write.settled_at for write in parts.values() if write and write.settled_at]
        return self.book.times.in_gorgias(max(settled)) if settled else None

    def _unchanged_object(
        self, at: Pending, row: Mapping[str, Any], number: int, take: str | None
    ) -> TargetObject | None:
        """The customer as it is; None, and a conflict until a person decides, where it is out of reach.

        One that was merged is out of reach as well: its survivor holds another contact's data, and what a person says
        of a field would put one's data on the other.
        """
        self.counts["read"] += 1
        emails = [row["email"]] if row["email"] else []
        held = read_customer(self.reader, number, row["external_id"], emails)
        if held.body is not None and held.number != number:
            self.gate.adopt([(create_write(dict(row)), held.number)])
            self.merged[at.source_id] = number
        if held.body is not None and at.source_id not in self.merged and not (at.base or {}).get("merged"):
            return held
        problem = held.problem or f"it was merged into customer {held.number} in Gorgias"
        self.counts["not_reachable"] += 1
        if take != "theirs":
            note_whole(self.book, "customers", at.source_id, held.number, problem)
        return None


def _as_staged(row: dict[str, Any], known: CustomerIds, number: int, fields: Mapping[str, int]) -> bool:
    """The ledger remembers just these requests, so the base is known without a look at Gorgias."""
    asked = [create_write(row), values_write(row, number, fields), data_write(row, number)]
    found = [(write, known.get(write.key)) for write in asked if write]
    return all(held and held.state in WRITTEN and held.payload_hash == write.payload_hash for write, held in found)


def _base(plan: CustomerPlan, known: CustomerIds) -> dict[str, Any] | None:
    """The new base; the old one where a call did not get through, so that its fields are not taken for written."""
    through = all(known[write.key].state in WRITTEN for write in plan.writes)
    return plan.base if through else plan.row.base
