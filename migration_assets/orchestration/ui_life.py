"""Whether a UI lives: a lock that is held by every process which can run a job outside of the command.

Such a process (a code server, a worker of a run, `dagster job execute`) loads the code location and holds the lock,
shared with its like, until it ends, however it ends. Where nobody holds it, each unfinished run of the UI is dead. The
lock lies beside Dagster's database of runs, so that homes that share one see each other's UIs.

It belongs here: holding the lock and asking for it. It does not: what is done about dead runs (stale_runs.py).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

FILE = "ui.life.lock"
_held: list[int] = []


def live_as_ui() -> None:
    """Hold the lock until this process ends; without a DAGSTER_HOME there is nothing to share."""
    home = os.environ.get("DAGSTER_HOME")
    if _held or not home or not Path(home).is_dir():
        return
    # A location loads all the same; a mistake in dagster.yaml is told by Dagster itself.
    with suppress(OSError, ValueError, dg.DagsterError):
        folder = run_database(InstanceRef.from_dir(home))
        if folder is not None:
            descriptor = _open(folder)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            _held.append(descriptor)


@contextmanager
def without_ui(instance: dg.DagsterInstance) -> Iterator[bool]:
    """Whether no UI lives on the instance's database; while that is so, none can begin to.

    On a database of another kind than SQLite (PostgreSQL) it cannot be said, and the answer is no.
    """
    folder = None if instance.is_ephemeral else run_database(instance.get_ref())
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
