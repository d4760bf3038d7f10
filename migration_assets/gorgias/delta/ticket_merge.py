"""One ticket that changed at the source, merged with what Gorgias holds now: what to append, to change, to tell. Pure.

It belongs here: which fields may change after creation, the order of things, the new base. It does not: the rule per
field (three_way_merge.py), reading, sending, recording (ticket_changes.py).

`updated_datetime` is no field of the merge: each of our writes moves it, so it is set back with the ticket's one PUT,
to the source's last change or, where somebody worked on the ticket in Gorgias since, to the later of the two.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from migration_assets.gorgias import expected_differences
from migration_assets.gorgias.as_left import LeftBase
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.expected_differences import Open, Reason
from migration_assets.gorgias.field_state import change_of, restored, state_of, stored
from migration_assets.gorgias.load.initial_base import message_base
from migration_assets.gorgias.load.ticket_payload import TargetIds, message_append, message_body, ticket_write
from migration_assets.gorgias.merge_base import Pending
from migration_assets.gorgias.staged_reader import StagedTicket
from migration_assets.gorgias.target_reader import TargetObject
from migration_assets.gorgias.three_way_merge import Base, Conflict, Key, Merged, State, after, differing, merge
from resources.gorgias.wire import MessageChange, TicketChange
from resources.gorgias.writer.write import Write
from resources.ledger import Loss
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, WriteKey

IMMUTABLE = "immutable after creation"
GONE = "deleted at the source, kept in Gorgias"
MOVED = "moved to another ticket at the source, the first copy kept in Gorgias"
EDITABLE = frozenset({"body_text", "body_html", "subject", "message_id", "sender", "receiver", "source"})
"""What a PUT on a message takes (gorgias-api.md 6.8); the rest is fixed when the message is created."""
CREATED, UPDATED, SOURCE = ("created_datetime", ""), ("updated_datetime", ""), ("source", "")
TEXT = frozenset({"body_text", "body_html", "subject"})
"""What is compared of a message whose base is unknown: Gorgias spells the rest in its own way."""
WHOLE_OBJECT = "*"
OF_MESSAGES = (("channel", ""), ("from_agent", ""))
"""What a ticket has of its first messages: where only these went away at the source, their copies are still there."""
FIELDS = frozenset(TicketChange.model_fields) - {"updated_datetime"}
"""What is merged of a ticket."""


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
    remaining: dict[str, list[expected_differences.ExpectedDifference]] = field(
        default_factory=lambda: {"tickets": [], "messages": []}
    )
    open: list[Open] = field(default_factory=list)
    losses: dict[str, list[Loss]] = field(default_factory=lambda: {"tickets": [], "messages": []})
    fresh: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def messages(self) -> list[str]:
        """Source ids of the messages that the ticket has or gets."""
        return [one["source_id"] for one in (*self.base["messages"].values(), *self.fresh.values())]

    def expected(self, through: Collection[WriteKey]) -> dict[str, list[expected_differences.ExpectedDifference]]:
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


def plan_ticket(
    one: StagedTicket, row: Pending, target_object: TargetObject, target_ids: TargetIds, facts: DeltaFacts
) -> TicketPlan:
    """The plan for a ticket that is there (its body is known)."""
    ticket, target = one.ticket, target_object.body or {}
    base = row.base or {"ticket": {}, "messages": {}}
    source, found = state_of(ticket_write(ticket, one.messages, target_ids, "", facts.files).body), state_of(target)
    of = {"mapping": facts.mapping, "version": ticket["source_version"]}
    plan = TicketPlan(row, target_object.number, of | {"messages": dict(base["messages"])}, base)
    _messages(plan, one, target, target_ids, facts)

    known = Base(restored(base["ticket"]), restored(base.get("declined", {}))) if row.base else None
    taken = {take: facts.taken("tickets", row.source_id, take) for take in ("ours", "theirs")}
    kept: dict[Key, Any] = {}
    if known and of == {name: base.get(name) for name in of}:
        kept = {key: known.written[key] for key in OF_MESSAGES if key in known.written}
    wanted, held = _some(source, FIELDS) | kept, _some(found, FIELDS)
    merged = merge(known and Base(_some(known.written, FIELDS), known.declined), wanted, held, **taken)
    if merged.conflicts:
        plan.conflicts["tickets", row.source_id] = merged.conflicts
    times = {key: value for key, value in source.items() if key[0] not in FIELDS}
    reasons = {key[0]: Reason.left for key in kept} | {key[0]: Reason.declined for key in merged.declined}
    reasons |= {one.key[0]: Reason.conflict for one in merged.conflicts}
    fixed: dict[Key, Any] = {}
    if known:
        fixed = {key: known.written.get(key) for key in times if key != UPDATED}
        if fixed.get(CREATED) != source.get(CREATED):
            plan.losses["tickets"].append(Loss("created_date", IMMUTABLE, row.source_id, partition=row.partition))
        reasons |= {key[0]: Reason.immutable for key in fixed}
        times |= fixed
    plan.base |= {"ticket": stored(merged.written | times), "declined": stored(merged.declined)}
    key = WriteKey("tickets", row.source_id, "update")
    write = _resend_unconfirmed(merged, known, FIELDS) if facts.unsettled(key) else merged.write
    late = bool(plan.appends) and not facts.set_back(key, plan.appends)
    worked_on = known is None or bool(differing(held, _some(known.written, FIELDS))) or _answered(plan, one, target)
    asked = {key: value for key, value in source.items() if key != UPDATED}
    stands = held | (fixed or {key: value for key, value in times.items() if key != UPDATED})
    plan.open.append(Open("tickets", row.source_id, asked, stands, reasons, key if write else None, write))
    if write or late or plan.edits or facts.unsettled(key):
        moments = [str(state[UPDATED]) for state in ([source, found] if worked_on else [source]) if UPDATED in state]
        plan.update = _update(plan, key, write, held, max(moments, default=None))
    return plan


def _update(plan: TicketPlan, key: WriteKey, write: State, target: State, updated: str | None) -> Write:
    """The ticket's one PUT. After an append it says the status again: an incoming message may reopen a ticket."""
    change = change_of(target, write)
    if plan.appends:
        whole = after(target, write)
        change["status"] = whole.get(("status", ""))
        if change["status"] == "closed":
            change["closed_datetime"] = whole.get(("closed_datetime", ""))
    if updated:
        change["updated_datetime"] = updated
    body = TicketChange.model_validate_json(orjson.dumps(change)).body()
    return Write(
        *(key, "PUT", f"/api/tickets/{plan.number}", body),
        partition=plan.row.partition,
        basis=[body, plan.unchanged, plan.row.staged],
        before=stored(target),
    )


