"""The events of many days written at once: Dagster's event log on SQLite opens three connections for each of them.

It belongs here: one transaction a database for what this thread records meanwhile. It does not: what is recorded
(step_check.py), by which statements (event_batch.py), and how a command holds the log
(orchestration/event_log_engines.py). Other storages are left alone.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite import sqlite_event_log
from sqlalchemy.pool import NullPool

from checks.event_batch import goes_in_batch, without_repetition, write_batch


@contextmanager
def one_transaction(instance: Any) -> Iterator[None]:
    """What this thread writes to the event log is committed when it ends, or not at all where an error ends it.

    Dagster has no option for it. Each of its writes asks `_connect` for a connection to the database of a run or of
    the index over all runs; here it is given the same one until the end. Events about days wait until the end, or until
    something else is written or read.
    """
    storage = getattr(instance, "event_log_storage", None)
    # A connection for itself is what Dagster gives out; where that changed, or is done already, nothing is done.
    if not isinstance(storage, sqlite_event_log.SqliteEventLogStorage) or "_connect" in vars(storage):
        yield
        return
    opened: dict[str, Any] = {}
    waiting: list[Any] = []
    here, connect, store = threading.get_ident(), storage._connect, storage.store_event

    def write_waiting() -> None:
        events, waiting[:] = waiting[:], []
        if events:
            write_batch(storage, events)

    def store_event(event: Any) -> None:
        if threading.get_ident() == here and goes_in_batch(event):
            waiting.append(event)
        else:
            store(event)

    with ExitStack() as stack:
        stack.enter_context(without_repetition(storage))

        @contextmanager
        def shared(shard: str) -> Iterator[Any]:
            if threading.get_ident() != here:
                with connect(shard) as other:
                    yield other
                return
            write_waiting()
            if shard not in opened:
                if shard not in storage._initialized_dbs:
                    with connect(shard):
                        pass
                url = storage.conn_string_for_shard(shard)
                engine = sqlite_event_log.create_engine(url, poolclass=NullPool, connect_args={"timeout": 60})
                opened[shard] = stack.enter_context(engine.connect())
                stack.enter_context(opened[shard].begin())
            yield opened[shard]

        storage._connect, storage.store_event = shared, store_event  # type: ignore[method-assign]
        try:
            yield
            write_waiting()
        finally:
            del storage._connect, storage.store_event
