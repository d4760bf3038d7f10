"""staging.tags: tags that must exist before a ticket may name them (gorgias-api.md 6.4)."""

from checks.schemas.limits import at_most, not_blank, schema, storable, text

SCHEMA = schema(
    "tags",
    {
        "name": text("name, case-sensitive", not_blank(), storable(), at_most(256), unique=True),
        "description": text("what it is for", at_most(1024)),
    },
    "Tags that imported tickets carry.",
)