def _messages(
    plan: TicketPlan, one: StagedTicket, target: Mapping[str, Any], target_ids: TargetIds, facts: DeltaFacts
) -> None:
    """New messages are appended, changed ones changed where Gorgias allows it, missing ones told."""
    shown = {message.get("external_id"): message for message in target.get("messages") or []}
    bases: dict[str, Any] = plan.base["messages"]
    for message in one.messages:
        name = message["external_id"]
        written = bases.get(name)
        new = written is None and (plan.row.base is not None or message["source_id"] not in facts.booked)
        if new and (plan.row.base is not None or name not in shown):
            plan.appends.append(message_append(plan.number, message, target_ids, facts.files))
            place = {"appended": len(bases) + len(plan.fresh)}
            plan.fresh[name] = message_base(message, target_ids, facts.files) | place
        elif written is None or _may_differ(message, written, plan.unchanged, facts):
            bases[name] = _update_fields(plan, message, written, shown.get(name), target_ids, facts)
        else:
            # A contact's new address, or a ticket's new contact, rewrites no old mail.
            asked, stands = state_of(message_body(message, target_ids, facts.files).body()), restored(written["state"])
            source_id = message["source_id"]
            plan.open.append(
                Open("messages", source_id, asked, stands, dict.fromkeys(_names(asked, stands), Reason.left))
            )
    _tell_order(plan, one)
    staged = {message["external_id"] for message in one.messages}
    for name in bases.keys() - staged:
        bases[name] = _staged_no_more(plan, bases[name], shown.get(name), facts)
    plan.losses["messages"] += [
        Loss(
            "message",
            MOVED if base["source_id"].partition("@")[0] in facts.swept else GONE,
            base["source_id"],
            partition=plan.row.partition,
        )
        for name, base in bases.items()
        if name not in staged and ("#" not in name or name.endswith("#description"))
    ]


