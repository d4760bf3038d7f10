"""staging.custom_fields: the definitions that the confirmed map asks for."""

from typing import Any

import orjson
import pandas as pd

from checks.schemas.custom_fields import SCHEMA
from checks.table import table_of
from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.model import Role, data_type
from migration_assets.staging.context import STAGE, StagingContext
from migration_assets.staging.definitions.option_values import possible_values
from migration_assets.staging.staging_step import StagingStep
from resources.ledger import Outcome
from resources.warehouse import Connection

CUSTOM_FIELDS_TABLE = table_of(SCHEMA)
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
    return pd.DataFrame(staged, columns=list(CUSTOM_FIELDS_TABLE.columns))


def fill_custom_fields(step: StagingStep) -> dict[str, Any]:
    """Custom fields to create: external id, type, input and choices, options that are deleted but in use included."""
    inputs = step.inputs
    with step.warehouse.transaction() as tx:
        staged = stage_custom_fields(tx, inputs)
        tx.replace(CUSTOM_FIELDS_TABLE, staged)
    merged = [
        Outcome(item.external_id, "merged", f"shares the field {items[0].external_id}")
        for items in inputs.mapping.custom_fields().values()
        for item in items[1:]
    ]
    step.ledger.outcomes.record_outcomes("custom_fields", STAGE, merged)
    step.log.info(f"{len(staged)} custom fields, {len(merged)} more feed one of them")
    return {
        "dagster/row_count": len(staged),
        "source_rows": len(staged) + len(merged),
        "staged": len(staged),
        "merged": len(merged),
        "skipped": 0,
        "quarantined": 0,
        "ticket_fields": int((staged["object_type"] == "Ticket").sum()),
        "customer_fields": int((staged["object_type"] == "Customer").sum()),
    }
