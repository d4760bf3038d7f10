"""What a delta plans for one changed ticket, and what it has to know for that.

It belongs here: the plan as a value. It does not: making it (ticket_merge.py, message_merge.py), and carrying it out
(ticket_changes.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from migration_assets.gorgias.as_left import LeftBase
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.expected_differences import ExpectedDifference, Open
from migration_assets.gorgias.merge_base import Pending
from migration_assets.gorgias.three_way_merge import Base, Conflict, Key, Merged, State, differing
from resources.gorgias.writer.write import Write
from resources.ledger import Loss
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, WriteKey

IMMUTABLE = "immutable after creation"
CAME_LATER = "came later within its second"
WHOLE_OBJECT = "*"
TEXT = frozenset({"body_text", "body_html", "subject"})
"""What is compared of a message whose base is unknown: Gorgias spells the rest in its own way."""


@dataclass(frozen=True)
class DeltaFacts:
    """What the plan needs to know beside rows and target.

    Attributes:
        decided: (object, source id) -> field -> ours or theirs.
        booked: messages that were written before, whatever the target shows, with their ids in Gorgias.
        known: what the ledger knows of the writes that a plan may hold.
        mapping: the version of the confirmed map.
        files: the files of the batch's messages, uploaded or not.
        swept: activities and tasks that the source still holds, on whatever ticket.
    """

    decided: Mapping[tuple[str, str], Mapping[str, str]]
    booked: Mapping[str, int | None]
    known: Mapping[WriteKey, KnownWrite]
    mapping: str
    files: MessageFiles
    swept: Collection[str] = ()

    def taken(self, object: str, source_id: str, take: str) -> set[str]:
        return {name for name, choice in self.decided.get((object, source_id), {}).items() if choice == take}

    def unsettled(self, key: WriteKey) -> bool:
        """The outcome of this update is not known, so it has to be said again."""
        return key in self.known and self.known[key].state in UNSETTLED

    def set_back(self, update: WriteKey, appends: Iterable[Write]) -> bool:
        """A run that was cut off had appended all of these, and sent the PUT after them."""
        rows = [self.known.get(write.key) for write in appends]
        last = self.known.get(update)
        if last is None or last.state not in WRITTEN or last.settled_at is None:
            return False
        return all(
            row and row.state in WRITTEN and row.settled_at and row.settled_at <= last.settled_at for row in rows
        )


@dataclass
class TicketPlan:
    """What a delta does for one ticket: appends in order, then message changes, then one PUT.

    Attributes:
        base: the base once all of it is done; messages that are appended enter it with their writes.
        kept: the ticket's own part of the base where the PUT does not get through.
        conflicts: (object, source id) -> fields.
        numbers: message -> its own id in Gorgias.
        why: (object, source id) -> who changed it there, of what is in conflict.
        left: object -> what stays in Gorgias otherwise than staged, whatever becomes of the writes.
        open: what hangs on whether a write gets through.
    """

    row: Pending
    number: int
    base: dict[str, Any]
    unchanged: dict[str, Any]
    appends: list[Write] = field(default_factory=list)
    edits: list[Write] = field(default_factory=list)
    update: Write | None = None
    conflicts: dict[tuple[str, str], list[Conflict]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    why: dict[tuple[str, str], str] = field(default_factory=dict)
    remaining: dict[str, list[ExpectedDifference]] = field(default_factory=lambda: {"tickets": [], "messages": []})
    open: list[Open] = field(default_factory=list)
    losses: dict[str, list[Loss]] = field(default_factory=lambda: {"tickets": [], "messages": []})
    fresh: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def messages(self) -> list[str]:
        """Source ids of the messages that the ticket has or gets."""
        return [one["source_id"] for one in (*self.base["messages"].values(), *self.fresh.values())]

    def expected(self, through: Collection[WriteKey]) -> dict[str, list[ExpectedDifference]]:
        """Object -> the fields that are not as staged once the writes that got through are done."""
        rows = {object: list(left) for object, left in self.remaining.items()}
        for one in self.open:
            rows[one.object] += one.left(through)
        return rows

    def as_left(self) -> Iterator[LeftBase]:
        """What each write leaves; of the PUT, which comes last, the whole base."""
        owner = self.row.source_id
        messages = {one["source_id"]: one for one in (*self.base["messages"].values(), *self.fresh.values())}
        for write in (*self.appends, *self.edits):
            of = write.key.source_id
            yield LeftBase("messages", owner, of, write.payload_hash, messages[of])
        if self.update is not None:
            yield LeftBase("tickets", owner, owner, self.update.payload_hash, self.base)


def resend_unconfirmed(merged: Merged, known: Base | None, names: Collection[str]) -> dict[Key, Any]:
    """All that an unsettled update asked for, also where the target holds it by now: the gate reads it back."""
    before = some_of(known.written, names) if known else {}
    return {key: merged.written.get(key) for key in differing(before, merged.written)} if known else merged.write


def some_of(state: State, names: Collection[str]) -> dict[Key, Any]:
    return {key: value for key, value in state.items() if key[0] in names}
