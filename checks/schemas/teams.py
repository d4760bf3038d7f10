"""staging.teams: Ivinex groups that become teams (gorgias-api.md 6.3). How long a name may be is not published."""

from checks.schemas.limits import json_list, not_blank, row_rule, schema, storable, text

SCHEMA = schema(
    "teams",
    {
        "source_id": text("`ivinex:group:<group_id>`", unique=True),
        "name": text("name, by which a team of the account is recognised", not_blank(), storable(), unique=True),
        "members": text("JSON list of rows of staging.users", json_list(lambda _: True, "a JSON list")),
        "merged": text("JSON list of groups of the same name", json_list(lambda _: True, "a JSON list")),
    },
    "Teams to create, with their members.",
    [
        row_rule(
            lambda rows: ~rows["name"].str.split().str.join(" ").str.casefold().duplicated(keep=False),
            "no name twice, whatever its letter case",
        ),
    ],
)
