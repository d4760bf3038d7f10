"""Reads Gorgias for what was done since the load: lists of a hundred, and single reads of what somebody worked on.

It belongs here: which objects are looked at, and how. It does not: the rows (rows.py), and keeping them (files.py).
A ticket of ours is read singly where its list row differs from what we left, somebody else's event is about it, or it
was updated after our own last write by Gorgias's own time; all others are as we left them.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from migration_assets.gorgias.rollback import target_now
from migration_assets.gorgias.rollback.as_written import bases
from migration_assets.gorgias.rollback.judge import customer_reasons, ticket_reasons
from migration_assets.gorgias.rollback.target_now import CLOCKS, Events, Row, moment_of
from migration_assets.gorgias.rollback.written_objects import WrittenObject, ticket_of, written_objects
from migration_assets.gorgias.target_image import digest_of
from migration_assets.gorgias.work_since import rows
from migration_assets.gorgias.work_since.source_ids import SourceIds
from resources.gorgias.client import Reader
from resources.gorgias.external_ids import PREFIX
from resources.ledger import Ledger
from resources.warehouse import Warehouse

MERGED, DELETED, CHANGED, NEW, OWN = "merged", "deleted", "changed", "new", "of the shop before"
Found = tuple[str, dict[str, Any]]
"""(name of a file, row)."""


class NothingLoaded(Exception):
    """There is no load since which something could have been done."""


class WorkSince:
    """One look at the account.

    Attributes:
        since: our first write.
    """

    def __init__(self, warehouse: Warehouse, ledger: Ledger, reader: Reader):
        objects = [one for one in written_objects(ledger).objects if one.number is not None]
        self._ours = {(one.object, one.number): one for one in objects}
        if not any(name == "tickets" for name, _ in self._ours):
            raise NothingLoaded(
                f"No ticket was loaded to {ledger.account} from here, so nothing was done since. Load first: the jobs "
                "prepare and migrate_range, or `migrate run`. Nothing was written."
            )
        self.since = min(one.create.intent_at for one in objects)
        self._reader, self._ids = reader, SourceIds.read(ledger)
        self._bases = bases(warehouse, objects)
        self._before = ledger.images.target_before()
        self._until = _ours_until(ledger)
        fields = target_now.definitions(reader, "custom_fields").values()
        self._managed = {row["id"] for row in fields if row.get("managed_type")}
        self._events = self._of_others()

    def found(self) -> Iterator[Found]:
        """Every row of the export."""
        yield from self._tickets()
        yield from self._tickets_of_others()
        yield from self._customers()

    def _of_others(self) -> Events:
        own = self._reader.get("/api/users/0")["id"]
        users = target_now.definitions(self._reader, "users")
        people = {number for number, row in users.items() if (row.get("role") or {}).get("name") != "bot"}
        return target_now.events_of_others(self._reader, people - {own}, self.since)

    def _tickets(self) -> Iterator[Found]:
        ours = [one for (name, _), one in self._ours.items() if name == "tickets"]
        listed = target_now.tickets(self._reader, [one.number for one in ours if one.number is not None])
        for one in ours:
            assert one.number is not None
            row = listed.get(one.number)
            if row is None or self._is_worked_on(one, row):
                yield from self._ticket(one, target_now.one(self._reader, "tickets", one.number))

    def _is_worked_on(self, one: WrittenObject, row: Row) -> bool:
        if self._events.on.get(("tickets", row["id"])):
            return True
        if ticket_reasons(one, row, self._bases.get(("tickets", one.source_id)), self._managed, whole=False):
            return True
        until = self._until.get(one.source_id)
        return until is None or moment_of(row.get("updated_datetime")) > until

    def _ticket(self, one: WrittenObject, body: Row | int) -> Iterator[Found]:
        if isinstance(body, int):
            assert one.number is not None
            yield "tickets", rows.gone_row(MERGED if body == 301 else DELETED, one.source_id, one.number)
            return
        base = self._bases.get(("tickets", one.source_id))
        changes = list(rows.ticket_changes(one, body, base, self._managed, self._ids))
        messages = list(rows.messages_of_ours(one, body, base, self._ids))
        if changes or messages:
            events = self._events.on.get(("tickets", body["id"]), ())
            yield "tickets", rows.ticket_row(CHANGED, one.source_id, body, self._ids, events)
        yield from (("changes", row) for row in changes)
        yield from (("messages", row) for row in messages)

    def _tickets_of_others(self) -> Iterator[Found]:
        """Tickets that the shop opened since, and those that it had before and went on with."""
        ours = {number for name, number in self._ours if name == "tickets" and number is not None}
        for row in target_now.tickets_of_others(self._reader, self.since, ours):
            if str(row.get("external_id") or "").startswith(PREFIX):
                continue  # a trial ticket of ours
            was = (self._before or {}).get(("tickets", row["id"]))
            if was is not None and was == digest_of(row):
                continue
            new = was is None if self._before is not None else moment_of(row.get("created_datetime")) >= self.since
            body = target_now.one(self._reader, "tickets", row["id"])
            if isinstance(body, int):
                continue
            said = [
                one for one in body.get("messages") or () if new or moment_of(one.get("created_datetime")) >= self.since
            ]
            events = self._events.on.get(("tickets", body["id"]), ())
            yield "tickets", rows.ticket_row(NEW if new else OWN, None, body, self._ids, events)
            for message in said:
                yield "messages", rows.message_row(NEW, None, body["id"], message, self._ids)

    def _customers(self) -> Iterator[Found]:
        """Newest change first, down to our first write; what we made was all made after it."""
        gone = {one.number: one for (name, _), one in self._ours.items() if name == "customers" and one.made}
        for row in self._reader.rows("/api/customers", order_by="updated_datetime:desc"):
            if moment_of(row.get("updated_datetime")) < self.since - CLOCKS:
                break
            gone.pop(row["id"], None)
            one = self._ours.get(("customers", row["id"]))
            if one is None:
                yield from self._customer_of_others(row)
            elif self._is_changed(one, row):
                body = target_now.one(self._reader, "customers", row["id"])
                base = self._bases.get(("customers", one.source_id))
                changes = [] if isinstance(body, int) else list(rows.customer_changes(one, body, base, self._ids))
                if changes and not isinstance(body, int):
                    yield "customers", rows.customer_row(CHANGED, one.source_id, body, self._ids)
                    yield from (("changes", change) for change in changes)

        for number, one in gone.items():
            if number is not None and isinstance(at := target_now.one(self._reader, "customers", number), int):
                yield "customers", rows.gone_row(MERGED if at == 301 else DELETED, one.source_id, number)

    def _is_changed(self, one: WrittenObject, row: Row) -> bool:
        base = self._bases.get(("customers", one.source_id))
        told = customer_reasons(one, row, base, whole=False) if one.made else []
        return bool(told or self._events.on.get(("customers", row["id"])))

    def _customer_of_others(self, row: Row) -> Iterator[Found]:
        if str(row.get("external_id") or "").startswith(PREFIX):
            return
        if self._before is not None:
            new = ("customers", row["id"]) not in self._before
        else:
            new = moment_of(row.get("created_datetime")) >= self.since
        body = target_now.one(self._reader, "customers", row["id"]) if new else 0
        if not isinstance(body, int):
            yield "customers", rows.customer_row(NEW, None, body, self._ids)


def _ours_until(ledger: Ledger) -> dict[str, datetime]:
    """Ticket -> Gorgias's time by which our last write on it was through; only where it was noted."""
    marks = ledger.times.clock_marks()
    ours = [at for at, _ in marks]
    last: dict[str, datetime] = {}
    for name in ("tickets", "messages"):
        settled = ledger.times.settled_at(name)
        for source_id, at in zip(settled["source_id"], settled["settled_at"], strict=True):
            ticket, when = ticket_of(source_id), at.to_pydatetime()
            last[ticket] = max(when, last.get(ticket, when))
    places = {ticket: bisect_left(ours, at) for ticket, at in last.items()}
    return {ticket: marks[place][1] for ticket, place in places.items() if place < len(marks)}
