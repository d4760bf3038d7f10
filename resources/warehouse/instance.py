"""One DuckDB instance in a process, to which the file is attached for as long as somebody works on it.

It belongs here: instances, attaching, letting go. It does not: waiting for another process (warehouse.py).

Starting an instance takes 22 ms, attaching a file to one that runs 3 (docs/benchmarks.md), and a run asks some
hundred times: so the instance stays, for the next file as well, and the file, which other processes wait for, does not.
While a command's job runs (`lingering`), a file stays attached for a moment after its last use, unless another process
waits for it: that one leaves a mark beside the file.
"""

import atexit
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import duckdb

from resources.warehouse.schema_version import WarehouseNewer, require_known

NAME = "warehouse"
CONFIG: dict[str, str | bool | int | float | list[str]] = {"custom_user_agent": "dagster"}
CONNECTION_SETUP = "SET enable_progress_bar = false"
"""What each connection begins with (tests add to it). DuckDB draws a progress bar on standard output, also of a slow
detaching, where it takes the process for an interactive one."""
_INSTANCES: dict[tuple[int, Path], "_Instance"] = {}
"""(process, file) -> its instance. A forked child must not touch its parent's, so it finds none under its own id."""
_LOCK = threading.Lock()
LINGER_SECONDS = 0.05
WAITING = ".wanted"
"""Ending of the mark of a process that waits for the file."""
_STALE_SECONDS = 60.0
_LINGERING: list[int] = []
"""Blocks of `lingering` at work, by process."""


@dataclass
class _Instance:
    """
    Attributes:
        idle: connections to the attached file that nobody uses.
        idle_since: the file is attached although nobody uses it, since then.
    """

    root: duckdb.DuckDBPyConnection
    users: int = 0
    idle: list[duckdb.DuckDBPyConnection] = field(default_factory=list)
    known: bool = False
    spent: bool = False
    idle_since: float | None = None


@dataclass(frozen=True)
class Attached:
    """A connection on which the names of the file's tables resolve; other threads may have theirs beside it."""

    connection: duckdb.DuckDBPyConnection
    key: tuple[int, Path]

    def let_go(self, failed: bool) -> None:
        """Leave the connection to the next that asks; the last one detaches the file, which writes its log into it.

        Args:
            failed: something went wrong. A fatal error leaves a DuckDB instance unusable, so it is not used again.
        """
        with _LOCK:
            instance = _INSTANCES[self.key]
            if failed:
                self.connection.close()
            else:
                instance.idle.append(self.connection)
            instance.users -= 1
            instance.spent |= failed
            if instance.users:
                return
            if instance.spent:
                _end(self.key, instance)
            elif os.getpid() in _LINGERING and not _is_wanted(self.key[1]):
                instance.idle_since = time.monotonic()
            else:
                _detach(self.key, instance)


@contextmanager
def lingering() -> Iterator[None]:
    """Meanwhile this process lets a file go a moment after its last use, for work that comes back to it at once."""
    over = threading.Event()
    watch = threading.Thread(target=_let_idle_go, args=(over,), daemon=True)
    _LINGERING.append(os.getpid())
    watch.start()
    try:
        yield
    finally:
        _LINGERING.remove(os.getpid())
        over.set()
        watch.join()
        _detach_idle(0.0)


def _let_idle_go(over: threading.Event) -> None:
    while not over.wait(LINGER_SECONDS):
        _detach_idle(LINGER_SECONDS)


def _detach_idle(seconds: float) -> None:
    """Let go what nobody has used for so long, or another process waits for."""
    with _LOCK:
        for key, instance in list(_INSTANCES.items()):
            since = instance.idle_since
            if key[0] != os.getpid() or since is None:
                continue
            if time.monotonic() - since >= seconds or _is_wanted(key[1]):
                _detach(key, instance)


def wait_for(path: Path) -> None:
    """Leave a mark that this process waits for the file."""
    with suppress(OSError):
        path.with_name(path.name + WAITING).touch(mode=0o600)


def wait_no_more(path: Path) -> None:
    """Take the mark away; who waits as well leaves it anew."""
    with suppress(OSError):
        path.with_name(path.name + WAITING).unlink(missing_ok=True)


