"""One ticket that changed at the source, merged with what Gorgias holds now: what to append, to change, to tell. Pure.

It belongs here: which fields may change after creation, the order of things, the new base. It does not: the rule per
field (three_way_merge.py), reading, sending, recording (ticket_changes.py).

`updated_datetime` is no field of the merge: each of our writes moves it, so it is set back with the ticket's one PUT,
to the source's last change or, where somebody worked on the ticket in Gorgias since, to the later of the two.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from migration_assets.gorgias.delta.message_merge import merge_messages
from migration_assets.gorgias.delta.ticket_plan import IMMUTABLE, DeltaFacts, TicketPlan, resend_unconfirmed, some_of
from migration_assets.gorgias.expected_differences import Open, Reason
from migration_assets.gorgias.field_state import change_of, restored, state_of, stored
from migration_assets.gorgias.load.ticket_payload import TargetIds, ticket_write
from migration_assets.gorgias.merge_base import Pending
from migration_assets.gorgias.staged_reader import StagedTicket
from migration_assets.gorgias.target_reader import TargetObject
from migration_assets.gorgias.three_way_merge import Base, Key, State, after, differing, merge
from resources.gorgias.wire import TicketChange
from resources.gorgias.writer.write import Write
from resources.ledger import Loss
from resources.ledger.records import WriteKey

CREATED, UPDATED = ("created_datetime", ""), ("updated_datetime", "")
OF_MESSAGES = (("channel", ""), ("from_agent", ""))
"""What a ticket has of its first messages: where only these went away at the source, their copies are still there."""
FIELDS = frozenset(TicketChange.model_fields) - {"updated_datetime"}
"""What is merged of a ticket."""


def plan_ticket(
    one: StagedTicket, row: Pending, target_object: TargetObject, target_ids: TargetIds, facts: DeltaFacts
) -> TicketPlan:
    """The plan for a ticket that is there (its body is known)."""
    ticket, target = one.ticket, target_object.body or {}
    base = row.base or {"ticket": {}, "messages": {}}
    source, found = state_of(ticket_write(ticket, one.messages, target_ids, "", facts.files).body), state_of(target)
    of = {"mapping": facts.mapping, "version": ticket["source_version"]}
    plan = TicketPlan(row, target_object.number, of | {"messages": dict(base["messages"])}, base)
    merge_messages(plan, one, target, target_ids, facts)

    known = Base(restored(base["ticket"]), restored(base.get("declined", {}))) if row.base else None
    taken = {take: facts.taken("tickets", row.source_id, take) for take in ("ours", "theirs")}
    kept: dict[Key, Any] = {}
    if known and of == {name: base.get(name) for name in of}:
        kept = {key: known.written[key] for key in OF_MESSAGES if key in known.written}
    wanted, held = some_of(source, FIELDS) | kept, some_of(found, FIELDS)
    merged = merge(known and Base(some_of(known.written, FIELDS), known.declined), wanted, held, **taken)
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
    write = resend_unconfirmed(merged, known, FIELDS) if facts.unsettled(key) else merged.write
    late = bool(plan.appends) and not facts.set_back(key, plan.appends)
    worked_on = known is None or bool(differing(held, some_of(known.written, FIELDS))) or _answered(plan, one, target)
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


def _answered(plan: TicketPlan, one: StagedTicket, target: Mapping[str, Any]) -> bool:
    """Somebody wrote on the ticket in Gorgias."""
    ours = {*plan.base["messages"], *(message["external_id"] for message in one.messages)}
    return any(message.get("external_id") not in ours for message in target.get("messages") or [])
