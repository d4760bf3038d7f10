"""What becomes of every object that was ever written, decided from the ledger and a fresh look at the target.

It belongs here: fates and their reasons. It does not: reading (target_now.py), the questions (judge.py), doing it
(execute.py). Nothing is written.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migration_assets.gorgias.rollback import target_now
from migration_assets.gorgias.rollback.as_written import Base, bases, bodies
from migration_assets.gorgias.rollback.gone_at_source import GoneAtSource
from migration_assets.gorgias.rollback.judge import (
    NOT_KNOWN,
    by_people,
    customer_reasons,
    definition_reasons,
    ticket_reasons,
)
from migration_assets.gorgias.rollback.plan import GONE, GONE_AT_SOURCE, MERGED, Disposition, Item, Plan
from migration_assets.gorgias.rollback.references import References
from migration_assets.gorgias.rollback.restore import restore_customer, restore_field, restore_team
from migration_assets.gorgias.rollback.scope import KINDS, Scope
from migration_assets.gorgias.rollback.target_now import Events, Row
from migration_assets.gorgias.rollback.written_objects import Written, WrittenObject, written_objects
from resources.gorgias.client import Reader
from resources.ledger import Ledger
from resources.ledger.records import State
from resources.warehouse import Warehouse

_SMALL = ("teams", "tags", "custom_fields", "users")
_NOTHING_WRITTEN = "it was there before, and nothing was written to it"
_IN_CONFLICT = "in conflict: a person decides"


def make_plan(warehouse: Warehouse, ledger: Ledger, reader: Reader, scope: Scope) -> Plan:
    """The plan as of now; nothing is written."""
    return Planner(warehouse, ledger, reader, scope).plan()


class Planner:
    """Makes the plan, and answers the same questions again for a later look at one object."""

    def __init__(self, warehouse: Warehouse, ledger: Ledger, reader: Reader, scope: Scope):
        self.store, self.book, self.reader, self.scope = warehouse, ledger, reader, scope
        self.written: Written = written_objects(ledger)
        self.bases = bases(warehouse, self.written.objects)
        self.gone = GoneAtSource(warehouse, [] if scope.deleted_at_source else self.written.objects)
        self.refs = References()
        self.open_tickets = 0
        self.events = Events()
        self.definitions = {name: target_now.definitions(reader, name) for name in ("users", "custom_fields")}
        fields = self.definitions["custom_fields"].values()
        self.managed = {row["id"] for row in fields if row.get("managed_type")}

    def plan(self) -> Plan:
        items, objects = list[Item](), list[WrittenObject]()
        for one in self.written.objects:
            if (item := self._set_aside(one)) is not None:
                items.append(item)
            else:
                objects.append(one)
        if objects:
            self._people(objects)
            items += self._tickets([one for one in objects if one.object == "tickets"])
            self._tickets_of_others(objects)
            if any(self.scope.holds(name, None) for name in KINDS if name != "tickets"):
                for told, row in target_now.rules_and_views(self.reader):
                    self.refs.add_text(told, row)
                items += self._customers([one for one in objects if one.object == "customers"])
                items += self._definitions(objects)
            else:
                items += [Item(one, Disposition.not_in_scope) for one in objects if one.object != "tickets"]
        return self._balanced(items)

    def _set_aside(self, one: WrittenObject) -> Item | None:
        """Decided without a look: out of scope, or in a state that a person or the next run has to settle first."""
        if one.object != "tickets" and not self.scope.holds(one.object, one.partition):
            anything = any(self.scope.holds(name, None) for name in KINDS)
            return None if anything else Item(one, Disposition.not_in_scope)
        if one.unsettled:
            return Item(one, Disposition.keep, "what became of a write on it is not known; it is settled first")
        if one.number is None:
            return Item(one, Disposition.keep, f"{one.create.state}: no object is known to be its result")
        return None

    def _people(self, objects: Iterable[WrittenObject]) -> None:
        own = self.reader.get("/api/users/0")["id"]
        since = min(one.create.intent_at for one in objects)
        users = self.definitions["users"].items()
        others = {number for number, row in users if (row.get("role") or {}).get("name") != "bot"} - {own}
        self.events = target_now.events_of_others(self.reader, others, since)

    def _tickets(self, objects: list[WrittenObject]) -> Iterator[Item]:
        inside = {one.source_id for one in objects if self.scope.holds_one("tickets", one.source_id, one.partition)}
        rows = target_now.tickets(
            self.reader, [one.number for one in objects if one.number and one.source_id in inside]
        )
        for one in objects:
            base = self.bases.get(("tickets", one.source_id))
            if one.source_id not in inside:
                yield self._stays(one, base, Disposition.not_in_scope)
                continue
            assert one.number is not None
            row: Row | int = rows.get(one.number, 0)
            reasons = [] if isinstance(row, int) else self.ticket_reasons(one, row, base, whole=False)
            if isinstance(row, int) or reasons:
                # A list does not say who, and not whether it was merged.
                row = target_now.one(self.reader, "tickets", one.number)
                reasons = [] if isinstance(row, int) else self.ticket_reasons(one, row, base, whole=True)
            if isinstance(row, int):
                yield _not_there(one, row)
            elif reasons := reasons or self._not_made_again(one):
                self.refs.add_ticket(row)
                yield self._stays(one, base, Disposition.keep, "; ".join(reasons))
            else:
                self.open_tickets += row.get("status") == "open"
                yield Item(one, Disposition.delete, in_bulk=row.get("status") == "closed")

    def ticket_reasons(self, one: WrittenObject, row: Row, base: Base | None, whole: bool) -> list[str]:
        if not one.made:
            return ["it was in Gorgias before the migration"]
        if one.create.state is State.CONFLICT:
            return [_IN_CONFLICT]
        said = ticket_reasons(one, row, base, self.managed, whole)
        return said + by_people(self.events.on.get(("tickets", row["id"]), ()))

    def _not_made_again(self, one: WrittenObject) -> list[str]:
        """Why taking it back would lose what the source does not hold any more; [] where a later load makes it."""
        if self.gone.holds(one):
            return [GONE_AT_SOURCE]
        messages = self.gone.messages(one)
        return [f"{messages} of its messages: {GONE_AT_SOURCE}"] if messages else []

    def _stays(self, one: WrittenObject, base: Base | None, fate: Disposition, reason: str = "") -> Item:
        if base is not None and one.number is not None:
            self.refs.add_base(one.number, base)
        return Item(one, fate, reason)

    def _tickets_of_others(self, objects: list[WrittenObject]) -> None:
        ours = {one.number for one in objects if one.object == "tickets" and one.number}
        since = min(one.create.intent_at for one in objects)
        for row in target_now.tickets_of_others(self.reader, since, ours):
            self.refs.add_ticket(row)

    def _customers(self, objects: list[WrittenObject]) -> list[Item]:
        by_number = {one.number: one for one in objects}
        rows: dict[int, Row] = {}
        for row in target_now.customers(self.reader):
            if row["id"] in by_number:
                rows[row["id"]] = row
            else:
                self.refs.add_customer(row)
        return [self._customer(one, rows.get(one.number or 0)) for one in objects]

    def _customer(self, one: WrittenObject, row: Row | None) -> Item:
        assert one.number is not None
        if not self.scope.holds_one("customers", one.source_id, None):
            self.refs.add_customer(row or {"id": one.number})
            return Item(one, Disposition.not_in_scope)
        whole: Row | int = row if row is not None and one.made else target_now.one(self.reader, "customers", one.number)
        if isinstance(whole, int):
            return _not_there(one, whole)
        if not one.made:
            return self._restored_or_kept(one, whole)
        reasons = self.customer_reasons(one, whole, whole=False)
        if reasons:
            again = target_now.one(self.reader, "customers", one.number)
            reasons = [] if isinstance(again, int) else self.customer_reasons(one, again, whole=True)
        if reasons := reasons or self._not_made_again(one):
            self.refs.add_customer(whole)
        return Item(one, Disposition.keep if reasons else Disposition.delete, "; ".join(reasons))

    def customer_reasons(self, one: WrittenObject, row: Row, whole: bool) -> list[str]:
        if one.create.state is State.CONFLICT:
            return [_IN_CONFLICT]
        said = customer_reasons(one, row, self.bases.get(("customers", one.source_id)), whole)
        return self._around(one, row, said)

    def _around(self, one: WrittenObject, row: Row, said: list[str]) -> list[str]:
        """What is said of it, and who refers to it and has worked on it."""
        needed = self.refs.of(one.object, row)
        reasons = [f"referred to by {needed}"] if needed else []
        return reasons + said + by_people(self.events.on.get((one.object, row["id"]), ()))

    def _restored_or_kept(self, one: WrittenObject, row: Row) -> Item:
        """As restored; where what was filled in is gone at the source, it stays."""
        item = self.restored(one, row)
        if item.fate is not Disposition.restore or not self.gone.holds(one):
            return item
        if one.object == "customers":
            self.refs.add_customer(row)
        return Item(one, Disposition.keep, GONE_AT_SOURCE, row=row)

    def restored(self, one: WrittenObject, row: Row) -> Item:
        """The fate of a customer, team or custom field that somebody else had made."""
        parts = {written.key.part for written in one.rows} - {"create"}
        if one.image is None:
            told = "it was there before, and no image of it is kept, so what was filled stays"
            return Item(one, Disposition.keep, told if parts else _NOTHING_WRITTEN)
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
            return Item(one, Disposition.keep, _NOTHING_WRITTEN)
        stays = f"changed or used by somebody since, and stays: {', '.join(made.stays)}" if made.stays else ""
        if not made.writes and not parts:
            return Item(one, Disposition.keep, stays or _NOTHING_WRITTEN)
        if one.object == "customers":
            # Values that stay on a customer keep their fields.
            self.refs.add_customer(row if made.stays else one.image.body | {"id": row["id"]})
        return Item(one, Disposition.restore, stays, made, row)

    def _added_members(self, one: WrittenObject) -> set[int]:
        users = self.book.known_writes.gorgias_ids("users")
        return {users[name] for name in self._staged("teams", "members", one) if name in users}

    def _added_choices(self, one: WrittenObject) -> list[str]:
        return self._staged("custom_fields", "choices", one)

    def _staged(self, table: str, column: str, one: WrittenObject) -> list[str]:
        """The list in this column of the staged object."""
        query = f"SELECT {column} AS listed FROM staging.{table} WHERE source_id = ?"  # noqa: S608
        rows = self.store.rows(query, [one.source_id], if_exists=f"staging.{table}")
        return [value for row in rows for value in json.loads(row["listed"] or "[]")]

    def _definitions(self, objects: list[WrittenObject]) -> Iterator[Item]:
        """Teams before users, whom they hold."""
        small = [one for one in objects if one.object in _SMALL]
        sent = bodies(self.store, self.book, self.reader, small)
        for name in _SMALL:
            rows = self.definitions.get(name) or target_now.definitions(self.reader, name)
            ours = [one for one in small if one.object == name]
            numbers = {one.number for one in ours}
            for number, row in rows.items():
                if name == "teams" and number not in numbers:
                    self.refs.add_team(row)
            for one in ours:
                item = self._definition(one, rows.get(one.number or 0), sent)
                if name == "teams" and item.fate in {Disposition.keep, Disposition.not_in_scope} and item.row:
                    self.refs.add_team(item.row)
                yield item

    def _definition(self, one: WrittenObject, row: Row | None, sent: Mapping[Any, Any]) -> Item:
        if not self.scope.holds_one(one.object, one.source_id, None):
            return Item(one, Disposition.not_in_scope, row=row)
        if row is None:
            return Item(one, Disposition.delete, GONE)
        if not one.made:
            return self._restored_or_kept(one, row)
        reasons = self.definition_reasons(one, row, sent.get(one.create.key)) or self._not_made_again(one)
        if reasons:
            return Item(one, Disposition.keep, "; ".join(reasons), row=row)
        return Item(one, Disposition.deactivate if one.object == "custom_fields" else Disposition.delete, row=row)

    def definition_reasons(self, one: WrittenObject, row: Row, sent: Any) -> list[str]:
        worked = one.object == "users" and row["id"] in self.events.actors
        said = ["has worked in Gorgias since"] if worked else []
        return self._around(one, row, said + definition_reasons(one, row, sent))

    def _balanced(self, items: list[Item]) -> Plan:
        plan = Plan(self.scope, items, written=dict(self.written.rows), others=self.written.others)
        plan.open_tickets = self.open_tickets
        for item in items:
            plan.counts.setdefault(item.written.object, Counter())[item.fate] += 1
            if item.written.object == "tickets":
                plan.counts.setdefault("messages", Counter())[item.fate] += len(item.written.messages)
        if self.written.uploads:
            plan.counts["files"] = Counter({Disposition.cannot_be_removed: self.written.uploads})
        plan.written["messages"] = len(self.book.rollbacks.outcome_rows(["messages"]))
        return plan


def _not_there(one: WrittenObject, status: int) -> Item:
    if status == 301:
        return Item(one, Disposition.cannot_be_removed, MERGED)
    return Item(one, Disposition.delete, GONE)
