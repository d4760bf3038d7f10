"""Dagster's event log on SQLite, held open while a command works: recording events takes about a quarter less time.

Dagster opens a connection for every event and closes it again. The last connection to a database that closes copies
its write-ahead log into the main file and waits for the disk; while another one is open, that is left to SQLite's
own checkpoints. It belongs here: that one idle connection, to the index over all runs. The file of a single run is
left alone, because the UI follows a run by watching that file; so are other storages (PostgreSQL).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import dagster as dg

INDEX = "index"


@contextmanager
def held_open(instance: dg.DagsterInstance) -> Iterator[None]:
    """Keep one idle connection to the index of the event log open."""
    path_of = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_of is None:
        yield
        return
    with closing(sqlite3.connect(path_of(INDEX))) as connection:
        # A connection that has read nothing does not hold the log yet.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield
