"""A name for one DAGSTER_HOME, on runs and on the account's lease.

Homes that share a database or a ledger tell theirs by it.

It belongs here: making and reading it. It does not: what it is good for (stale_runs.py, migration_session.py).
"""

import hashlib
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

FILE = "home.id"


def home_id(home: Path) -> str:
    """`<origin>.<place>`: the origin is made on first use and goes with every copy of the folder, the place does not.

    It says nothing about the folder.
    """
    path = home / FILE
    with suppress(FileExistsError):
        draft = home / f"{FILE}.{os.getpid()}.tmp"
        draft.write_text(secrets.token_hex(6), encoding="ascii")
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
    found = path.stat()
    place = f"{socket.gethostname()} {found.st_dev} {found.st_ino}"
    return f"{path.read_text(encoding='ascii')}.{hashlib.sha256(place.encode()).hexdigest()[:6]}"


def origin_of(id: str) -> str:
    """What copies of a home share."""
    return id.split(".", 1)[0]