def _is_wanted(path: Path) -> bool:
    try:
        return time.time() - path.with_name(path.name + WAITING).stat().st_mtime < _STALE_SECONDS
    except OSError:
        return False


def attach(path: Path, memory_limit: str) -> Attached:
    """Attach a file to this process's instance, unless it is attached already.

    Raises:
        duckdb.IOException: another process holds the file, or it is no database.
        WarehouseNewer: a newer release has worked with it.
    """
    key = _key(path)
    with _LOCK:
        instance = _INSTANCES.get(key) or _start(key)
        try:
            if instance.idle_since is not None:
                instance.idle_since = None
            elif not instance.users:
                quoted = str(key[1]).replace("'", "''")
                instance.root.execute(f"SET memory_limit = '{memory_limit}'")
                # A signal that ended the last batch may have come between its end and the detaching.
                instance.root.execute(f"ATTACH IF NOT EXISTS '{quoted}' AS {NAME}")
            connection = instance.idle.pop() if instance.idle else _connected(instance)
            if not instance.known:
                require_known(connection, path)
                instance.known = True
        except (duckdb.Error, WarehouseNewer):
            if not instance.users:
                _end(key, instance)
            raise
        instance.users += 1
        return Attached(connection, key)


def is_attached(path: Path) -> bool:
    """Whether this process works with the file; then its version is known, and nothing else may open it here."""
    with _LOCK:
        instance = _INSTANCES.get(_key(path))
        return instance is not None and (instance.users > 0 or instance.idle_since is not None)


def _key(path: Path) -> tuple[int, Path]:
    return os.getpid(), _resolved(path)


@lru_cache(maxsize=64)
def _resolved(path: Path) -> Path:
    """Once for a file: a look at each of its folders for each statement took a thirtieth of a run."""
    return path.resolve()


@atexit.register
def end_idle() -> None:
    """End the instances of this process that nobody uses."""
    for key, instance in list(_INSTANCES.items()):
        if key[0] == os.getpid() and not instance.users:
            _end(key, instance)


def _start(key: tuple[int, Path]) -> _Instance:
    """An instance that nobody uses any more, or a new one: one process works on one warehouse at a time."""
    root = _idle() or duckdb.connect(":memory:", config=CONFIG)
    beside = str(key[1]).replace("'", "''")
    try:
        root.execute(f"SET temp_directory = '{beside}.tmp'")
    except duckdb.Error:
        # It has worked on disk beside its last file and cannot do so elsewhere.
        root.close()
        root = duckdb.connect(":memory:", config={**CONFIG, "temp_directory": f"{key[1]}.tmp"})
    root.execute(CONNECTION_SETUP)
    root.execute("SET GLOBAL TimeZone = 'UTC'")
    return _INSTANCES.setdefault(key, _Instance(root))


def _connected(instance: _Instance) -> duckdb.DuckDBPyConnection:
    connection = instance.root.cursor()
    connection.execute(f"USE {NAME}")
    connection.execute(CONNECTION_SETUP)
    return connection


def _idle() -> duckdb.DuckDBPyConnection | None:
    """The instance of another file that nobody uses, with no file; further ones are ended."""
    for key, instance in list(_INSTANCES.items()):
        if key[0] == os.getpid() and not instance.users:
            _close_idle(instance)
            try:
                # A signal may have come between the end of its last batch and the detaching.
                instance.root.execute(f"DETACH DATABASE IF EXISTS {NAME}")
            except duckdb.Error:
                _end(key, instance)
                continue
            del _INSTANCES[key]
            end_idle()
            return instance.root
    return None


def _detach(key: tuple[int, Path], instance: _Instance) -> None:
    instance.idle_since = None
    _close_idle(instance)
    try:
        instance.root.execute(f"DETACH {NAME}")
    except duckdb.Error:
        # The disk is full: what was committed stays in the log beside the file, where the next to open it finds it.
        _end(key, instance)


def _close_idle(instance: _Instance) -> None:
    while instance.idle:
        instance.idle.pop().close()


def _end(key: tuple[int, Path], instance: _Instance) -> None:
    del _INSTANCES[key]
    _close_idle(instance)
    instance.root.close()
