"""A name for one DAGSTER_HOME, on runs and on the account's lease.

Homes that share a database or a ledger tell theirs by it.

It belongs here: making and reading it. It does not: what it is good for (stale_runs.py, migration_session.py).
"""

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

FILE = "home.id"


def home_id(home: Path) -> str:
    """`<origin>.<place>`: the origin is made on first use and goes with every copy of the folder, the place does not.

    It says nothing about the folder. The place is the file system and the file: a container that is made anew has
    another host name, and the volume with its home is the same.
    """
    path = home / FILE
    with suppress(FileExistsError):
        draft = home / f"{FILE}.{os.getpid()}.tmp"
        draft.write_text(secrets.token_hex(6), encoding="ascii")
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
    place = f"{os.statvfs(path).f_fsid} {path.stat().st_ino}"
    return f"{path.read_text(encoding='ascii')}.{hashlib.sha256(place.encode()).hexdigest()[:6]}"


def origin_of(id: str) -> str:
    """What copies of a home share."""
    return id.split(".", 1)[0]
