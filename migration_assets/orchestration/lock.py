"""One command at a time per DAGSTER_HOME: a lock that the operating system frees when its holder dies.

A process id proves nothing (ids are reused, and one may be alive in another container); the lock does. Whoever holds
it knows that every unfinished run of a `migrate` command is dead (orchestration/dead_runs.py).
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout


class CommandRunning(Exception):
    """Another `migrate` command works in this DAGSTER_HOME."""


@contextmanager
def only_command(home: Path, command: str, name: str = "migrate") -> Iterator[None]:
    """Hold the lock `name` of this home.

    Raises:
        CommandRunning: another process holds it; names the command, its process and since when.
    """
    note = home / f"{name}.holder.json"
    lock = FileLock(home / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CommandRunning(
            f"{_holder(note)} works in {home}. Let it end, or end it, and start again (`migrate status` shows how far "
            "it is). Nothing was changed."
        ) from None
    try:
        since = datetime.now(UTC).isoformat(" ", "seconds")
        note.write_text(json.dumps({"command": command, "process": os.getpid(), "since": since}))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    try:
        said = json.loads(note.read_text())
        return f"`migrate {said['command']}` (process {said['process']}, since {said['since']})"
    except (OSError, ValueError, KeyError):
        return "Another `migrate` command"
