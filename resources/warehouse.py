"""The warehouse: one DuckDB file that holds bulk, rebuildable data (source versions, staged rows, read-back rows).

This is the only module that opens DuckDB. It belongs here: connections, transactions, table declarations, slices.
It does not: what a table means (its room says so) and anything that must survive a rebuild (that is the ledger's).

A connection is opened for a batch and closed again; it is never held across an HTTP call, because DuckDB lets
one process write a file and refuses every other, readers included (dagster.md 2.3).
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from dagster_duckdb import DuckDBResource
from pydantic import Field

MEMORY_LIMIT = "600MB"
"""Keeps the process below 1 GiB without costing time: with 2 GB the sweep of 117,000 activities took 1.2 GiB
(docs/benchmarks.md), and with DuckDB's own default a bulk load took 6.3 GB (dagster.md 2.10)."""
LOCK_PATIENCE_SECONDS = 60.0
_OPENING = threading.Lock()
"""A thread that opens the file while another one does so too may meet a DuckDB without its scan functions."""
_HOLDER = re.compile(r"held in (.+?\(PID \d+\))")


class WarehouseLocked(Exception):
    """Another process holds the warehouse file."""


class WarehouseFull(Exception):
    """The disk under the warehouse is full; the transaction was rolled back."""


@dataclass(frozen=True)
class Table:
    """A declared table: explicit types, because a frame's inferred ones are wrong for nullable integers.

    Attributes:
        name: `schema.table`; the schema is the room.
        columns: column name -> (DuckDB type, what it holds).
    """

    name: str
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)

    def ddl(self) -> str:
        body = ", ".join(f'"{name}" {kind}' for name, (kind, _) in self.columns.items())
        return f"CREATE SCHEMA IF NOT EXISTS {self.name.split('.')[0]}; CREATE TABLE IF NOT EXISTS {self.name} ({body})"

    def metadata(self) -> dict[str, Any]:
        """Definition metadata for the asset that fills this table."""
        columns = [dg.TableColumn(name, kind, description=text) for name, (kind, text) in self.columns.items()]
        return {"dagster/column_schema": dg.TableSchema(columns=columns), "dagster/table_name": self.name}


class Connection:
    """The operations of the warehouse on one open connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection

    def ensure(self, *tables: Table) -> None:
        for table in tables:
            self._connection.execute(table.ddl())

    def exists(self, table: Table | str) -> bool:
        schema, name = (table if isinstance(table, str) else table.name).split(".")
        found = self._connection.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", [schema, name]
        )
        return found.fetchone() is not None

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
        return self._connection.execute(sql, params).df()

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """The same as dicts of plain values: None for NULL, aware datetimes in UTC."""
        cursor = self._connection.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def scalar(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> Any:
        row = self._connection.execute(sql, params).fetchone()
        return row[0] if row else None

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


class Warehouse:
    """Opens the file briefly for each call; `transaction()` keeps one connection for chunked work, `held()` the file.

    Args:
        path: the DuckDB file; its folder is made.
        memory_limit: DuckDB's own limit; beyond it, DuckDB works on disk beside the file.
        patience: seconds to wait for another process's lock before `WarehouseLocked`.
        sleep: injected in tests.
    """

    def __init__(
        self,
        path: Path,
        memory_limit: str = MEMORY_LIMIT,
        patience: float = LOCK_PATIENCE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.path = Path(path)
        self.memory_limit = memory_limit
        self.patience = patience
        self._sleep = sleep

    def ensure(self, *tables: Table) -> None:
        with self._open() as connection:
            connection.ensure(*tables)

    def exists(self, table: Table | str) -> bool:
        with self._open() as connection:
            return connection.exists(table)

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
        with self._open() as connection:
            return connection.query(sql, params)

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        with self._open() as connection:
            return connection.rows(sql, params)

    def scalar(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> Any:
        with self._open() as connection:
            return connection.scalar(sql, params)

    def execute(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> None:
        with self.transaction() as tx:
            tx.execute(sql, params)

    def append(self, table: Table, frame: pd.DataFrame) -> None:
        with self.transaction() as tx:
            tx.append(table, frame)

    def replace(self, table: Table, frame: pd.DataFrame) -> None:
        with self.transaction() as tx:
            tx.replace(table, frame)

    def replace_slice(self, table: Table, key_column: str, keys: Sequence[str], frame: pd.DataFrame) -> None:
        with self.transaction() as tx:
            tx.replace_slice(table, key_column, keys, frame)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One connection, one transaction: all of it or nothing.

        Raises:
            WarehouseFull: the disk is full; nothing of this transaction was kept.
        """
        with self._open() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                _roll_back(connection)
                if _is_full(error):
                    raise WarehouseFull(
                        f"No space left under {self.path}: the batch was rolled back and what was committed "
                        "before is kept. Free space, or move MIGRATION_HOME, and run the same command again."
                    ) from error
                raise

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the file open for work in many calls, none of which waits for the network.

        Opening it costs 20 to 80 ms; an open database is shared within the process, so that each call in here costs 1.
        """
        with self._open():
            yield

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        connection = self._connect()
        try:
            connection.execute("SET TimeZone = 'UTC'")
            # DuckDB draws one on standard output where it takes the process for an interactive one.
            connection.execute("SET enable_progress_bar = false")
            yield Connection(connection)
        finally:
            connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self.memory_limit,
            "custom_user_agent": "dagster",
        }
        deadline, wait = time.monotonic() + self.patience, 0.05
        while True:
            try:
                with _OPENING:
                    return duckdb.connect(str(self.path), config=config)
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
                if time.monotonic() + wait > deadline:
                    raise WarehouseLocked(
                        f"The warehouse {self.path} is held by another process ({_holder(error)}). "
                        "Let that run end, or end it, and start again; nothing was changed."
                    ) from error
            self._sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
            wait = min(wait * 2, 2.0)


class WarehouseResource(DuckDBResource):
    """The warehouse as a Dagster resource, in place of dagster-duckdb's connection handling.

    That one waits up to 102 s without jitter for a lock and leaves the connection open when the body raises
    (dagster.md 2.3), so only its configuration is kept.
    """

    memory_limit: str = Field(default=MEMORY_LIMIT, description="DuckDB's memory limit")

    def get(self) -> Warehouse:
        return Warehouse(Path(self.database), self.memory_limit)

    @contextmanager
    def get_connection(self) -> Iterator[Connection]:
        with self.get().transaction() as tx:
            yield tx


def _roll_back(connection: Connection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        # A failed COMMIT has already ended the transaction; the first error is the one to show.
        return


def _is_full(error: BaseException) -> bool:
    text = str(error).lower()
    return isinstance(error, (duckdb.Error, OSError)) and ("no space left" in text or "disk full" in text)


def _holder(error: Exception) -> str:
    """`.../bin/python3.11 (PID 4711)` out of DuckDB's message."""
    found = _HOLDER.search(str(error))
    return found[1] if found else "holder unknown"
