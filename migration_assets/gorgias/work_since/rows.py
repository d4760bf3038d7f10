"""The rows of the export: pure, from what Gorgias shows and what we left. They hold people's data.

It belongs here: what a row says. It does not: finding (look.py) and files (files.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from migration_assets.gorgias.delta.ticket_merge import FIELDS
from migration_assets.gorgias.delta.ticket_plan import TEXT
from migration_assets.gorgias.field_state import restored, state_of
from migration_assets.gorgias.rollback.as_written import Base
from migration_assets.gorgias.rollback.judge import customer_state, filled, only
from migration_assets.gorgias.rollback.written_objects import WrittenObject
from migration_assets.gorgias.three_way_merge import differing
from migration_assets.gorgias.work_since.source_ids import SourceIds, parts
from resources.gorgias.external_ids import PREFIX

Row = dict[str, Any]
NOTE = "internal-note"
_CUSTOMER = ("name", "email", "channels", "custom_fields")
_OF_PEOPLE = ("trashed_datetime", "snooze_datetime", "spam")
_TICKET = ("subject", "status", "priority", "channel", "created_datetime", "updated_datetime", "closed_datetime")
_MESSAGE = (
    *("channel", "from_agent", "public", "subject", "body_text", "body_html", "source"),
    *("created_datetime", "sent_datetime"),
)


def ticket_row(
    what: str, source_id: str | None, body: Mapping[str, Any], ids: SourceIds, events: Iterable[Mapping[str, Any]]
) -> Row:
    """A ticket that somebody worked on, as it is now, with who did what and when."""
    done = [
        {"type": one["type"], "at": one["created_datetime"], "by": one["user_id"]}
        | {"by_ivinex": ids.person(one["user_id"])}
        for one in sorted(events, key=lambda one: str(one["created_datetime"]))
    ]
    return {
        **parts(source_id),
        "gorgias_id": body["id"],
        "what": what,
        **{name: body.get(name) for name in _TICKET},
        **{name: person(body.get(name), ids) for name in ("customer", "assignee_user")},
        "assignee_team": (body.get("assignee_team") or {}).get("name"),
        "tags": sorted(tag["name"] for tag in body.get("tags") or ()),
        "custom_fields": _values(body.get("custom_fields"), ids),
        "events": done,
    }


def gone_row(what: str, source_id: str, number: int) -> Row:
    """A ticket or customer of ours that is not there any more."""
    return {**parts(source_id), "gorgias_id": number, "what": what}


def ticket_changes(
    one: WrittenObject, body: Mapping[str, Any], base: Base | None, managed: Collection[int], ids: SourceIds
) -> Iterator[Row]:
    """Each field of a ticket that is not as we left it; `*` where what we left is not known any more."""
    if base is None:
        yield _change("tickets", one, body, ("*", ""), "not known", "see the ticket", ids)
        return
    left, now = only(restored(base["ticket"]), FIELDS), only(state_of(body), FIELDS)
    now = {key: value for key, value in now.items() if not filled(key, left, managed)}
    for key in sorted(differing(left, now)):
        yield _change("tickets", one, body, key, left.get(key), now.get(key), ids)
    for name in _OF_PEOPLE:
        if body.get(name):
            yield _change("tickets", one, body, (name, ""), None, body[name], ids)


def customer_changes(one: WrittenObject, body: Mapping[str, Any], base: Base | None, ids: SourceIds) -> Iterator[Row]:
    """Each field of a customer that is not as we left it."""
    if base is None:
        return
    left, now = only(restored(base["customer"]), _CUSTOMER), only(customer_state(body), _CUSTOMER)
    for key in sorted(differing(left, now)):
        yield _change("customers", one, body, key, left.get(key), now.get(key), ids)
    if one.made and body.get("note"):
        yield _change("customers", one, body, ("note", ""), None, body["note"], ids)


def messages_of_ours(one: WrittenObject, body: Mapping[str, Any], base: Base | None, ids: SourceIds) -> Iterator[Row]:
    """Of a migrated ticket: messages that we did not write, texts that were edited, and those that were deleted."""
    bases = base["messages"] if base else {}
    booked = {row.gorgias_id: row.source_id for row in one.messages if row.gorgias_id is not None}
    filed = {row.key.source_id for row in one.rows if row.key.part == "files"}
    there = {message["id"]: message for message in body.get("messages") or ()}
    by_source = {held["source_id"]: held for held in bases.values()}
    for number, message in there.items():
        name = str(message.get("external_id") or "")
        source_id = booked.get(number) or (bases[name]["source_id"] if name in bases else None)
        if source_id is None:
            if not name.startswith(PREFIX):  # else one of ours, merged in from another ticket
                yield message_row("new", one.source_id, body["id"], message, ids)
            continue
        texts = TEXT - ({"body_html"} if source_id in filed else set())
        held = by_source.get(source_id)
        if held and differing(only(restored(held["state"]), texts), only(state_of(message), texts)):
            yield message_row("edited", one.source_id, body["id"], message, ids) | {"message_ivinex_id": source_id}
    for number in sorted(booked.keys() - there.keys()):
        yield message_row("deleted", one.source_id, body["id"], {"id": number}, ids) | {
            "message_ivinex_id": booked[number]
        }


def message_row(what: str, ticket: str | None, number: int, message: Mapping[str, Any], ids: SourceIds) -> Row:
    """A message. `kind`: what it would be in a helpdesk."""
    if message.get("channel") == NOTE:
        kind = "internal note"
    else:
        kind = "reply" if message.get("from_agent") else "customer message"
    return {
        **parts(ticket),
        "ticket_gorgias_id": number,
        "gorgias_id": message["id"],
        "what": what,
        "kind": "" if what == "deleted" else kind,
        "message_ivinex_id": None,
        **{name: message.get(name) for name in _MESSAGE},
        **{name: person(message.get(name), ids) for name in ("sender", "receiver")},
        "attachments": [
            {name: one.get(name) for name in ("url", "name", "content_type", "size")}
            for one in message.get("attachments") or ()
        ],
    }


def customer_row(what: str, source_id: str | None, body: Mapping[str, Any], ids: SourceIds) -> Row:
    """A customer, as it is now."""
    channels = [{"type": one.get("type"), "address": one.get("address")} for one in body.get("channels") or ()]
    return {
        **parts(source_id),
        "gorgias_id": body["id"],
        "what": what,
        **{name: body.get(name) for name in ("name", "email", "note", "language", "timezone", "created_datetime")},
        "channels": channels,
        "custom_fields": _values(body.get("custom_fields"), ids),
    }


def person(held: Any, ids: SourceIds) -> Row | None:
    """A customer or user, by both ids."""
    if not held:
        return None
    number = held.get("id")
    return {"gorgias_id": number, "ivinex_id": ids.person(number), "name": held.get("name"), "email": held.get("email")}


def _change(
    object: str,
    one: WrittenObject,
    body: Mapping[str, Any],
    key: tuple[str, str],
    before: Any,
    now: Any,
    ids: SourceIds,
) -> Row:
    name, element = key
    return {
        **parts(one.source_id),
        "object": object,
        "gorgias_id": body["id"],
        "field": name,
        "element": (ids.field(element) or element) if name == "custom_fields" else element,
        "before": before,
        "now": now,
        "before_ivinex": ids.value(name, before),
        "now_ivinex": ids.value(name, now),
    }


def _values(values: Any, ids: SourceIds) -> dict[str, Any]:
    """Custom field, by its id in Ivinex where it has one -> value."""
    state = state_of({"custom_fields": values}) if values else {}
    return {ids.field(number) or number: value for (_, number), value in state.items()}
