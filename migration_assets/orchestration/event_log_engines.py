"""Dagster's storage while a command works: about a third of the local work is recording events.

Dagster makes a database engine for every event, which compiles its statements anew, and opens a connection that it
closes again. The last connection to a database that closes copies its write-ahead log into the main file and waits
for the disk; while another one is open, that is left to SQLite's own checkpoints.

Events of one step about many days (what is planned for each, and that each was made) are written in one transaction,
which Dagster does for its cloud only. A commit does not wait for the disk (`synchronous=NORMAL`): a power loss may take
the last events of a run, whose truth is the ledger, and never breaks the file.

It belongs here: engines that are kept, one idle connection to the index over all runs, and Dagster's own schema
revisions, which each new database of a run is stamped with. The file of a single run
is not held, because the UI follows a run by watching that file. On PostgreSQL Dagster opens a connection for each
event, unless it is told to pool them, as its webserver is: 28 ms an event in place of 89.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sql import ScriptDirectory
from sqlalchemy import event

from checks.event_batch import without_repetition
from checks.event_transaction import one_transaction

INDEX = "index"
KEPT = 8
"""Engines: that of the index, and those of the latest runs."""
STATEMENT_MILLISECONDS, RECYCLE_SECONDS, MORE_CONNECTIONS = 60_000, 3600, 20
BATCH, BATCH_VARIABLE = 1_000, "DAGSTER_EVENT_BATCH_SIZE"


@contextmanager
def cached_event_log_engines(instance: dg.DagsterInstance) -> Iterator[None]:
    """Keep the engines of the event log, and one idle connection to its index."""
    path_of = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_of is None:
        _pool_connections(instance)
        yield
        return
    index = closing(sqlite3.connect(path_of(INDEX)))
    with engines_kept(), batches_written(instance), without_repetition(instance.event_log_storage), index as connection:
        # A connection that has read nothing does not hold the log yet.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield


def _pool_connections(instance: dg.DagsterInstance) -> None:
    """For what knows how to (dagster-postgres); the engines end with the instance."""
    for storage in (instance.event_log_storage, instance.run_storage, instance.schedule_storage):
        pool = getattr(storage, "optimize_for_webserver", None)
        if pool is not None:
            pool(statement_timeout=STATEMENT_MILLISECONDS, pool_recycle=RECYCLE_SECONDS, max_overflow=MORE_CONNECTIONS)


@contextmanager
def engines_kept() -> Iterator[None]:
    """Give Dagster's event log the same engine whenever it asks for one of the same database.

    Dagster has no option for it, so the name by which its module makes engines is exchanged. It asks with its own
    lock held, and its engines pool no connections, so that each event still has a connection of its own.
    """
    make = getattr(sqlite_event_log, "create_engine", None)
    if make is None:  # another Dagster, which may do without
        yield
        return
    kept: dict[str, Any] = {}

    def create_engine(url: str, **options: Any) -> Any:
        engine = kept.pop(url, None)
        if engine is None:
            engine = make(url, **options)
            event.listen(engine, "connect", _without_waiting)
        kept[url] = engine
        if len(kept) > KEPT:
            del kept[next(iter(kept))]
        return engine

    sqlite_event_log.create_engine = create_engine  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite_event_log.create_engine = make


@contextmanager
def revisions_read_once() -> Iterator[None]:
    """Stamp each new database with the newest revision without reading all revisions anew, fifty files twice a run."""
    make, kept = vars(ScriptDirectory)["from_config"], dict[tuple[Any, Any], ScriptDirectory]()
    read = ScriptDirectory.from_config

    def from_config(config: Any) -> ScriptDirectory:
        place = config.config_file_name, config.get_main_option("script_location")
        if place not in kept:
            kept[place] = read(config)
        return kept[place]

    ScriptDirectory.from_config = from_config  # type: ignore[method-assign]
    try:
        yield
    finally:
        ScriptDirectory.from_config = make  # type: ignore[method-assign]


@contextmanager
def batches_written(instance: dg.DagsterInstance) -> Iterator[None]:
    """Events that Dagster sends as a batch are written as one."""
    storage, before = instance.event_log_storage, os.environ.get(BATCH_VARIABLE)

    def store_event_batch(events: Iterable[dg.EventLogEntry]) -> None:
        with one_transaction(instance):
            for one in events:
                storage.store_event(one)

    os.environ[BATCH_VARIABLE] = str(BATCH)
    storage.store_event_batch = store_event_batch  # type: ignore[method-assign]
    try:
        yield
    finally:
        vars(storage).pop("store_event_batch", None)  # another instance of this process may have taken it off
        if before is None:
            del os.environ[BATCH_VARIABLE]
        else:
            os.environ[BATCH_VARIABLE] = before


def _without_waiting(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")
