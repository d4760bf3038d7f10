"""staging.tags: tags that must exist before a ticket may name them."""

import dagster as dg
import pandas as pd

from checks.schemas.tags import SCHEMA
from checks.table import table_of
from migration_assets.settings import SettingsResource
from migration_assets.staging import checks
from migration_assets.staging.context import StagingContext, read_context
from migration_assets.staging.definitions.option_values import possible_values
from migration_assets.staging.definitions.tag_names import AI_IGNORE, TAG_LENGTH
from resources.ledger import LedgerResource
from resources.warehouse import Connection, WarehouseResource

TABLE = table_of(SCHEMA)


def stage_tags(tx: Connection, context: StagingContext) -> pd.DataFrame:
    """`ai_ignore`, and every value of the fields that the map turns into tags."""
    names = {AI_IGNORE: "Imported from Ivinex: AI Agent does not answer. Remove after hypercare."}
    for role, _, item in context.mapping.each("standard"):
        if role == "ticket" and item.target.name == "tags":
            for value in possible_values(tx, role, item, context.lookups):
                names.setdefault(value[:TAG_LENGTH], f"Ivinex {item.label or item.source}"[:1024])
    return pd.DataFrame(list(names.items()), columns=list(TABLE.columns))


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    deps=[dg.AssetKey(["mapping", "confirmed"]), dg.AssetKey(["ivinex", "ticket_sweep"])],
    metadata=TABLE.metadata(),
    check_specs=checks.TAGS.specs,
)
def tags(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tags to create: `ai_ignore`, and the values of the fields that the map turns into tags."""
    open_warehouse = warehouse.get()
    inputs = read_context(settings.get(), ledger.get(), open_warehouse)
    with open_warehouse.transaction() as tx:
        staged = stage_tags(tx, inputs)
        tx.replace(TABLE, staged)
    context.log.info(f"{len(staged)} tags")
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(staged), "staged": len(staged)},
        check_results=checks.TAGS.report(context, open_warehouse, ledger.get()),
    )
