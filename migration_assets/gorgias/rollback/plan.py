"""The plan: what becomes of every object that was ever written, from the ledger and a fresh look at the target.

It belongs here: fates and their reasons. It does not: reading (target_now.py), the questions (judge.py), doing it
(execute.py). Nothing is written.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from migration_assets.gorgias.rollback import bulk, target_now
from migration_assets.gorgias.rollback.as_written import Base, bases, bodies
from migration_assets.gorgias.rollback.judge import (
    NOT_KNOWN,
    by_people,
    customer_reasons,
    definition_reasons,
    ticket_reasons,
)
from migration_assets.gorgias.rollback.references import References
from migration_assets.gorgias.rollback.restore import Restore, restore_customer, restore_field, restore_team
from migration_assets.gorgias.rollback.scope import KINDS, Scope
from migration_assets.gorgias.rollback.target_now import Events, Row
from migration_assets.gorgias.rollback.written_objects import Written, WrittenObject, written_objects
from resources.gorgias.client import Reader
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.ledger.records import State
from resources.warehouse import Warehouse


class Disposition(StrEnum):
    """What becomes of an object; each has exactly one."""

    delete = "delete"
    restore = "restore"
    deactivate = "deactivate"
    keep = "keep"
    cannot_be_removed = "cannot_be_removed"
    not_in_scope = "not_in_scope"


GONE, MERGED = "gone already", "it was merged into another one in Gorgias, which cannot be undone"
CALLS = {"tickets": 2, "customers": 3, "teams": 2, "tags": 2, "custom_fields": 2, "users": 2}
"""Requests that taking back one object costs: a look right before, and the request; of a customer its tickets too."""


@dataclass
class Item:
    """One object and its fate.

    Attributes:
        reason: why it is kept, or what is told of it; ids and names of fields only.
        restore: the requests of a restore.
        row: how the object looked when the plan was made, for small objects.
        in_bulk: a closed ticket, which goes with others by one job where there are enough; counted with them.
    """

    written: WrittenObject
    fate: Disposition
    reason: str = ""
    restore: Restore | None = None
    row: Row | None = None
    in_bulk: bool = False

    @property
    def restore_writes(self) -> list[Write]:
        return list(self.restore.writes) if self.restore is not None else []

    @property
    def calls(self) -> int:
        if self.fate is Disposition.restore and self.restore is not None:
            return 1 + len(self.restore.writes)
        if self.in_bulk:
            return 0
        return (
            CALLS[self.written.object]
            if self.fate in {Disposition.delete, Disposition.deactivate} and self.reason != GONE
            else 0
        )


@dataclass
class Plan:
    """All items, and what they add up to.

    Attributes:
        counts: object -> fate -> number; messages share the fate of their ticket, files are uploads.
        written: object -> number by the ledger's own count, which the fates must add up to.
        others: object -> writes on what is no object of ours (settings that an import switches).
    """

    scope: Scope
    items: list[Item] = field(default_factory=list)
    counts: dict[str, Counter[Disposition]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    open_tickets: int = 0

    @property
    def balanced(self) -> bool:
        """Every object that the ledger knows of has exactly one fate."""
        return all(sum(self.counts.get(name, {}).values()) == number for name, number in self.written.items())

    @property
    def calls(self) -> int:
        return sum(item.calls for item in self.items) + bulk.calls(sum(item.in_bulk for item in self.items))

    def count(self, object: str, fate: Disposition) -> int:
        return self.counts[object][fate] if object in self.counts else 0

    def of(self, object: str, *fates: Disposition) -> list[Item]:
        return [item for item in self.items if item.written.object == object and item.fate in fates]


def make_plan(warehouse: Warehouse, ledger: Ledger, reader: Reader, scope: Scope) -> Plan:
    """The plan as of now; nothing is written."""
    return Planner(warehouse, ledger, reader, scope).plan()


class Planner:
    """Makes the plan, and answers the same questions again for a later look at one object."""

    def __init__(self, warehouse: Warehouse, ledger: Ledger, reader: Reader, scope: Scope):
        self.store, self.book, self.reader, self.scope = warehouse, ledger, reader, scope
        self.written: Written = written_objects(ledger)
        self.bases = bases(warehouse, self.written.objects)
        self.refs = References()
        self.items: list[Item] = []
        self.open_tickets = 0
        self.events = Events()
        self.definitions = {name: target_now.definitions(reader, name) for name in ("users", "custom_fields")}
        fields = self.definitions["custom_fields"].values()
        self.managed = {row["id"] for row in fields if row.get("managed_type")}

    def plan(self) -> Plan:
        objects = [one for one in self.written.objects if not self._set_aside(one)]
        if objects:
            self._people(objects)
            self._tickets([one for one in objects if one.object == "tickets"])
            self._tickets_of_others(objects)
            if any(self.scope.holds(name, None) for name in KINDS if name != "tickets"):
                for told, row in target_now.rules_and_views(self.reader):
                    self.refs.add_text(told, row)
                self._customers([one for one in objects if one.object == "customers"])
                self._definitions(objects)
            else:
                self.items += [Item(one, Disposition.not_in_scope) for one in objects if one.object != "tickets"]
        return self._balanced()

    def _set_aside(self, one: WrittenObject) -> bool:
        """Decided without a look: out of scope, or in a state that a person or the next run has to settle first."""
        if one.object != "tickets" and not self.scope.holds(one.object, one.partition):
            if not any(self.scope.holds(name, None) for name in KINDS):
                self.items.append(Item(one, Disposition.not_in_scope))
                return True
            return False
        if one.unsettled:
            self.items.append(
                Item(one, Disposition.keep, "what became of a write on it is not known; it is settled first")
            )
        elif one.number is None:
            self.items.append(Item(one, Disposition.keep, f"{one.create.state}: no object is known to be its result"))
        else:
            return False
        return True

    def _people(self, objects: Iterable[WrittenObject]) -> None:
        own = self.reader.get("/api/users/0")["id"]
        since = min(one.create.intent_at for one in objects)
        users = self.definitions["users"].items()
        others = {number for number, row in users if (row.get("role") or {}).get("name") != "bot"} - {own}
        self.events = target_now.events_of_others(self.reader, others, since)

    def _tickets(self, objects: list[WrittenObject]) -> None:
        inside = {one.source_id for one in objects if self.scope.holds_one("tickets", one.source_id, one.partition)}
        rows = target_now.tickets(
            self.reader, [one.number for one in objects if one.number and one.source_id in inside]
        )
        for one in objects:
            base = self.bases.get(("tickets", one.source_id))
            if one.source_id not in inside:
                self._stays(one, base, Disposition.not_in_scope, "")
                continue
            assert one.number is not None
            row: Row | int = rows.get(one.number, 0)
            reasons = [] if isinstance(row, int) else self.ticket_reasons(one, row, base, whole=False)
            if isinstance(row, int) or reasons:
                # A list does not say who, and not whether it was merged.
                row = target_now.one(self.reader, "tickets", one.number)
                reasons = [] if isinstance(row, int) else self.ticket_reasons(one, row, base, whole=True)
            if isinstance(row, int):
                self._not_there(one, row)
            elif reasons:
                self.refs.add_ticket(row)
                self._stays(one, base, Disposition.keep, "; ".join(reasons))
            else:
                self.open_tickets += row.get("status") == "open"
                self.items.append(Item(one, Disposition.delete, in_bulk=row.get("status") == "closed"))

    def ticket_reasons(self, one: WrittenObject, row: Row, base: Base | None, whole: bool) -> list[str]:
        if not one.made:
            return ["it was in Gorgias before the migration"]
        if one.create.state is State.CONFLICT:
            return ["in conflict: a person decides"]
        said = ticket_reasons(one, row, base, self.managed, whole)
        return said + by_people(self.events.on.get(("tickets", row["id"]), ()))

    def _stays(self, one: WrittenObject, base: Base | None, fate: Disposition, reason: str) -> None:
        if base is not None and one.number is not None:
            self.refs.add_base(one.number, base)
        self.items.append(Item(one, fate, reason))

    def _not_there(self, one: WrittenObject, status: int) -> None:
        if status == 301:
            self.items.append(Item(one, Disposition.cannot_be_removed, MERGED))
        else:
            self.items.append(Item(one, Disposition.delete, GONE))

    def _tickets_of_others(self, objects: list[WrittenObject]) -> None:
        ours = {one.number for one in objects if one.object == "tickets" and one.number}
        since = min(one.create.intent_at for one in objects)
        for row in target_now.tickets_of_others(self.reader, since, ours):
            self.refs.add_ticket(row)

    def _customers(self, objects: list[WrittenObject]) -> None:
        by_number = {one.number: one for one in objects}
        rows: dict[int, Row] = {}
        for row in target_now.customers(self.reader):
            if row["id"] in by_number:
                rows[row["id"]] = row
            else:
                self.refs.add_customer(row)
        for one in objects:
            self._customer(one, rows.get(one.number or 0))

    def _customer(self, one: WrittenObject, row: Row | None) -> None:
        assert one.number is not None
        if not self.scope.holds_one("customers", one.source_id, None):
            self.refs.add_customer(row or {"id": one.number})
            self.items.append(Item(one, Disposition.not_in_scope))
            return
        whole: Row | int = row if row is not None and one.made else target_now.one(self.reader, "customers", one.number)
        if isinstance(whole, int):
            self._not_there(one, whole)
            return
        if not one.made:
            self.items.append(self.restored(one, whole))
            return
        reasons = self.customer_reasons(one, whole, whole=False)
        if reasons:
            again = target_now.one(self.reader, "customers", one.number)
            reasons = [] if isinstance(again, int) else self.customer_reasons(one, again, whole=True)
        if reasons:
            self.refs.add_customer(whole)
        self.items.append(Item(one, Disposition.keep if reasons else Disposition.delete, "; ".join(reasons)))

    def customer_reasons(self, one: WrittenObject, row: Row, whole: bool) -> list[str]:
        if one.create.state is State.CONFLICT:
            return ["in conflict: a person decides"]
        needed = self.refs.of("customers", row)
        said = [f"referred to by {needed}"] if needed else []
        said += customer_reasons(one, row, self.bases.get(("customers", one.source_id)), whole)
        return said + by_people(self.events.on.get(("customers", row["id"]), ()))

    def restored(self, one: WrittenObject, row: Row) -> Item:
        """The fate of a customer, team or custom field that somebody else had made."""
        parts = {written.key.part for written in one.rows} - {"create"}
        if one.image is None:
            told = "it was there before, and no image of it is kept, so what was filled stays"
            return Item(one, Disposition.keep, told if parts else "it was there before, and nothing was written to it")
        base = self.bases.get(("customers", one.source_id))
        if one.object == "customers" and base is None:
            return Item(one, Disposition.keep, f"it was there before, and {NOT_KNOWN}")
        if one.object == "customers":
            made = restore_customer(one, row, base or {})
        elif one.object == "teams":
            made = restore_team(one, row, self._added_members(one))
        elif one.object == "custom_fields":
            made = restore_field(one, row, self._added_choices(one), self.refs.values_of(row["id"]))
        else:
            return Item(one, Disposition.keep, "it was there before, and nothing was written to it")
        stays = f"changed or used by somebody since, and stays: {', '.join(made.stays)}" if made.stays else ""
        if not made.writes and not parts:
            return Item(one, Disposition.keep, stays or "it was there before, and nothing was written to it")
        if one.object == "customers":
            # Values that stay on a customer keep their fields.
            self.refs.add_customer(row if made.stays else one.image.body | {"id": row["id"]})
        return Item(one, Disposition.restore, stays, made, row)

    def _added_members(self, one: WrittenObject) -> set[int]:
        if not self.store.exists("staging.teams"):
            return set()
        users = self.book.known_writes.gorgias_ids("users")
        rows = self.store.rows("SELECT members FROM staging.teams WHERE source_id = ?", [one.source_id])
        return {users[name] for row in rows for name in json.loads(row["members"]) if name in users}

    def _added_choices(self, one: WrittenObject) -> list[str]:
        if not self.store.exists("staging.custom_fields"):
            return []
        rows = self.store.rows("SELECT choices FROM staging.custom_fields WHERE source_id = ?", [one.source_id])
        return [choice for row in rows for choice in json.loads(row["choices"] or "[]")]

    def _definitions(self, objects: list[WrittenObject]) -> None:
        """Teams before users, whom they hold."""
        small = [one for one in objects if one.object in {"teams", "tags", "custom_fields", "users"}]
        sent = bodies(self.store, self.book, self.reader, small)
        for name in ("teams", "tags", "custom_fields", "users"):
            rows = self.definitions.get(name) or target_now.definitions(self.reader, name)
            numbers = {one.number for one in small if one.object == name}
            if name == "teams":
                for row in rows.values():
                    if row["id"] not in numbers:
                        self.refs.add_team(row)
            for one in (one for one in small if one.object == name):
                self.items.append(self._definition(one, rows.get(one.number or 0), sent))
                last = self.items[-1]
                if name == "teams" and last.fate in {Disposition.keep, Disposition.not_in_scope} and last.row:
                    self.refs.add_team(last.row)

    def _definition(self, one: WrittenObject, row: Row | None, sent: Mapping[Any, Any]) -> Item:
        if not self.scope.holds_one(one.object, one.source_id, None):
            return Item(one, Disposition.not_in_scope, row=row)
        if row is None:
            return Item(one, Disposition.delete, GONE)
        if not one.made:
            return self.restored(one, row)
        reasons = self.definition_reasons(one, row, sent.get(one.create.key))
        if reasons:
            return Item(one, Disposition.keep, "; ".join(reasons), row=row)
        return Item(one, Disposition.deactivate if one.object == "custom_fields" else Disposition.delete, row=row)

    def definition_reasons(self, one: WrittenObject, row: Row, sent: Any) -> list[str]:
        needed = self.refs.of(one.object, row)
        said = [f"referred to by {needed}"] if needed else []
        if one.object == "users" and row["id"] in self.events.actors:
            said.append("has worked in Gorgias since")
        said += definition_reasons(one, row, sent)
        return said + by_people(self.events.on.get((one.object, row["id"]), ()))

    def _balanced(self) -> Plan:
        plan = Plan(self.scope, self.items, written=dict(self.written.rows), others=self.written.others)
        plan.open_tickets = self.open_tickets
        for item in self.items:
            plan.counts.setdefault(item.written.object, Counter())[item.fate] += 1
            if item.written.object == "tickets":
                plan.counts.setdefault("messages", Counter())[item.fate] += len(item.written.messages)
        if self.written.uploads:
            plan.counts["files"] = Counter({Disposition.cannot_be_removed: self.written.uploads})
        plan.written["messages"] = len([row for row in self.book.rollbacks.outcome_rows(["messages"])])
        return plan
