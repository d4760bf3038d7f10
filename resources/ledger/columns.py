"""Brings a ledger that an earlier version made up to date: columns that came later are added when it is opened.

Such a column may be empty, so that old rows are as good as new ones. It belongs here: adding columns. It does not:
what they hold (tables.py), and changes of columns that are there already: there are none.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Engine, inspect
from sqlalchemy.schema import CreateColumn

from resources.ledger import tables


def add_missing_columns(engine: Engine) -> list[str]:
    """Add what is missing and say what it was, as `table.column`.

    Nothing is written, and nobody waited for, where all are there.
    """
    with engine.connect().execution_options(read_only=True) as connection:
        if not _missing(connection):
            return []
    # Again, now that nobody else can add them: two processes may open an old ledger at once.
    with engine.begin() as tx:
        missing = _missing(tx)
        exists = "" if engine.dialect.name == "sqlite" else "IF NOT EXISTS "
        for column in missing:
            definition = CreateColumn(column).compile(dialect=engine.dialect)
            tx.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {exists}{definition}")
    return [f"{column.table.name}.{column.name}" for column in missing]


def _missing(connection: Connection) -> Sequence[Column[Any]]:
    inspected = inspect(connection)
    present = {
        table.name: {one["name"] for one in inspected.get_columns(table.name)}
        for table in {column.table for column in tables.ADDED}
    }
    return [column for column in tables.ADDED if column.name not in present[column.table.name]]