def _tell_order(plan: TicketPlan, one: StagedTicket) -> None:
    """Messages of one second stand in the order in which they were made: one that a delta appended is the last."""
    made = (*plan.base["messages"].values(), *plan.fresh.values())
    places = {message["source_id"]: message["appended"] for message in made if "appended" in message}
    moments = Counter(message["created_at"] for message in one.messages)
    for message in one.messages:
        source_id, at = message["source_id"], message["created_at"]
        if source_id not in places or moments[at] == 1:
            continue
        place = places[source_id]
        plan.remaining["messages"].append(
            expected_differences.ExpectedDifference(source_id, "order", Reason.immutable, place)
        )
        if any(
            other["created_at"] == at
            and other["position"] > message["position"]
            and places.get(other["source_id"], -1) < place
            for other in one.messages
        ):
            plan.losses["messages"].append(Loss("order", IMMUTABLE, source_id, partition=plan.row.partition))


def _staged_no_more(
    plan: TicketPlan, written: dict[str, Any], shown: Mapping[str, Any] | None, facts: DeltaFacts
) -> dict[str, Any]:
    """A message that the source holds no more stays as it is, or gone where a person accepted that; its new base."""
    source_id, state = written["source_id"], restored(written["state"])
    if shown is not None:
        texts = {key: value for key, value in state.items() if key[0] not in TEXT} | _some(state_of(shown), TEXT)
        plan.open.append(Open("messages", source_id, state, texts, {}))
        return written
    take = facts.decided.get(("messages", source_id), {}).get(WHOLE_OBJECT)
    accepted = take == "theirs" or bool(written.get("accepted") and take != "ours")
    if accepted:
        plan.remaining["messages"].append(
            expected_differences.ExpectedDifference(source_id, WHOLE_OBJECT, Reason.declined, None)
        )
    return written | {"accepted": accepted}


def _may_differ(
    message: Mapping[str, Any], written: Mapping[str, Any], base: Mapping[str, Any], facts: DeltaFacts
) -> bool:
    """A message whose own record is as it was is left alone, so that a contact's new address rewrites no old mail."""
    decided = facts.decided.get(("messages", message["source_id"]))
    same = written["version"] == message["source_version"] and base.get("mapping", "") == facts.mapping
    return bool(decided) or not same or bool(message["synthetic"])


