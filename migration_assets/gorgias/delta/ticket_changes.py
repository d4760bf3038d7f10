"""gorgias/ticket_changes: tickets that changed at the source since they were written, merged with Gorgias.

It belongs here: the order of reading, writing and recording. It does not: what is decided about one
ticket (ticket_merge.py). Gorgias is read for changed tickets only, one GET each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from migration_assets.gorgias.as_left import LeftBases
from migration_assets.gorgias.as_left import note as note_left
from migration_assets.gorgias.attachments.carried_files import FILE_PARTS, carried_contents, carrier_of
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.delta.conflict_store import note, note_whole
from migration_assets.gorgias.delta.ticket_merge import plan_ticket
from migration_assets.gorgias.delta.ticket_plan import WHOLE_OBJECT, DeltaFacts, TicketPlan
from migration_assets.gorgias.expected_differences import ExpectedDifference, Reason, expect, noted
from migration_assets.gorgias.load.initial_base import base_as_left, initial_base, keys_of
from migration_assets.gorgias.load.ticket_payload import TargetIds, ticket_write
from migration_assets.gorgias.merge_base import Pending, keep, keep_in
from migration_assets.gorgias.staged_reader import StagedTicket, read
from migration_assets.gorgias.target_reader import TargetObject, changed_by, read_ticket
from resources.gorgias.writer.writer import Writer
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, WriteKey
from resources.warehouse import Warehouse

TICKET_CHANGES_CHUNK = 100
STAGE, FILES_STAGE = "delta", "delta files"
PHASE = "gorgias/ticket_changes"


class TicketDelta:
    """One batch of changed tickets: read, planned, and recorded once it is written."""

    def __init__(
        self,
        warehouse: Warehouse,
        writer: Writer,
        target_ids: TargetIds,
        keys: Sequence[str],
        home: Path,
        counts: Counter[str],
    ):
        self.store, self.book, self.reader, self.gate = warehouse, writer.ledger, writer.reader, writer
        self.people, self.keys, self.home, self.counts = target_ids, keys, home, counts
        confirmed = self.book.decisions.confirmed_mapping()
        self.mapping = confirmed.version if confirmed else ""

    def plans(self, batch: list[Pending], decided: dict[tuple[str, str], dict[str, str]]) -> list[TicketPlan]:
        """What is to be done; tickets that turn out to be as written, or out of reach, are recorded at once."""
        by_id = {row.source_id: row for row in batch}
        tickets = read(self.store, self.keys, list(by_id))
        known = self.book.known_writes.known([key for one in tickets for key in _all_keys(one)])
        booked = self._recorded(tickets)
        files = MessageFiles.read(self.store, self.book, self.keys, list(by_id))
        facts = DeltaFacts(decided, booked, known, self.mapping, files, self._scanned(tickets))
        left = LeftBases.read(self.store, list(by_id))
        plans: list[TicketPlan] = []
        same: list[tuple[Pending, dict[str, Any] | None]] = []
        for one in tickets:
            row = by_id[one.ticket["source_id"]]
            create = known.get(WriteKey("tickets", row.source_id, "create"))
            if create is None or create.state not in WRITTEN or not create.gorgias_id or not self._customer(one):
                continue
            if row.base is None and (base := initial_base(one, known, self.people, self.mapping, files)):
                same.append((row, base))
                continue
            row = replace(row, base=base_as_left(one, row.base, known, left))
            take = decided.get(("tickets", row.source_id), {}).get(WHOLE_OBJECT)
            if row.base and row.base.get("accepted") and take != "ours":
                same.append((row, row.base))
                continue
            self.counts["read"] += 1
            held = read_ticket(self.reader, create.gorgias_id, one.ticket["external_id"])
            if held.body is None:
                self.counts["not_reachable"] += 1
                same.append((row, self._out_of_reach(row, held, take)))
                continue
            if held.number != create.gorgias_id:
                self.gate.adopt(
                    [(ticket_write(one.ticket, one.messages, self.people, self.mapping, files), held.number)]
                )
            plan = plan_ticket(one, row, held, self.people, facts)
            self._ask_who(plan, facts, known)
            self._note_changed_files(plan, held.body, known)
            plans.append(plan)
        keep(self.store, "tickets", same)
        note_left(self.store, [entry for plan in plans for entry in plan.as_left()])
        self.counts["changed"] += len(plans)
        self.counts["appended"] += sum(len(plan.appends) for plan in plans)
        return plans

    def _ask_who(self, plan: TicketPlan, facts: DeltaFacts, known: dict[WriteKey, KnownWrite]) -> None:
        """Who changed what is in conflict, asked before this delta writes, so that nobody but others is named."""
        own = (plan.row.source_id, *plan.messages)
        settled = [row.settled_at for key, row in known.items() if key.source_id in own and row.settled_at]
        since = self.book.times.in_gorgias(max(settled)) if settled else None
        for object, name in plan.conflicts:
            if object == "messages" and (number := facts.booked.get(name)):
                plan.numbers.setdefault(name, number)
            number = plan.numbers.get(name) if object == "messages" else plan.number
            kind = "TicketMessage" if object == "messages" else "Ticket"
            told = changed_by(self.reader, kind, number, since or plan.row.written_at) if number else ""
            plan.why[object, name] = told

    def _note_changed_files(
        self, plan: TicketPlan, target: Mapping[str, Any], known: dict[WriteKey, KnownWrite]
    ) -> None:
        """Files that somebody took from a message or put there, before our next write on it hides who did.

        Files are no field of the merge, so they stay; what was noted once stays noted while they differ.
        """
        names = plan.messages
        given, earlier = carried_contents(self.store, names), noted(self.store, "messages", "attachments", names)
        uploads = self.book.uploads.of({sha256 for contents in given.values() for sha256 in contents})
        create = known.get(WriteKey("tickets", plan.row.source_id, "create"))
        held: dict[str, list[dict[str, Any]]] = {}
        numbers: dict[str, int] = {}
        for message in target.get("messages") or []:
            name = str(message.get("external_id") or "")
            held.setdefault(carrier_of(name), []).extend(message.get("attachments") or [])
            numbers[name] = message["id"]
        for external_id, base in plan.base["messages"].items():
            name, files = base["source_id"], held.get(external_id, [])
            ours = {uploads[sha256].url for sha256 in given.get(name, ()) if sha256 in uploads}
            if external_id not in numbers or {str(one["url"]) for one in files} == ours:
                continue
            writes = [row.settled_at for key, row in known.items() if key.source_id == name and row.settled_at]
            settled = writes or ([create.settled_at] if create and create.settled_at else [])
            since = self.book.times.in_gorgias(max(settled)) if settled else None
            if name in earlier or (since and changed_by(self.reader, "TicketMessage", numbers[external_id], since)):
                stands = [{part: one.get(part) for part in FILE_PARTS} for one in files]
                plan.remaining["messages"].append(ExpectedDifference(name, "attachments", Reason.changed, stands))

    def _out_of_reach(self, row: Pending, target_object: TargetObject, take: str | None) -> dict[str, Any] | None:
        """A conflict until a person decides; what was accepted as gone is not asked about again."""
        base = row.base
        if take == "theirs":
            base = (base or {"ticket": {}, "messages": {}}) | {"accepted": target_object.problem}
        else:
            note_whole(self.book, "tickets", row.source_id, target_object.number, target_object.problem)
        reason = Reason.declined if take == "theirs" else Reason.conflict
        with self.store.transaction() as tx:
            expect(
                tx,
                "tickets",
                [row.source_id],
                [ExpectedDifference(row.source_id, WHOLE_OBJECT, reason, target_object.problem)],
            )
        self.book.conflicts.applied("tickets", [row.source_id])
        return base

    def record(self, plans: list[TicketPlan]) -> None:
        """Bases, conflicts and losses of written plans; one whose outcome is not known stays as it was."""
        writes = [
            write for plan in plans for write in (*plan.appends, *plan.edits, *([plan.update] if plan.update else []))
        ]
        known = self.book.known_writes.known([write.key for write in writes])
        through = {key for key, row in known.items() if row.state in WRITTEN}
        bases = []
        left: dict[str, list[ExpectedDifference]] = {"tickets": [], "messages": []}
        for plan in plans:
            states = [known.get(write.key) for write in (*plan.appends, *plan.edits, plan.update) if write]
            if any(state is None or state.state in UNSETTLED for state in states):
                continue
            bases.append((plan, (plan.row, _base(plan, known))))
            for object, rows in plan.expected(through).items():
                left[object] += rows
        with self.store.transaction() as tx:
            keep_in(tx, "tickets", [base for _, base in bases])
            expect(tx, "tickets", [plan.row.source_id for plan, _ in bases], left["tickets"])
            expect(tx, "messages", [name for plan, _ in bases for name in plan.messages], left["messages"])
        for plan, _ in bases:
            self._tell(plan)

    def _tell(self, plan: TicketPlan) -> None:
        source_id, messages = plan.row.source_id, plan.messages
        self.book.losses.record_losses_of_records(STAGE, "tickets", [source_id], plan.losses["tickets"])
        self.book.losses.record_losses_of_records(STAGE, "messages", messages, plan.losses["messages"])
        self.book.conflicts.applied("tickets", [source_id])
        self.book.conflicts.applied("messages", messages)
        if not plan.conflicts:
            return
        for (object, name), conflicts in plan.conflicts.items():
            self.counts["conflicts"] += len(conflicts)
            number = plan.numbers.get(name) if object == "messages" else plan.number
            note(self.book, self.home, object, name, number, conflicts, plan.why[object, name])

    def _customer(self, one: StagedTicket) -> bool:
        return one.ticket["customer_source_id"] in self.people.customers

    def _scanned(self, tickets: list[StagedTicket]) -> set[str]:
        """Activities and tasks of these tickets' messages, written or staged, that the source still holds."""
        written = self.store.rows(
            "SELECT unnest(json_extract_string(base, '$.messages.*.source_id')) AS source_id FROM gorgias.written "
            "WHERE object = 'tickets' AND list_contains(?, source_id)",
            [[one.ticket["source_id"] for one in tickets]],
        )
        records = [row["source_id"].partition("@")[0] for row in written if "@" in row["source_id"]]
        found: set[str] = set()
        for table in ("ivinex.activity_sweep", "ivinex.tasks"):
            if self.store.exists(table):
                asked = f"SELECT source_id FROM {table} WHERE list_contains(?, source_id)"  # noqa: S608 - our own tables
                found |= {row["source_id"] for row in self.store.rows(asked, [records])}
        return found

    def _recorded(self, tickets: list[StagedTicket]) -> dict[str, int | None]:
        """Messages that were written before, by the books: what is missing of them now was deleted in Gorgias."""
        rows = self.book.outcomes.outcomes_of("messages", sorted({one.ticket["partition"] for one in tickets}))
        there = rows[rows["outcome"].isin(["created", "adopted"])]
        numbers = zip(there["source_id"], there["gorgias_id"], strict=True)
        return {str(name): None if pd.isna(number) else int(number) for name, number in numbers}


