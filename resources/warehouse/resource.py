"""The warehouse as a Dagster resource.

It belongs here: configuration. It does not: how the file is opened (instance.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_duckdb import DuckDBResource
from pydantic import Field

from resources.warehouse.connection import Connection
from resources.warehouse.warehouse import MEMORY_LIMIT, Warehouse


class WarehouseResource(DuckDBResource):
    """The warehouse, in place of dagster-duckdb's connection handling.

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
