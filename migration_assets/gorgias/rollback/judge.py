"""Has anybody worked on an object since we left it? Pure: what it holds now against what we left, in sentences of ids.

It belongs here: the questions, per object type. It does not: who refers to it (references.py), and what follows
(plan.py). A sentence names fields and ids only, never a value.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from migration_assets.gorgias.delta.ticket_merge import FIELDS
from migration_assets.gorgias.delta.ticket_plan import TEXT
from migration_assets.gorgias.field_state import restored, state_of
from migration_assets.gorgias.rollback.written_objects import WrittenObject
from migration_assets.gorgias.three_way_merge import Key, State, differing, name_of
from resources.gorgias.external_ids import PREFIX
from resources.ledger.records import UNSETTLED

NOT_KNOWN = "what we left in it is not known any more (the warehouse was made anew)"
OTHER = "its id belongs to another object now"
_CUSTOMER = frozenset({"name", "email", "channels", "custom_fields", "data"})
_SHOWN = 5
_SET_BY_PEOPLE = {"trashed_datetime": "trashed", "snooze_datetime": "snoozed", "spam": "marked as spam"}


def ticket_reasons(
    one: WrittenObject,
    body: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    managed: Collection[int],
    whole: bool,
) -> list[str]:
    """Why a ticket is not as we left it; [] where it is.

    Args:
        managed: custom fields that Gorgias fills by itself.
        whole: read singly, with messages and custom field values; else a row of a list.
    """
    if body.get("external_id") not in (None, one.source_id):
        return [OTHER]
    if base is None:
        return [NOT_KNOWN]
    said = [told for name, told in _SET_BY_PEOPLE.items() if body.get(name)]
    if (body.get("satisfaction_survey") or {}).get("score") is not None:
        said.append("its customer answered a survey")
    shown = FIELDS if whole else FIELDS & {name for name in body if name not in {"custom_fields", "meta"}}
    left, now = only(restored(base["ticket"]), shown), only(state_of(body), shown)
    said += edited(left, {key: value for key, value in now.items() if not filled(key, left, managed)})
    if not whole:
        count = body.get("messages_count")
        return said + ([] if count == len(one.messages) else [f"{count} messages instead of {len(one.messages)}"])
    return said + _message_reasons(one, body.get("messages") or [], base["messages"])


def customer_reasons(
    one: WrittenObject, body: Mapping[str, Any], base: Mapping[str, Any] | None, whole: bool
) -> list[str]:
    """Why a customer that we made is not as we left it."""
    if body.get("external_id") not in (None, one.source_id):
        return [OTHER]
    if base is None:
        return [NOT_KNOWN]
    shown = {name for name in _CUSTOMER if name in body and (whole or name != "custom_fields" or body[name])}
    document = body.get("data") if isinstance(body.get("data"), dict) else {}
    said = ["edited: note"] if body.get("note") else []
    said += ["edited: data"] if set(document or {}) - {"ivinex"} else []
    return said + edited(only(restored(base["customer"]), shown), only(customer_state(body), shown))


def customer_state(body: Mapping[str, Any]) -> dict[Key, Any]:
    """As delta/customer_merge.py keeps it: of `data` only what is under our own key."""
    document = body.get("data") if isinstance(body.get("data"), dict) else {}
    own = {name: body.get(name) for name in ("name", "email", "channels", "custom_fields")}
    inner = (document or {}).get("ivinex") or {}
    return state_of(own) | {("data", name): value for name, value in inner.items()}


def definition_reasons(one: WrittenObject, row: Mapping[str, Any], sent: Mapping[str, Any] | None) -> list[str]:
    """Why a team, tag, custom field or user is not as we made it; of one that was staged anew only that it is ours."""
    if one.object in {"users", "custom_fields"} and row.get("external_id") not in (None, *_external_ids(one, sent)):
        return [OTHER]
    archiving = one.write("deactivate")
    if row.get("deactivated_datetime") and not (archiving and archiving.state in UNSETTLED):
        return ["archived or deactivated by somebody"]
    if sent is None:
        return [f"renamed, or {OTHER}"] if one.object == "tags" and row.get("name") != one.source_id else []
    names = ("name", "label", "description", "email")
    said = [name for name in names if _text(sent.get(name)) != _text(row.get(name))]
    said += ["required"] if row.get("required") and not sent.get("required") else []
    if "role" in sent and (row.get("role") or {}).get("name") != sent["role"]["name"]:
        said.append("role")
    if "members" in sent and one.write("members") is None and _ids(sent["members"]) != _ids(row.get("members")):
        said.append("members")
    if "definition" in sent and one.write("choices") is None and _choices(sent) != _choices(row):
        said.append("definition")
    return [f"edited: {', '.join(said)}"] if said else []


def edited(left: State, now: State) -> list[str]:
    """The fields in which the two differ, as one reason."""
    names = sorted({name_of(key) for key in differing(left, now)})
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"edited: {', '.join(names[:_SHOWN])}{more}"] if names else []


def by_people(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """What others did, as one reason."""
    told = sorted({f"{one['type']} by user {one['user_id']}" for one in events})
    return ["; ".join(told[:_SHOWN])] if told else []


def _message_reasons(one: WrittenObject, messages: Iterable[Mapping[str, Any]], bases: Mapping[str, Any]) -> list[str]:
    booked = {row.source_id: row.gorgias_id for row in one.messages if row.gorgias_id is not None}
    by_id = {message["id"]: message for message in messages}
    by_name = {str(message.get("external_id")): message for message in by_id.values()}
    said = []
    for number in sorted(by_id.keys() - set(booked.values())):
        message, name = by_id[number], str(by_id[number].get("external_id") or "")
        if name in bases:
            continue
        if name.startswith(PREFIX):
            said.append(f"merged: message {number} is of another ticket")
            continue
        sender, who = (message.get("sender") or {}).get("id"), "user" if message.get("from_agent") else "customer"
        said.append(f"answered: message {number} by {who} {sender}")
    if lacking := set(booked.values()) - by_id.keys():
        said.append(f"{len(lacking)} of our messages were deleted")
    filed = {row.key.source_id for row in one.rows if row.key.part == "files"}
    for name, base in bases.items():
        # By its id, because an account may show no external ids of messages.
        found = by_id.get(booked.get(base["source_id"], 0)) or by_name.get(name)
        texts = TEXT - ({"body_html"} if base["source_id"] in filed else set())
        if found and differing(only(restored(base["state"]), texts), only(state_of(found), texts)):
            said.append(f"edited: message {found['id']}")
    return said


def filled(key: Key, left: State, managed: Collection[int]) -> bool:
    """A value that Gorgias filled in by itself: of a managed field, and none of ours."""
    return key[0] == "custom_fields" and key not in left and int(key[1]) in managed


def _external_ids(one: WrittenObject, sent: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return (one.source_id, *([sent["external_id"]] if sent else []))


def only(state: State, names: Collection[str]) -> dict[Key, Any]:
    return {key: value for key, value in state.items() if key[0] in names}


def _text(value: Any) -> str:
    return str(value or "").casefold()


def _ids(members: Any) -> set[int]:
    return {one["id"] for one in members or ()}


def _choices(body: Mapping[str, Any]) -> tuple[Any, list[Any]]:
    definition = body.get("definition") or {}
    settings = definition.get("input_settings") or {}
    return definition.get("data_type"), list(settings.get("choices") or [])
