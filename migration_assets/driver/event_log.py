"""Dagster's SQLite event log with one engine per database instead of one per statement.

A new SQLAlchemy engine compiles every statement anew, which was a fifth of a run's processor time; and the last
connection to a database that closes writes it out to the disk, which was a third of its waiting. Files and tables are
Dagster's own, so an instance may go from one class to the other. Named in dagster.yaml.

It belongs here: how connections are made. It does not: what is stored (Dagster's SqliteEventLogStorage).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine

KEPT_ENGINES = 8
"""A process writes one run at a time; the UI reads a few."""


class EventLog(SqliteEventLogStorage):
    """What SqliteEventLogStorage is, faster.

    Only the index keeps its connection open: the UI follows a run by watching the run's file, and that is written
    to when its last connection closes.

    Args:
        home: DAGSTER_HOME; the databases are where Dagster has them by default.
    """

    def __init__(self, home: str, inst_data: ConfigurableClassData | None = None):
        self._engine = lru_cache(KEPT_ENGINES)(self._new_engine)
        super().__init__(str(Path(home) / "history" / "runs"), inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"home": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> "EventLog":
        return cls(config_value["home"], inst_data)

    def dispose(self) -> None:
        super().dispose()
        self._engine(INDEX_SHARD_NAME).dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _new_engine(self, shard: str) -> Engine:
        return create_engine(
            self.conn_string_for_shard(shard),
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            poolclass=QueuePool if shard == INDEX_SHARD_NAME else NullPool,
        )
