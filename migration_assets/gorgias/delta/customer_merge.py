"""One customer that changed at the source, merged with what Gorgias holds now. Pure.

Contacts and their flattened organization reach Gorgias in up to three calls (the customer, its custom field values,
its `data`); here they are one state and fall apart again into those of the three that have something to say. It
belongs here: that state, the plan. It does not: reading, sending, recording (customer_changes.py).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from migration_assets.gorgias.as_left import LeftBase, LeftBases
from migration_assets.gorgias.expected_differences import ExpectedDifference, Open, Reason, value_of
from migration_assets.gorgias.field_state import change_of, restored, state_of, stored
from migration_assets.gorgias.load.customers import OWN, create_write, data_write, part_as_left, values_write
from migration_assets.gorgias.merge_base import Pending
from migration_assets.gorgias.target_reader import TargetObject
from migration_assets.gorgias.three_way_merge import Base, Conflict, Key, State, after, differing, merge
from resources.gorgias.wire import CustomerChange
from resources.gorgias.writer.write import Write
from resources.ledger.records import KnownWrite, WriteKey

FIELDS = OWN | {"custom_fields", "data"}
PARTS = ("create", "update", "values", "data")


@dataclass
class CustomerPlan:
    """At most one write per call that Gorgias has for a customer, the new base, and what stays as Gorgias holds it."""

    row: Pending
    number: int
    base: dict[str, Any]
    writes: list[Write] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    remaining: list[Open] = field(default_factory=list)
    preferred: ExpectedDifference | None = None
    why: str = ""

    def expected(self, through: Collection[WriteKey]) -> list[ExpectedDifference]:
        """The fields that are not as staged once the writes that got through are done."""
        rows = [row for one in self.remaining for row in one.left(through)]
        if self.preferred and all(row.field != "channels" for row in rows):
            rows.append(self.preferred)
        return rows

    def as_left(self) -> Iterator[LeftBase]:
        """What each write leaves of the base."""
        written, declined = restored(self.base["customer"]), restored(self.base["declined"])
        return (part_as_left(self.row.source_id, write, written, declined) for write in self.writes)


def base_as_left(base: dict[str, Any] | None, known: Mapping[str, KnownWrite | None], left: LeftBases) -> Any:
    """The base of a customer after a stop: what was entered, and over it what was written and not entered.

    Args:
        base: the base that was entered; None where there is none.
        known: part -> what the ledger knows of it.
    """
    if base is None and left.of(known.get("create")) is None:
        return None
    customer, declined = dict((base or {}).get("customer", {})), dict((base or {}).get("declined", {}))
    for part in PARTS:
        if (entry := left.of(known.get(part))) is not None:
            others = {name: value for name, value in customer.items() if name.partition("|")[0] not in entry["decides"]}
            customer, declined = others | entry["customer"], declined | entry["declined"]
    return {"customer": customer, "declined": declined}


def state_of_row(row: Mapping[str, Any], fields: Mapping[str, int]) -> dict[Key, Any]:
    """What the staged row asks Gorgias to hold."""
    values, data = values_write(dict(row), 0, fields), data_write(dict(row), 0)
    body = create_write(dict(row)).body | {"custom_fields": values.body if values else []}
    return _state(body, data.body["data"]["ivinex"] if data else {})


def plan_customer(
    row: Mapping[str, Any],
    at: Pending,
    target_object: TargetObject,
    fields: Mapping[str, int],
    decided: Mapping[str, str],
    unsettled: Collection[str],
) -> CustomerPlan:
    """
    Args:
        held: the customer as it is (its body is known).
        decided: field -> ours or theirs.
        unsettled: parts (update, values, data) whose last write has no known outcome, so they are said again.
    """
    body = target_object.body or {}
    document = body.get("data") if isinstance(body.get("data"), dict) else {}
    source, target = state_of_row(row, fields), _state(body, (document or {}).get("ivinex") or {})
    known = Base(restored(at.base["customer"]), restored(at.base["declined"])) if at.base else None
    taken = {take: {name for name, choice in decided.items() if choice == take} for take in ("ours", "theirs")}
    merged = merge(known, source, target, **taken)
    plan = CustomerPlan(at, target_object.number, base_of(merged.written, merged.declined), conflicts=merged.conflicts)
    reasons = {key[0]: Reason.declined for key in merged.declined}
    reasons |= {one.key[0]: Reason.conflict for one in merged.conflicts}
    if _addresses(_preferred(orjson.loads(row["channels"]))) != _addresses(_preferred(body.get("channels") or [])):
        # Which channel is preferred is no member of the set: a write of the set keeps what Gorgias prefers.
        stands = value_of(after(target, merged.write), "channels")
        plan.preferred = ExpectedDifference(at.source_id, "channels", Reason.left, stands)
    again = (
        {key: merged.written.get(key) for key in differing(known.written, merged.written)} if known else merged.write
    )
    for part, names in (("update", OWN), ("values", {"custom_fields"}), ("data", {"data"})):
        write = {key: value for key, value in (again if part in unsettled else merged.write).items() if key[0] in names}
        key = WriteKey("customers", at.source_id, part)
        wanted, stands = ({key: value for key, value in state.items() if key[0] in names} for state in (source, target))
        plan.remaining.append(Open("customers", at.source_id, wanted, stands, reasons, key if write else None, write))
        if write:
            path, change = f"/api/customers/{target_object.number}", _change(part, write, row, body, target, document)
            where = {"update": path, "values": f"{path}/custom-fields", "data": f"{path}/data"}[part]
            basis = [change, at.base, at.staged]
            plan.writes.append(Write(key, "PUT", where, change, basis=basis, before=stored(target)))
    return plan


def base_of(written: State, declined: State) -> dict[str, Any]:
    return {"customer": stored(written), "declined": stored(declined)}


def _preferred(channels: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in channels if one.get("preferred")]


def _addresses(channels: Iterable[Mapping[str, Any]]) -> set[str]:
    return {f"{one['type']}:{str(one['address']).lower()}" for one in channels}


def _state(body: Mapping[str, Any], data: Mapping[str, Any]) -> dict[Key, Any]:
    own = {name: body.get(name) for name in ("name", "email", "channels", "custom_fields")}
    return state_of(own) | {("data", name): value for name, value in data.items()}


def _change(
    part: str, write: State, row: Mapping[str, Any], body: Mapping[str, Any], target: State, document: Any
) -> Any:
    """The body of one of the three calls; each takes its set as a whole (gorgias-api.md 6.1 and 6.6)."""
    if part == "values":
        return change_of(target, write)["custom_fields"]
    if part == "data":
        inner = {name: value for (field, name), value in after(target, write).items() if field == "data"}
        return {"data": (document or {}) | {"ivinex": inner}}
    change: dict[str, Any] = {key[0]: value for key, value in write.items() if key[0] != "channels"}
    if any(key[0] == "channels" for key in write):
        kept = {name for field, name in after(target, write) if field == "channels"}
        known: dict[str, dict[str, Any]] = {}
        for one in [*(body.get("channels") or []), *orjson.loads(row["channels"])]:
            name = f"{one['type']}:{str(one['address']).lower()}"
            new = {"type": one["type"], "address": one["address"], "preferred": bool(one.get("preferred"))}
            known.setdefault(name, new)
        channels = [one for name, one in known.items() if name in kept]
        if channels and not any(one["preferred"] for one in channels):
            wished = _addresses(_preferred(orjson.loads(row["channels"])))
            named = [one for one in channels if _addresses([one]) <= wished]
            (named or channels)[0]["preferred"] = True
        change["channels"] = channels
    return CustomerChange.model_validate_json(orjson.dumps(change)).body()
