"""staging.custom_fields: the definitions that the confirmed map asks for."""

import dagster as dg
import orjson
import pandas as pd

from checks.schemas.custom_fields import SCHEMA
from checks.table import table_of
from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.model import Role, data_type
from migration_assets.settings import SettingsResource
from migration_assets.staging import checks
from migration_assets.staging.context import STAGE, StagingContext, read_context
from migration_assets.staging.definitions.option_values import possible_values
from resources.ledger import LedgerResource, Outcome
from resources.warehouse import Connection, WarehouseResource

TABLE = table_of(SCHEMA)
TOP_PRIORITY = 1_000


def stage_custom_fields(tx: Connection, context: StagingContext) -> pd.DataFrame:
    """One row per custom field of the map, in the map's order.

    Returns:
        staging.custom_fields. A field that several tabs feed has the external id of the first, and the choices of all.
    """
    tab_names = {row["collection_type_id"]: row["tab"] for row in to_rows(context.fields)}
    owners: dict[str, Role] = context.mapping.tabs()
    staged = []
    for order, ((object_type, label), items) in enumerate(context.mapping.custom_fields().items()):
        first = items[0]
        kind, entry = data_type(first)
        choices: list[str] = []
        if (kind, entry) == ("text", "dropdown"):
            for item in items:
                choices += possible_values(tx, owners[item.collection_type_id], item, context.lookups)
        tabs = ", ".join(str(tab_names.get(item.collection_type_id, item.collection_type_id)) for item in items)
        staged.append(
            {
                "source_id": first.external_id,
                "external_id": first.external_id,
                "object_type": object_type,
                "label": label,
                "description": f"Ivinex field {first.label or first.source} ({first.source}) of {tabs}"[:1024],
                "data_type": kind,
                "input_type": entry,
                "choices": orjson.dumps(list(dict.fromkeys(choices))).decode(),
                "priority": max(0, TOP_PRIORITY - 10 * order),
                "collection_type_id": first.collection_type_id,
                "field_name": first.source,
            }
        )
    return pd.DataFrame(staged, columns=list(TABLE.columns))


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    deps=[
        dg.AssetKey(["mapping", "confirmed"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("fields", "users", "organizations", "contacts", "ticket_sweep")),
    ],
    metadata=TABLE.metadata(),
    check_specs=checks.CUSTOM_FIELDS.specs,
)
def custom_fields(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Custom fields to create: external id, type, input and choices, options that are deleted but in use included."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    inputs = read_context(settings.get(), open_ledger, open_warehouse)
    with open_warehouse.transaction() as tx:
        staged = stage_custom_fields(tx, inputs)
        tx.replace(TABLE, staged)
    merged = [
        Outcome(item.external_id, "merged", f"shares the field {items[0].external_id}")
        for items in inputs.mapping.custom_fields().values()
        for item in items[1:]
    ]
    open_ledger.record_outcomes("custom_fields", STAGE, merged)
    context.log.info(f"{len(staged)} custom fields, {len(merged)} more feed one of them")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(staged),
            "source_rows": len(staged) + len(merged),
            "staged": len(staged),
            "merged": len(merged),
            "skipped": 0,
            "quarantined": 0,
            "ticket_fields": int((staged["object_type"] == "Ticket").sum()),
            "customer_fields": int((staged["object_type"] == "Customer").sum()),
        },
        check_results=checks.CUSTOM_FIELDS.report(context, open_warehouse, open_ledger, inputs),
    )
