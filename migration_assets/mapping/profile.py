"""A profile of the source's values: how full, how varied, how long, of what shape. Never the values themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from resources.warehouse import Connection, Warehouse

SWEEPS = ("ivinex.organizations", "ivinex.contacts", "ivinex.ticket_sweep", "ivinex.activity_sweep", "ivinex.tasks")
SAMPLE_ROWS = 20_000
SHAPE_ROWS = 2_000
"""So many tell what the values look like; more would only cost time."""
EMPTY = "('', '0', '0.00', 'false', '0000-00-00', '0000-00-00 00:00:00', 'null')"
"""How an unset value comes over the wire (ivinex-api.md 4), as a list of SQL."""
SHAPES = {
    "email_share": r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$",
    "phone_share": r"^\+?[0-9][0-9 ()./-]{5,18}[0-9]$",
    "date_share": r"^[12][0-9]{3}-[01][0-9]-[0-3][0-9]",
    "number_share": r"^-?[0-9][0-9.,]*$",
    "url_share": r"^(https?://|www\.)\S+$",
    "sentence_share": r"\S+(\s+\S+){5,}",
}
"""Share of the filled values that look so."""
COLUMNS = ("collection_type_id", "field_name", "rows", "filled", "filled_share", "distinct_values", "max_length",
           "mean_length", "html_share", *SHAPES)  # fmt: skip

_SHARE = """coalesce(avg(CASE WHEN NOT empty AND place <= {rows}
           THEN regexp_matches(left(trim(value), 500), '{shape}')::INTEGER END), 0) AS {name}"""
_PROFILE = """
WITH sample AS (
    SELECT raw, row_number() OVER (ORDER BY hash(source_id)) AS place
    FROM {table} WHERE collection_type_id = ? ORDER BY place LIMIT {limit}
), cells AS (
    SELECT place, unnest([{names}]) AS field_name,
           unnest(json_extract_string(CASE WHEN json_valid(raw) THEN raw END, [{paths}])) AS value
    FROM sample
)
SELECT field_name, count(*) AS rows, count(*) FILTER (NOT empty) AS filled,
       approx_count_distinct(CASE WHEN NOT empty THEN left(value, 200) END) AS distinct_values,
       coalesce(max(CASE WHEN NOT empty THEN length(value) END), 0) AS max_length,
       coalesce(avg(CASE WHEN NOT empty THEN length(value) END), 0) AS mean_length,
       {shares},
       coalesce(avg(CASE WHEN NOT empty THEN regexp_matches(left(value, 2000), '<[a-zA-Z/][^>]*>')::INTEGER END), 0)
           AS html_share
FROM (
    SELECT *, value IS NULL OR trim(value) IN {empty} AS empty FROM cells
)
GROUP BY field_name
"""


def profile(warehouse: Warehouse | Connection, fields: pd.DataFrame) -> pd.DataFrame:
    """One row per field of the swept tabs.

    Args:
        fields: `ivinex.fields`.

    Returns:
        Columns `COLUMNS`. An unset option, date, flag or number counts as empty (ivinex-api.md 4), because a field
        that is everywhere unset should not win a place in the budget. At most `SAMPLE_ROWS` records a tab are read,
        chosen by the hash of their id, so that the same data gives the same profile.
    """
    found = []
    for table in SWEEPS:
        if not warehouse.exists(table):
            continue
        tabs = warehouse.query(f"SELECT DISTINCT collection_type_id AS tab FROM {table} ORDER BY tab")["tab"]  # noqa: S608
        for tab in tabs:
            names = list(fields.loc[fields["collection_type_id"] == tab, "field_name"])
            if names:
                found.append(_of_tab(warehouse, table, tab, names))
    return pd.concat(found, ignore_index=True)[list(COLUMNS)] if found else pd.DataFrame(columns=list(COLUMNS))


def _of_tab(warehouse: Warehouse | Connection, table: str, tab: str, names: list[str]) -> pd.DataFrame:
    literals = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    paths = ", ".join("'" + json_path(name).replace("'", "''") + "'" for name in names)
    shares = ", ".join(_SHARE.format(rows=SHAPE_ROWS, shape=shape, name=name) for name, shape in SHAPES.items())
    query = _PROFILE.format(table=table, limit=SAMPLE_ROWS, names=literals, paths=paths, shares=shares, empty=EMPTY)
    frame = warehouse.query(query, [tab])
    frame["collection_type_id"] = tab
    frame["filled_share"] = frame["filled"] / frame["rows"].clip(lower=1)
    return frame


def json_path(name: str) -> str:
    """Where a record holds a field; machine names may hold anything but a quote."""
    return '$."' + name.replace('"', "") + '"'
