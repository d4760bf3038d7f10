"""staging.tags: tags that must exist before a ticket may name them."""

import pandas as pd

from checks.schemas.tags import SCHEMA
from checks.table import table_of
from migration_assets.staging.context import StagingContext
from migration_assets.staging.definitions.option_values import possible_values
from migration_assets.staging.definitions.tag_names import AI_IGNORE, TAG_LENGTH
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
