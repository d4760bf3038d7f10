"""The messages of one ticket that changed at the source: what to append, to change, to leave, to tell. Pure.

It belongs here: which fields of a message may change after creation, and the order of messages. It does not: the ticket
itself (ticket_merge.py), and the rule per field (three_way_merge.py).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from migration_assets.gorgias.delta.ticket_plan import (
    CAME_LATER,
    IMMUTABLE,
    TEXT,
    WHOLE_OBJECT,
    DeltaFacts,
    TicketPlan,
    resend_unconfirmed,
    some_of,
)
from migration_assets.gorgias.expected_differences import ExpectedDifference, Open, Reason
from migration_assets.gorgias.field_state import change_of, restored, state_of, stored
from migration_assets.gorgias.load.initial_base import message_base
from migration_assets.gorgias.load.ticket_payload import TargetIds, message_append, message_body
from migration_assets.gorgias.staged_reader import StagedTicket
from migration_assets.gorgias.three_way_merge import Base, Conflict, Merged, State, differing, merge
from resources.gorgias.wire import MessageChange
from resources.gorgias.writer.write import Write
from resources.ledger import Loss
from resources.ledger.records import WriteKey

GONE = "deleted at the source, kept in Gorgias"
MOVED = "moved to another ticket at the source, the first copy kept in Gorgias"
EDITABLE = frozenset({"body_text", "body_html", "subject", "message_id", "sender", "receiver", "source"})
"""What a PUT on a message takes (gorgias-api.md 6.8); the rest is fixed when the message is created."""
SOURCE = ("source", "")


def merge_messages(
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
        plan.remaining["messages"].append(ExpectedDifference(source_id, "order", Reason.immutable, place))
        if any(
            other["created_at"] == at
            and other["position"] > message["position"]
            and places.get(other["source_id"], -1) < place
            for other in one.messages
        ):
            plan.losses["messages"].append(Loss("order", CAME_LATER, source_id, partition=plan.row.partition))


def _staged_no_more(
    plan: TicketPlan, written: dict[str, Any], shown: Mapping[str, Any] | None, facts: DeltaFacts
) -> dict[str, Any]:
    """A message that the source holds no more stays as it is, or gone where a person accepted that; its new base."""
    source_id, state = written["source_id"], restored(written["state"])
    if shown is not None:
        texts = {key: value for key, value in state.items() if key[0] not in TEXT} | some_of(state_of(shown), TEXT)
        plan.open.append(Open("messages", source_id, state, texts, {}))
        return written
    take = facts.decided.get(("messages", source_id), {}).get(WHOLE_OBJECT)
    accepted = take == "theirs" or bool(written.get("accepted") and take != "ours")
    if accepted:
        plan.remaining["messages"].append(ExpectedDifference(source_id, WHOLE_OBJECT, Reason.declined, None))
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
            plan.remaining["messages"].append(ExpectedDifference(source_id, WHOLE_OBJECT, Reason.declined, None))
        elif (
            known is None
            or WHOLE_OBJECT in taken["ours"]
            or differing(some_of(known.written, names), some_of(source, names))
        ):
            gone = Conflict((WHOLE_OBJECT, ""), None, "changed", "deleted")
            plan.conflicts.setdefault(("messages", source_id), []).append(gone)
            plan.remaining["messages"].append(ExpectedDifference(source_id, WHOLE_OBJECT, Reason.conflict, None))
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
        known and Base(some_of(known.written, names), known.declined),
        some_of(source, names),
        some_of(target, names),
        **taken,
    )
    if merged.conflicts:
        plan.conflicts["messages", source_id] = merged.conflicts
    key = WriteKey("messages", source_id, "update")
    write = resend_unconfirmed(merged, known, names) if facts.unsettled(key) else merged.write
    reasons = dict.fromkeys(changed, Reason.immutable) | {key[0]: Reason.declined for key in merged.declined}
    reasons |= {one.key[0]: Reason.conflict for one in merged.conflicts}
    stands = fixed | some_of(target, names)
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


def _names(*states: State) -> set[str]:
    return {key[0] for state in states for key in state}
