"""Whether a UI lives: a lock that is held by every process which can run a job outside of the command.

Such a process (a code server, a worker of a run, `dagster job execute`) loads the code location and holds the lock,
shared with its like, until it ends, however it ends. Where nobody holds it, each unfinished run of the UI is dead. The
lock lies beside Dagster's database of runs, so that homes that share one see each other's UIs.

A database on PostgreSQL has no place for it, and its UI may be on another machine. But runs of a migration with a name
of its own start where its code server is, which is where its home lies: there each of their processes holds a lock, and
the code server none. Whether that host is cut off, was killed or is another one by now, its lock says what is true.

It belongs here: holding the lock and asking for it. It does not: what is done about dead runs (stale_runs.py).
"""

import fcntl
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from migration_assets.orchestration.dagster_home import place_of
from migration_assets.orchestration.own_folder import own_folder
from migration_assets.settings import Settings, SettingsError

FILE = "ui.life.lock"
_SHARED = ""
_held: dict[str, int] = {}
"""The descriptor of the lock beside the database, and of those in homes by the migration."""


def live_as_ui(settings: Settings) -> None:
    """Hold the lock until this process ends; without a DAGSTER_HOME there is no database to share.

    Where it holds several migrations, whose run it works on is known later (`live_only_as`). Till then it holds the
    lock of each: a run that has begun must never be without its own.
    """
    if {_SHARED, settings.migration} & {*_held}:
        return
    home = os.environ.get("DAGSTER_HOME", "")
    # A location loads all the same; a mistake in dagster.yaml is told by Dagster itself.
    with suppress(OSError, ValueError, dg.DagsterError, SettingsError):
        folder, of = run_database(InstanceRef.from_dir(home)) if home and Path(home).is_dir() else None, _SHARED
        if folder is None and settings.migration and _works_on_a_run():
            own_folder(settings.home)
            folder, of = place_of(settings), settings.migration
        if folder is not None:
            descriptor = _open(folder)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            _held[of] = descriptor


def live_only_as(migration: str) -> None:
    """This process works on a run of this one: that it lives says nothing of the runs of others."""
    for other in {*_held} - {_SHARED, migration}:
        os.close(_held.pop(other))


def _works_on_a_run() -> bool:
    """Whether this is a run's own process, which a code server started as its child."""
    return multiprocessing.parent_process() is not None


@contextmanager
def without_ui(instance: dg.DagsterInstance) -> Iterator[bool]:
    """Whether no UI lives on the instance's database; while that is so, none can begin to.

    On a database of another kind than SQLite (PostgreSQL) it cannot be said, and the answer is no.
    """
    folder = None if instance.is_ephemeral else run_database(instance.get_ref())
    with _exclusive(folder) as nobody:
        yield nobody


@contextmanager
def without_run_process(home: Path) -> Iterator[bool]:
    """The same for processes of runs of the migration whose DAGSTER_HOME this is, where the database is no SQLite."""
    with _exclusive(home if home.is_dir() else None) as nobody:
        yield nobody


@contextmanager
def _exclusive(folder: Path | None) -> Iterator[bool]:
    if folder is None:
        yield False
        return
    descriptor = _open(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody holds it, or the disk knows no locks, and then it cannot be said
        os.close(descriptor)
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)


def run_database(ref: InstanceRef) -> Path | None:
    """The folder of Dagster's SQLite database of runs; None where it is another database."""
    folder = ref.run_storage_data.config_dict.get("base_dir") if ref.run_storage_data else None
    return Path(folder).resolve() if isinstance(folder, str) else None


def _open(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
