"""Custom field definitions, created before any record needs them and recognised by their label."""

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg

from migration_assets.gorgias import checks
from migration_assets.gorgias.load.written_definitions import bases_of, enter_definitions
from migration_assets.gorgias.load_step import apply_writes, merged, require_all, result
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.rollback.reactivate import reactivate
from migration_assets.set_aside import first_set_aside
from resources.gorgias.client import Reader
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import CustomField
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger, LedgerResource, Outcome
from resources.ledger.records import WRITTEN, State, WriteKey
from resources.warehouse import Warehouse, WarehouseResource


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "custom_fields"]),
        dg.AssetKey(["gorgias", "preflight"]),
        dg.AssetKey(["gorgias", "account_before"]),
    ],
    check_specs=[checks.CUSTOM_FIELDS.check.spec],
)
def custom_fields(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Ticket and customer fields of the confirmed map, with `external_id` set to the Ivinex field's identifier."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    wanted = writes(open_warehouse)
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        reactivate(writer, open_ledger, wanted)
        tally = apply_writes(context, writer, open_ledger, "gorgias/custom_fields", len(wanted), wanted)
        require_all(tally, "custom fields", open_ledger, "custom_fields")
        more = list(new_choices(open_warehouse, open_ledger, gorgias.reader))
        added = apply_writes(context, writer, open_ledger, "gorgias/custom_fields: choices", len(more), more)
    _enter(open_warehouse, open_ledger, more)
    return result(
        merged([tally, added]),
        [checks.CUSTOM_FIELDS.report(context, open_warehouse, open_ledger)],
        fields=len(wanted),
        choices_added=added["done"],
        **first_set_aside(open_ledger, ["custom_fields"]),
    )


def writes(warehouse: Warehouse) -> list[Write]:
    return [_write(row) for row in _rows(warehouse)]


def new_choices(warehouse: Warehouse, ledger: Ledger, reader: Reader) -> Iterator[Write]:
    """Choices that a dropdown of ours got at the source since, beside those that it has by now.

    A field that was there before us (adopted) belongs to others and is left alone, which is told.
    """
    rows = {row["source_id"]: row for row in _rows(warehouse)}
    bases, known = (
        bases_of(warehouse, "custom_fields", list(rows)),
        ledger.known([_write(row).key for row in rows.values()]),
    )
    for key, was in known.items():
        row, base = rows[key.source_id], bases.get(key.source_id)
        if was.state is not State.DONE or base is None or row["input_type"] != "dropdown" or row["data_type"] != "text":
            continue
        new = [choice for choice in json.loads(row["choices"]) if choice not in (base.get("choices") or ())]
        if not new:
            continue
        path = f"/api/custom-fields/{was.gorgias_id}"
        held = reader.get(path)["definition"]
        choices = held["input_settings"].get("choices") or []
        settings = held["input_settings"] | {"choices": [*choices, *(one for one in new if one not in choices)]}
        body = {"definition": held | {"input_settings": settings}}
        yield Write(
            WriteKey("custom_fields", key.source_id, "choices"),
            "PUT",
            path,
            body,
            basis=[base["choices"], new],
            before=choices,
        )


def _enter(warehouse: Warehouse, ledger: Ledger, more: list[Write]) -> None:
    through = {key.source_id for key, row in ledger.known([one.key for one in more]).items() if row.state in WRITTEN}
    grown = {
        one.key.source_id: {"choices": one.body["definition"]["input_settings"]["choices"]}
        for one in more
        if one.key.source_id in through
    }
    enter_definitions(warehouse, ledger, "custom_fields", [(row, _write(row)) for row in _rows(warehouse)], grown)


def _rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    return warehouse.rows("SELECT * FROM staging.custom_fields ORDER BY source_id")


def _write(row: dict[str, Any]) -> Write:
    field = CustomField(
        object_type=row["object_type"],
        label=row["label"],
        description=row["description"] or None,
        priority=int(row["priority"]),
        external_id=row["external_id"],
        definition={"data_type": row["data_type"], "input_settings": _input_settings(row)},
    )
    source_id = row["source_id"]
    return Write(
        WriteKey("custom_fields", source_id, "create"),
        "POST",
        "/api/custom-fields",
        field.body(),
        (Outcome(source_id, "created"),),
    )


def _input_settings(row: dict[str, Any]) -> dict[str, Any]:
    """gorgias-api.md 6.5: a boolean is a dropdown too, and only a text dropdown needs its choices."""
    settings: dict[str, Any] = {"input_type": row["input_type"]}
    if row["data_type"] == "text" and row["input_type"] == "dropdown":
        settings["choices"] = json.loads(row["choices"])
    return settings