def _all_keys(one: StagedTicket) -> list[WriteKey]:
    return keys_of(one) + [WriteKey("messages", message["source_id"], "update") for message in one.messages]


def write_rounds(plans: list[TicketPlan]) -> Iterable[list[Any]]:
    """Appends one by one within a ticket and side by side across tickets; then message changes; then the PUTs."""
    for row in zip_longest(*(plan.appends for plan in plans)):
        yield [write for write in row if write]
    if edits := [write for plan in plans for write in plan.edits]:
        yield edits
    if updates := [plan.update for plan in plans if plan.update]:
        yield updates


def _base(plan: TicketPlan, known: dict[WriteKey, KnownWrite]) -> dict[str, Any]:
    """The new base: of the ticket only where its PUT got through, of new messages only where they did."""
    base = plan.base
    if plan.update and known[plan.update.key].state not in WRITTEN:
        base = base | {
            name: plan.unchanged[name] for name in ("ticket", "declined", "version") if name in plan.unchanged
        }
    refused = {write.key.source_id for write in plan.edits if known[write.key].state not in WRITTEN}
    kept = {name: one for name, one in plan.unchanged["messages"].items() if one["source_id"] in refused}
    through = {write.key.source_id for write in plan.appends if known[write.key].state in WRITTEN}
    fresh = {name: one for name, one in plan.fresh.items() if one["source_id"] in through}
    return base | {"messages": base["messages"] | kept | fresh}
