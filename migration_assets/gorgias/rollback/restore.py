"""An object that somebody else had made, back to its image: field by field, and only where it holds what we wrote.

It belongs here: which requests that takes, and which fields stay because somebody changed them since. It does not:
whether an object is restored at all (plan.py), and sending. Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from migration_assets.gorgias.field_state import change_of, restored
from migration_assets.gorgias.rollback.judge import customer_state
from migration_assets.gorgias.rollback.written_objects import WrittenObject
from migration_assets.gorgias.three_way_merge import Key, after, name_of
from resources.gorgias.writer.write import Write
from resources.ledger.records import Undone, WriteKey


@dataclass(frozen=True)
class Restore:
    """The requests, of which the last one takes the writes back; and the fields that stay."""

    writes: tuple[Write, ...] = ()
    stays: tuple[str, ...] = ()
    undone: Undone = field(default=Undone((), ()))


def restore_customer(one: WrittenObject, body: Mapping[str, Any], base: Mapping[str, Any]) -> Restore:
    """A customer without what we filled; what others filled or changed since stays.

    Args:
        body: the customer as it is, with channels and custom field values.
        base: what we left in it.
    """
    assert one.image is not None
    number, image = body["id"], one.image.body
    ours = restored(base["customer"])
    was, now = customer_state(image), customer_state(body)
    if image.get("custom_fields") is None:
        # An image of an earlier release shows no values: what is not ours stays as it is.
        was |= {key: value for key, value in now.items() if key[0] == "custom_fields" and ours.get(key) != value}
    write: dict[Key, Any] = {}
    stays: set[str] = set()
    for key in was.keys() | now.keys():
        if was.get(key) == now.get(key):
            continue
        if now.get(key) == ours.get(key):
            write[key] = was.get(key)
        else:
            stays.add(name_of(key))
    path, target = f"/api/customers/{number}", dict(now)
    change: dict[str, Any] = {key[0]: value for key, value in write.items() if key[0] in {"name", "email"}}
    if any(key[0] == "channels" for key in write):
        change["channels"] = _channels(body, image, after(target, write))
    if not image.get("external_id") and body.get("external_id") == one.source_id:
        change["external_id"] = None
    requests: list[tuple[str, str, Any]] = []
    values = {key: value for key, value in write.items() if key[0] == "custom_fields"}
    if values:
        requests.append(("restore_values", f"{path}/custom-fields", change_of(target, values)["custom_fields"]))
    if any(key[0] == "data" for key in write):
        requests.append(("restore_data", f"{path}/data", {"data": _data(body, image, after(target, write))}))
    if change:
        requests.append(("restore", path, change))
    return _made(one, requests, sorted(stays))


def restore_team(one: WrittenObject, body: Mapping[str, Any], added: Collection[int]) -> Restore:
    """A team without the members whom we added; those whom others added stay.

    Args:
        added: Gorgias ids of those whom the source names as members.
    """
    assert one.image is not None
    was, now = _ids(one.image.body), _ids(body)
    kept = now - ((now - was) & set(added))
    if kept == now:
        return _made(one, [], [])
    members = [{"id": number} for number in sorted(kept)]
    return _made(one, [("restore", f"/api/teams/{body['id']}", {"members": members})], [])


def restore_field(
    one: WrittenObject, body: Mapping[str, Any], added: Collection[str], used: Collection[str]
) -> Restore:
    """A custom field without the choices that we added, unless somebody changed its choices since.

    Args:
        added: the choices that the source names.
        used: values of this field in objects that stay.
    """
    assert one.image is not None
    was, now = _choices(one.image.body), _choices(body)
    if now == was:
        return _made(one, [], [])
    if now != [*was, *(choice for choice in added if choice not in was)]:
        return _made(one, [], ["definition.input_settings.choices"])
    kept = [choice for choice in now if choice in was or choice in used]
    if kept == now:
        return _made(one, [], ["definition.input_settings.choices"])
    definition = {**body["definition"], "input_settings": {**body["definition"]["input_settings"], "choices": kept}}
    change = {"object_type": body["object_type"], "label": body["label"], "definition": definition}
    stays = [] if kept == was else ["definition.input_settings.choices"]
    return _made(one, [("restore", f"/api/custom-fields/{body['id']}", change)], stays)


def _made(one: WrittenObject, requests: list[tuple[str, str, Any]], stays: list[str]) -> Restore:
    undone = one.undone()
    writes = []
    for place, (part, path, body) in enumerate(requests, start=1):
        key = WriteKey(one.object, one.source_id, part)
        last = place == len(requests)
        basis = [one.cycle, body]
        writes.append(Write(key, "PUT", path, body, basis=basis, undoes=undone if last else None))
    return Restore(tuple(writes), tuple(stays), undone)


def _channels(body: Mapping[str, Any], image: Mapping[str, Any], state: Mapping[Key, Any]) -> list[dict[str, Any]]:
    kept = {element for name, element in state if name == "channels"}
    known: dict[str, dict[str, Any]] = {}
    for one in [*(image.get("channels") or []), *(body.get("channels") or [])]:
        name = f"{one['type']}:{str(one['address']).lower()}"
        known.setdefault(name, {"type": one["type"], "address": one["address"], "preferred": bool(one["preferred"])})
    return [one for name, one in known.items() if name in kept]


def _data(body: Mapping[str, Any], image: Mapping[str, Any], state: Mapping[Key, Any]) -> Any:
    """The document as others left it, with what we put under our key taken out; nothing where there was nothing."""
    held = body.get("data") if isinstance(body.get("data"), dict) else {}
    inner = {element: value for (name, element), value in state.items() if name == "data"}
    rest = {name: value for name, value in (held or {}).items() if name != "ivinex"}
    rest |= {"ivinex": inner} if inner else {}
    return rest or image.get("data")


def _ids(team: Mapping[str, Any]) -> set[int]:
    return {member["id"] for member in team.get("members") or ()}


def _choices(row: Mapping[str, Any]) -> list[str]:
    return list(((row.get("definition") or {}).get("input_settings") or {}).get("choices") or [])
