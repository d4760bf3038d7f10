"""Dagster's event log on SQLite, held open while a command works: recording events takes about a quarter less time.

Dagster opens a connection for every event and closes it again. The last connection to a database that closes copies
its write-ahead log into the main file and waits for the disk; while another one is open, that is left to SQLite's
own checkpoints. It belongs here: that one idle connection. Other storages (PostgreSQL) are left alone.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import dagster as dg

INDEX = "index"


@contextmanager
def held_open(instance: dg.DagsterInstance, shard: str = INDEX) -> Iterator[None]:
    """Keep one idle connection to a file of the event log open.

    Args:
        shard: `index`, or a run's id: each run has a file of its own, which is made here where it is missing.
    """
    path_of = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_of is None:
        yield
        return
    if shard != INDEX:
        instance.all_logs(shard)
    with closing(sqlite3.connect(path_of(shard))) as connection:
        # A connection that has read nothing does not hold the log yet.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield
