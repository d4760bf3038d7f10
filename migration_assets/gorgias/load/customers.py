"""Customers: one create each, then one call for all custom field values, none where there are none."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from migration_assets.gorgias.as_left import LeftBase
from migration_assets.gorgias.field_state import state_of, stored
from migration_assets.gorgias.merge_base import with_base
from migration_assets.gorgias.three_way_merge import State as Fields
from resources.gorgias.client import Reader
from resources.gorgias.wire import Channel, Customer
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WRITTEN, State, WriteKey
from resources.warehouse import Warehouse

CHUNK = 500
OWN = frozenset({"name", "email", "channels"})
DECIDES = {"create": OWN, "update": OWN, "values": frozenset({"custom_fields"}), "data": frozenset({"data"})}
"""Call -> the fields that it decides."""


def creates(
    warehouse: Warehouse,
    noted: Callable[[list[dict[str, Any]]], None] = lambda _: None,
    only: Sequence[str] | None = None,
) -> Iterator[Write]:
    """One create per staged customer.

    Args:
        noted: told of the rows of a chunk before their creates are given out.
        only: leave out all customers but these.
    """
    for chunk in _chunks(warehouse, only):
        noted(chunk)
        yield from map(create_write, chunk)


def customer_notes(row: dict[str, Any], fields: Mapping[str, int]) -> Iterator[LeftBase]:
    """What each of a customer's calls will leave: of its base, the part that the call decides."""
    data = data_write(row, 0)
    parts = [
        (create_write(row), state_of(create_write(row).body)),
        (values_write(row, 0, fields), None),
        (data, {("data", name): value for name, value in data.body["data"]["ivinex"].items()} if data else {}),
    ]
    for write, state in parts:
        if write is not None:
            own = state_of({"custom_fields": write.body}) if state is None else state
            yield part_as_left(row["source_id"], write, own)


def part_as_left(source_id: str, write: Write, state: Fields, declined: Fields | None = None) -> LeftBase:
    """An entry for one of the three calls; `state` may say more than the call decides."""
    names = DECIDES[write.key.part]
    base = {
        "decides": sorted(names),
        "customer": stored({key: value for key, value in state.items() if key[0] in names}),
        "declined": stored(declined or {}),
    }
    return LeftBase("customers", source_id, source_id, write.payload_hash, base)


def _chunks(warehouse: Warehouse, only: Sequence[str] | None = None) -> Iterator[list[dict[str, Any]]]:
    """Staged customers in chunks, by keyset, so that no connection is open while Gorgias is waited for."""
    after = ""
    while True:
        rows = warehouse.rows(
            "SELECT * FROM staging.customers WHERE source_id > $after "
            "AND ($only IS NULL OR source_id IN (SELECT unnest($only::VARCHAR[]))) ORDER BY source_id LIMIT $most",
            {"after": after, "only": only, "most": CHUNK},
        )
        if not rows:
            return
        yield rows
        after = rows[-1]["source_id"]


def create_write(row: dict[str, Any]) -> Write:
    customer = Customer(
        external_id=row["external_id"],
        name=row["name"] or None,
        email=row["email"] or None,
        channels=[Channel(**channel) for channel in json.loads(row["channels"])],
    )
    source_id = row["source_id"]
    outcome = Outcome(source_id, "created", synthetic=row["kind"] == "stub", object="contacts")
    return Write(WriteKey("customers", source_id, "create"), "POST", "/api/customers", customer.body(), (outcome,))


def values_write(row: dict[str, Any], number: int, fields: Mapping[str, int]) -> Write | None:
    """One PUT of the whole set of custom field values; None where there are none."""
    values = json.loads(row["field_values"])
    asked = [{"id": fields[name], "value": value} for name, value in values.items() if name in fields]
    key = WriteKey("customers", row["source_id"], "values")
    return Write(key, "PUT", f"/api/customers/{number}/custom-fields", asked, basis=asked) if asked else None


def data_write(row: dict[str, Any], number: int) -> Write | None:
    """`data` has a call of its own (gorgias-api.md 6.1); what exceeds the field budget is under one key of ours."""
    data = json.loads(row["data"])
    key = WriteKey("customers", row["source_id"], "data")
    return Write(key, "PUT", f"/api/customers/{number}/data", {"data": {"ivinex": data}}) if data else None


def _followed(
    warehouse: Warehouse,
    ledger: Ledger,
    part: str,
    make: Callable[[dict[str, Any], int], Write | None],
    started: datetime | None,
    only: Sequence[str] | None,
) -> Iterator[tuple[Write, bool]]:
    """(write, the customer may hold something already) of customers in their first load.

    One whose base is known, or whose values were written from other rows, is left to gorgias/customer_changes, which
    looks at the customer before it writes to it.
    """
    for chunk in _chunks(warehouse, only):
        ids = [row["source_id"] for row in chunk]
        known = ledger.known_writes.known(
            [WriteKey("customers", name, which) for name in ids for which in ("create", part)]
        )
        begun = with_base(warehouse, "customers", ids)
        for row in chunk:
            name = row["source_id"]
            target, present = (known.get(WriteKey("customers", name, which)) for which in ("create", part))
            if name in begun or target is None or target.gorgias_id is None or target.state is State.CONFLICT:
                continue
            write = make(row, target.gorgias_id)
            ended = present is not None and present.state in {*WRITTEN, State.CONFLICT}
            if write is None or (ended and present and present.payload_hash != write.payload_hash):
                continue
            same = present is not None and present.payload_hash == write.payload_hash and present.state in WRITTEN
            older = bool(started and target.settled_at and target.settled_at < started) and present is None
            yield write, (target.state is State.ADOPTED or older) and not same


def values(
    warehouse: Warehouse,
    ledger: Ledger,
    reader: Reader,
    started: datetime | None = None,
    only: Sequence[str] | None = None,
) -> Iterator[Write]:
    """The field values of customers in their first load.

    Args:
        started: a customer made before may have been worked on.
        only: leave out all customers but these.
    """
    fields = ledger.known_writes.gorgias_ids("custom_fields")
    for write, held in _followed(
        warehouse, ledger, "values", lambda row, number: values_write(row, number, fields), started, only
    ):
        yield _beside_present(write, reader) if held else write


def _beside_present(write: Write, reader: Reader) -> Write:
    """On a customer that was there before: keep what it holds, add what it lacks, remember the image from before."""
    held = {row["field"]["id"]: row["value"] for row in reader.get(write.path)["data"]}
    kept = {number: value for number, value in held.items() if value is not None}
    whole = {row["id"]: row["value"] for row in write.body} | kept
    body = [{"id": number, "value": value} for number, value in sorted(whole.items())]
    return Write(write.key, "PUT", write.path, body, basis=write.basis, before=kept)


def data(
    warehouse: Warehouse,
    ledger: Ledger,
    reader: Reader,
    started: datetime | None = None,
    only: Sequence[str] | None = None,
) -> Iterator[Write]:
    """The `data` of customers in their first load, as `values`; what a customer holds beside ours stays."""
    for write, held in _followed(warehouse, ledger, "data", data_write, started, only):
        if held:
            present = reader.get(write.path.removesuffix("/data")).get("data")
            body = {"data": (present if isinstance(present, dict) else {}) | write.body["data"]}
            write = Write(write.key, "PUT", write.path, body, basis=write.body, before=present)
        yield write