def _update_fields(
    plan: TicketPlan,
    message: dict[str, Any],
    written: dict[str, Any] | None,
    shown: Mapping[str, Any] | None,
    target_ids: TargetIds,
    facts: DeltaFacts,
) -> dict[str, Any]:
    """Plan the change of one message; returns its new base."""
    source_id, names = message["source_id"], EDITABLE if written else TEXT
    body = message_body(message, target_ids, facts.files)
    source = state_of(body.body())
    known = Base(restored(written["state"]), restored(written.get("declined", {}))) if written else None
    taken = {take: facts.taken("messages", source_id, take) for take in ("ours", "theirs")}
    if shown is None:
        accepted = WHOLE_OBJECT in taken["theirs"] or bool(
            written and written.get("accepted") and WHOLE_OBJECT not in taken["ours"]
        )
        if accepted:
            plan.remaining["messages"].append(
                expected_differences.ExpectedDifference(source_id, WHOLE_OBJECT, Reason.declined, None)
            )
        elif (
            known is None
            or WHOLE_OBJECT in taken["ours"]
            or differing(_some(known.written, names), _some(source, names))
        ):
            gone = Conflict((WHOLE_OBJECT, ""), None, "changed", "deleted")
            plan.conflicts.setdefault(("messages", source_id), []).append(gone)
            plan.remaining["messages"].append(
                expected_differences.ExpectedDifference(source_id, WHOLE_OBJECT, Reason.conflict, None)
            )
        return (written or message_base(message, target_ids, facts.files)) | {"accepted": accepted}
    fixed_keys = {key for key in (known.written if known else source) if key[0] not in names}
    fixed = {key: (known.written if known else source)[key] for key in fixed_keys}
    changed = {key[0] for key in differing(known.written, source)} - EDITABLE if known else set()
    if not message["synthetic"]:
        plan.losses["messages"] += [
            Loss(name, IMMUTABLE, source_id, partition=plan.row.partition)
            for name in sorted(changed - {"sent_datetime"})
        ]
    target = state_of(shown)
    plan.numbers[source_id] = shown["id"]
    merged: Merged = merge(
        known and Base(_some(known.written, names), known.declined), _some(source, names), _some(target, names), **taken
    )
    if merged.conflicts:
        plan.conflicts["messages", source_id] = merged.conflicts
    key = WriteKey("messages", source_id, "update")
    write = _resend_unconfirmed(merged, known, names) if facts.unsettled(key) else merged.write
    reasons = dict.fromkeys(changed, Reason.immutable) | {key[0]: Reason.declined for key in merged.declined}
    reasons |= {one.key[0]: Reason.conflict for one in merged.conflicts}
    stands = fixed | _some(target, names)
    if "source" not in reasons and SOURCE in merged.written:
        # An envelope is spelled in Gorgias's way, so that it differs without anybody's doing.
        stands[SOURCE] = (known.written if known else source).get(SOURCE)
    if known is None:
        stands |= {key: value for key, value in source.items() if key[0] not in names}
    plan.open.append(Open("messages", source_id, source, stands, reasons, key if write else None, write))
    if write:
        head = {
            "channel": body.channel,
            "via": body.via,
            "from_agent": body.from_agent,
            "sent_datetime": shown.get("sent_datetime") or source["sent_datetime", ""],
        }
        change = MessageChange.model_validate_json(orjson.dumps(change_of(target, write) | head)).body()
        plan.edits.append(
            Write(
                *(key, "PUT", f"/api/tickets/{plan.number}/messages/{shown['id']}", change),
                partition=message["partition"],
                basis=[change, written, message["source_version"]],
            )
        )
    return {
        "source_id": source_id,
        "version": message["source_version"],
        "state": stored(fixed | merged.written),
        "declined": stored(merged.declined),
    }


def _resend_unconfirmed(merged: Merged, known: Base | None, names: Collection[str]) -> dict[Key, Any]:
    """All that an unsettled update asked for, also where the target holds it by now: the gate reads it back."""
    before = _some(known.written, names) if known else {}
    return {key: merged.written.get(key) for key in differing(before, merged.written)} if known else merged.write


def _answered(plan: TicketPlan, one: StagedTicket, target: Mapping[str, Any]) -> bool:
    """Somebody wrote on the ticket in Gorgias."""
    ours = {*plan.base["messages"], *(message["external_id"] for message in one.messages)}
    return any(message.get("external_id") not in ours for message in target.get("messages") or [])


def _names(*states: State) -> set[str]:
    return {key[0] for state in states for key in state}


def _some(state: State, names: Collection[str]) -> dict[Key, Any]:
    return {key: value for key, value in state.items() if key[0] in names}
