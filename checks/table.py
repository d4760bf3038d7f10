"""A pandera schema as a warehouse table: the same names and descriptions, declared once."""

import pandera.pandas as pa

from resources.warehouse import Table

_TYPES = {
    "string[python]": "VARCHAR",
    "str": "VARCHAR",
    "bool": "BOOLEAN",
    "int64": "BIGINT",
    "datetime64[us, UTC]": "TIMESTAMPTZ",
}


def table_of(schema: pa.DataFrameSchema) -> Table:
    """The table that holds the schema's rows.

    Raises:
        KeyError: a column type that has no DuckDB type here.
    """
    return Table(
        name=str(schema.name),
        columns={
            name: (_TYPES[str(column.dtype)], column.description or "") for name, column in schema.columns.items()
        },
    )
