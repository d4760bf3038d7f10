"""The warehouse file: opened for a batch and let go, in transactions of all or nothing; other processes are waited for.

It belongs here: when the file is open, for how long it is waited for, and what a full disk or a held lock is called.
It does not: how DuckDB opens a file (instance.py) and what can be asked of it (connection.py).

A file is never held across an HTTP call, because DuckDB lets one process write a file and refuses every other,
readers included (dagster.md 2.3).
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from resources.warehouse import instance
from resources.warehouse.connection import Connection
from resources.warehouse.erased import WarehouseErased, said_of
from resources.warehouse.table import Table

MEMORY_LIMIT = "600MB"
"""Keeps the process below 1 GiB without costing time: with 2 GB the sweep of 117,000 activities took 1.2 GiB
(docs/benchmarks.md), and with DuckDB's own default a bulk load took 6.3 GB (dagster.md 2.10)."""
LOCK_PATIENCE_SECONDS = 60.0
_HOLDER = re.compile(r"held in (.+?\(PID \d+\))")


class WarehouseLocked(Exception):
    """Another process holds the warehouse file."""


class WarehouseFull(Exception):
    """The disk under the warehouse is full; the transaction was rolled back."""


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

    @property
    def erased(self) -> str:
        """When it was erased for good, and what to do instead; empty where it was not."""
        return said_of(self.path)

    def require_not_erased(self) -> None:
        """
        Raises:
            WarehouseErased: it was erased for good.
        """
        if said := self.erased:
            raise WarehouseErased(said)

    def ensure(self, *tables: Table) -> None:
        with self._open() as connection:
            connection.ensure(*tables)

    def exists(self, table: Table | str) -> bool:
        with self._open() as connection:
            return connection.exists(table)

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
        with self._open() as connection:
            return connection.query(sql, params)

    def rows(
        self, sql: str, params: Sequence[Any] | dict[str, Any] = (), if_exists: Table | str | None = None
    ) -> list[dict[str, Any]]:
        with self._open() as connection:
            return connection.rows(sql, params, if_exists)

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

        The file is shared within the process, so that a call in here neither attaches it nor writes its log.
        """
        with self._open():
            yield

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        attached, failed = self._attach(), True
        try:
            yield Connection(attached.connection)
            failed = False
        finally:
            attached.let_go(failed)

    def _attach(self) -> instance.Attached:
        self.require_not_erased()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        deadline, wait = time.monotonic() + self.patience, 0.05
        try:
            return instance.attach(self.path, self.memory_limit)
        except duckdb.IOException as error:
            held = _require_lock(error)
        try:
            while time.monotonic() + wait <= deadline:
                instance.wait_for(self.path)
                self._sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
                wait = min(wait * 2, 2.0)
                try:
                    return instance.attach(self.path, self.memory_limit)
                except duckdb.IOException as error:
                    held = _require_lock(error)
        finally:
            instance.wait_no_more(self.path)
        raise WarehouseLocked(
            f"The warehouse {self.path} is held by another process ({_holder(held)}). "
            "Let that run end, or end it, and start again; nothing was changed."
        ) from held


def _require_lock(error: duckdb.IOException) -> duckdb.IOException:
    """
    Raises:
        duckdb.IOException: it says something else than that another process holds the file.
    """
    if "lock" not in str(error).lower():
        raise error
    return error


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
