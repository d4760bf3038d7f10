"""Customers: one create each, then one call for all custom field values, none where there are none."""

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg

from checks.gates import require_open
from migration_assets.gorgias.load import carry_out, merged, result
from resources.gorgias.client import Reader
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import Channel, Customer
from resources.gorgias.write import Write
from resources.ledger import Ledger, LedgerResource, Outcome
from resources.ledger.records import State, WriteKey
from resources.warehouse import Warehouse, WarehouseResource

CHUNK = 500


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "customers"]),
        dg.AssetKey(["gorgias", "custom_fields"]),
        dg.AssetKey(["gorgias", "canary"]),
    ],
)
def customers(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Customers with their channels, custom field values and `data`; existing ones are adopted by e-mail or phone.

    On an adopted customer empty fields are filled, filled ones stay, and the set of values is merged.
    """
    store, book = warehouse.get(), ledger.get()
    require_open(book, ["staging/customers", "gorgias/canary"])
    total = store.scalar("SELECT count(*) FROM staging.customers")
    with gorgias.gate(book, context.run.run_id) as gate:
        made = carry_out(context, gate, book, "gorgias/customers", total, creates(store))
        valued = carry_out(context, gate, book, "gorgias/customers: values", total, values(store, book, gorgias.reader))
        with_data = carry_out(context, gate, book, "gorgias/customers: data", total, data(store, book, gorgias.reader))
    return result(
        merged([made, valued, with_data]), customers=total, value_calls=valued.sent, data_calls=with_data.sent
    )


def creates(store: Warehouse) -> Iterator[Write]:
    """One create per staged customer."""
    return (_create(row) for chunk in _chunks(store) for row in chunk)


def _chunks(store: Warehouse) -> Iterator[list[dict[str, Any]]]:
    """Staged customers in chunks, by keyset, so that no connection is open while Gorgias is waited for."""
    after = ""
    while True:
        rows = store.rows(
            "SELECT * FROM staging.customers WHERE source_id > ? ORDER BY source_id LIMIT ?", [after, CHUNK]
        )
        if not rows:
            return
        yield rows
        after = rows[-1]["source_id"]


def _create(row: dict[str, Any]) -> Write:
    customer = Customer(
        external_id=row["external_id"],
        name=row["name"] or None,
        email=row["email"] or None,
        channels=[Channel(**channel) for channel in json.loads(row["channels"])],
    )
    source_id = row["source_id"]
    outcome = Outcome(source_id, "created", synthetic=row["kind"] == "stub", object="contacts")
    return Write(WriteKey("customers", source_id, "create"), "POST", "/api/customers", customer.body(), (outcome,))


def values(store: Warehouse, book: Ledger, reader: Reader) -> Iterator[Write]:
    """One PUT of the whole set per customer that has values."""
    fields = book.gorgias_ids("custom_fields")
    for chunk in _chunks(store):
        wanted = {row["source_id"]: json.loads(row["field_values"]) for row in chunk}
        creates = book.known([WriteKey("customers", source_id, "create") for source_id in wanted])
        present = book.known([WriteKey("customers", source_id, "values") for source_id in wanted])
        for source_id, given in wanted.items():
            target = creates.get(WriteKey("customers", source_id, "create"))
            asked = [{"id": fields[name], "value": value} for name, value in given.items() if name in fields]
            if not asked or target is None or target.gorgias_id is None or target.state is State.CONFLICT:
                continue
            path = f"/api/customers/{target.gorgias_id}/custom-fields"
            write = Write(WriteKey("customers", source_id, "values"), "PUT", path, asked, basis=asked)
            known = present.get(write.key)
            settled = known is not None and known.payload_hash == write.payload_hash and known.state is State.DONE
            yield _beside_present(write, reader) if target.state is State.ADOPTED and not settled else write


def _beside_present(write: Write, reader: Reader) -> Write:
    """On a customer that was there before: keep what it holds, add what it lacks, remember the image from before."""
    held = {row["field"]["id"]: row["value"] for row in reader.get(write.path)["data"]}
    kept = {number: value for number, value in held.items() if value is not None}
    whole = {row["id"]: row["value"] for row in write.body} | kept
    body = [{"id": number, "value": value} for number, value in sorted(whole.items())]
    return Write(write.key, "PUT", write.path, body, basis=write.basis, before=kept)


def data(store: Warehouse, book: Ledger, reader: Reader) -> Iterator[Write]:
    """`data` has a call of its own (gorgias-api.md 6.1) and takes what the field budget could not hold.

    It is kept under one key of ours; what an adopted customer holds beside it stays.
    """
    for chunk in _chunks(store):
        wanted = {row["source_id"]: json.loads(row["data"]) for row in chunk}
        creates = book.known([WriteKey("customers", source_id, "create") for source_id in wanted])
        present = book.known([WriteKey("customers", source_id, "data") for source_id in wanted])
        for source_id, given in wanted.items():
            target = creates.get(WriteKey("customers", source_id, "create"))
            if not given or target is None or target.gorgias_id is None or target.state is State.CONFLICT:
                continue
            path = f"/api/customers/{target.gorgias_id}"
            write = Write(WriteKey("customers", source_id, "data"), "PUT", f"{path}/data", {"data": {"ivinex": given}})
            known = present.get(write.key)
            if target.state is State.ADOPTED and (known is None or known.payload_hash != write.payload_hash):
                held = reader.get(path).get("data")
                beside = held if isinstance(held, dict) else {}
                body = {"data": beside | write.body["data"]}
                write = Write(write.key, "PUT", write.path, body, basis=write.body, before=held)
            yield write
