"""Request bodies and answers of Gorgias as the flat states that three_way_merge.py compares, and back into update
bodies.

It belongs here: shapes. A body as we send it and an object as Gorgias shows it give the same state where they say the
same. It does not: which fields may be changed after creation (delta/ticket_merge.py, delta/customer_merge.py).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from migration_assets.gorgias.three_way_merge import Key, State, after

_CONSTANT = frozenset({"id", "external_id", "via", "imported", "messages", "uri", "attachments"})
"""Not merged: what never changes, and files, which have a pass of their own (attachments/deferred_attachments.py)."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def state_of(body: Mapping[str, Any]) -> dict[Key, Any]:
    """The state of a body or an answer; sets are taken apart, people become ids, times one spelling."""
    state: dict[Key, Any] = {}
    for name, value in body.items():
        if name in _CONSTANT or value in _EMPTY:
            continue
        if name == "tags":
            members: Iterable[tuple[str, Any]] = ((str(tag["name"]), True) for tag in value)
        elif name == "channels":
            members = ((f"{one['type']}:{str(one['address']).lower()}", True) for one in value)
        elif name == "custom_fields":
            members = _values(value)
        elif name == "meta":
            members = value.items()
        else:
            members = (("", _plain(name, value)),)
        state |= {(name, element): one for element, one in members if one not in _EMPTY}
    return state


def change_of(target: State, write: State) -> dict[str, Any]:
    """The body of a PUT that brings the target to what `write` asks for; a set goes whole (gorgias-api.md 6)."""
    whole = after(target, write)
    body: dict[str, Any] = {}
    for name in sorted({key[0] for key in write}):
        members = {element: value for (field, element), value in whole.items() if field == name}
        if name == "tags":
            body[name] = [{"name": element} for element in sorted(members)]
        elif name == "custom_fields":
            removed = [element for (field, element), value in write.items() if field == name and value is None]
            body[name] = [
                {"id": int(element), "value": members.get(element)} for element in sorted({*members, *removed})
            ]
        elif name == "meta":
            body[name] = members
        elif name in {"customer", "assignee_user", "assignee_team", "sender", "receiver"}:
            body[name] = {"id": members.get("")}
        else:
            body[name] = members.get("")
    return body


def stored(state: State) -> dict[str, Any]:
    """A state for JSON."""
    return {f"{field}|{element}": value for (field, element), value in state.items()}


def restored(held: Mapping[str, Any]) -> dict[Key, Any]:
    """A state from JSON."""
    return {(name.partition("|")[0], name.partition("|")[2]): value for name, value in held.items()}


def _values(value: Any) -> Iterable[tuple[str, Any]]:
    """Values are asked for as a list and shown as a map keyed by field id (gorgias-api.md 6.6)."""
    if isinstance(value, Mapping):
        return ((str(key), one.get("value") if isinstance(one, Mapping) else one) for key, one in value.items())
    return ((str((row.get("field") or row)["id"]), row.get("value")) for row in value)


def _plain(name: str, value: Any) -> Any:
    if name.endswith("_datetime"):
        at = datetime.fromisoformat(str(value))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, Mapping) and "id" in value:
        return value["id"]
    return value.lower() if name == "email" else value
