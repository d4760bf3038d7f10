"""Custom field definitions, created before any record needs them and recognised by their label."""

import json
from typing import Any

import dagster as dg

from migration_assets.gorgias import checks
from migration_assets.gorgias.load import carry_out, require_all, result
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.set_aside import first_set_aside
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import CustomField
from resources.gorgias.write import Write
from resources.ledger import LedgerResource, Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse, WarehouseResource


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[dg.AssetKey(["staging", "custom_fields"]), dg.AssetKey(["gorgias", "preflight"])],
    check_specs=[checks.CUSTOM_FIELDS.check.spec],
)
def custom_fields(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Ticket and customer fields of the confirmed map, with `external_id` set to the Ivinex field's identifier."""
    wanted, book = writes(warehouse.get()), ledger.get()
    with loading(context, gorgias, book, warehouse.get()) as gate:
        tally = carry_out(context, gate, book, "gorgias/custom_fields", len(wanted), wanted)
    require_all(tally, "custom fields", book, "custom_fields")
    return result(
        tally,
        [checks.CUSTOM_FIELDS.report(context, warehouse.get(), book)],
        fields=len(wanted),
        **first_set_aside(book, ["custom_fields"]),
    )


def writes(store: Warehouse) -> list[Write]:
    return [_write(row) for row in store.rows("SELECT * FROM staging.custom_fields ORDER BY source_id")]


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
