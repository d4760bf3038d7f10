"""staging.tags: tags that must exist before a ticket may name them."""

from typing import Any

import pandas as pd

from checks.schemas.tags import SCHEMA
from checks.table import table_of
from migration_assets.staging.context import StagingContext
from migration_assets.staging.definitions.option_values import possible_values
from migration_assets.staging.definitions.tag_names import AI_IGNORE, TAG_LENGTH
from migration_assets.staging.staging_step import StagingStep
from resources.warehouse import Connection

TAGS_TABLE = table_of(SCHEMA)


def stage_tags(tx: Connection, context: StagingContext) -> pd.DataFrame:
    """`ai_ignore`, and every value of the fields that the map turns into tags."""
    names = {AI_IGNORE: "Imported from Ivinex: AI Agent does not answer. Remove after hypercare."}
    for role, _, item in context.mapping.each("standard"):
        if role == "ticket" and item.target.name == "tags":
            for value in possible_values(tx, role, item, context.lookups):
                names.setdefault(value[:TAG_LENGTH], f"Ivinex {item.label or item.source}"[:1024])
    return pd.DataFrame(list(names.items()), columns=list(TAGS_TABLE.columns))


def fill_tags(step: StagingStep) -> dict[str, Any]:
    """Tags to create: `ai_ignore`, and the values of the fields that the map turns into tags."""
    inputs = step.inputs
    with step.warehouse.transaction() as tx:
        staged = stage_tags(tx, inputs)
        tx.replace(TAGS_TABLE, staged)
    step.log.info(f"{len(staged)} tags")
    return {"dagster/row_count": len(staged), "staged": len(staged)}
