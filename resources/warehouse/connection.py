"""What can be asked of the warehouse on one open connection.

It belongs here: statements, slices, frames in and out. It does not: when a connection opens and ends (warehouse.py).
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from resources.warehouse.table import Table


class Connection:
    """The operations of the warehouse on one open connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection

    def ensure(self, *tables: Table) -> None:
        for table in tables:
            if not self.exists(table):
                self._connection.execute(table.ddl())

    def exists(self, table: Table | str) -> bool:
        # Asked of the binder: a look through the catalog's tables costs eight times as much, and a statement that fails
        # would end the transaction.
        try:
            self._connection.table(table if isinstance(table, str) else table.name)
        except duckdb.CatalogException:
            return False
        return True

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
        return self._connection.execute(sql, params).df()

    def rows(
        self, sql: str, params: Sequence[Any] | dict[str, Any] = (), if_exists: Table | str | None = None
    ) -> list[dict[str, Any]]:
        """The same as dicts of plain values: None for NULL, aware datetimes in UTC; [] where a table is not there."""
        if if_exists is not None and not self.exists(if_exists):
            return []
        cursor = self._connection.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def scalar(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> Any:
        # All of them: a result that is not read to its end holds the file, and refuses what comes next.
        rows = self._connection.execute(sql, params).fetchall()
        return rows[0][0] if rows else None

    def execute(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> None:
        self._connection.execute(sql, params)

    def write_lines(self, sql: str, file: Path) -> int:
        """Write the rows of a query as JSON, one object a line, without holding them; returns how many."""
        target = str(file).replace("'", "''")
        done = self._connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT json)").fetchone()
        return int(done[0]) if done else 0

    def append(self, table: Table, frame: pd.DataFrame) -> None:
        """Insert a frame by column name; a column that the table does not declare is an error."""
        self.ensure(table)
        if frame.empty:
            return
        names = ", ".join(f'"{name}"' for name in frame.columns)
        self._connection.register("incoming", frame)
        try:
            self._connection.execute(f"INSERT INTO {table.name} BY NAME SELECT {names} FROM incoming")  # noqa: S608
        finally:
            # An aborted transaction refuses even this, and would hide the error that aborted it.
            with suppress(duckdb.Error):
                self._connection.unregister("incoming")

    def delete_slice(self, table: Table, key_column: str, keys: Sequence[str]) -> None:
        self.ensure(table)
        self._connection.execute(
            f'DELETE FROM {table.name} WHERE list_contains(?, "{key_column}")',  # noqa: S608
            [list(keys)],
        )

    def replace_slice(self, table: Table, key_column: str, keys: Sequence[str], frame: pd.DataFrame) -> None:
        """Delete the rows of the given keys and insert the frame: what makes a partition idempotent."""
        self.delete_slice(table, key_column, keys)
        self.append(table, frame)

    def replace(self, table: Table, frame: pd.DataFrame) -> None:
        """Drop and refill a whole table, so that a changed declaration takes effect."""
        self._connection.execute(f"DROP TABLE IF EXISTS {table.name}")
        self.append(table, frame)
