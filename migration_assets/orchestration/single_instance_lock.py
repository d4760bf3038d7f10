"""One command, or job that runs others, at a time per DAGSTER_HOME: a lock that ends with its holder's process.

A process id proves nothing (ids are reused, and one may be alive in another container); the lock does. Whoever holds
it knows that every unfinished run of a `migrate` command is dead (stale_runs.py).
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

_INSTANT = 0.1
"""Seconds for which a lock may be held by who only asks whether it is."""


class CommandRunning(Exception):
    """Another `migrate` command, or a job of the UI that runs others, works in this DAGSTER_HOME."""


@contextmanager
def single_instance_lock(home: Path, holder: str, name: str = "migrate") -> Iterator[None]:
    """Hold the lock `name` of this home.

    Args:
        holder: what others are told, such as "`migrate run`" or "the job migrate_range".

    Raises:
        CommandRunning: another process holds it; names the command, its process and since when.
    """
    note = home / f"{name}.holder.json"
    lock = FileLock(home / f"{name}.lock")
    try:
        lock.acquire(timeout=_INSTANT, poll_interval=_INSTANT / 5)
    except Timeout:
        raise CommandRunning(
            f"{_holder(note)} works in {home}. Let it end, or end it, and start again (how far it is: the page Runs of "
            "the UI, or `migrate status`). Nothing was changed."
        ) from None
    try:
        since = datetime.now(UTC).isoformat(" ", "seconds")
        note.write_text(json.dumps({"holder": holder, "process": os.getpid(), "since": since}))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def is_held(home: Path) -> bool:
    """Whether a living process holds the lock; a file that is not there is made by nobody's asking."""
    path = home / "migrate.lock"
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _holder(note: Path) -> str:
    try:
        said = json.loads(note.read_text())
        return f"{said['holder']} (process {said['process']}, since {said['since']})"
    except (OSError, ValueError, KeyError):
        return "Another `migrate` command"
