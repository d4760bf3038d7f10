"""A name for one DAGSTER_HOME that runs carry as a tag, so that homes which share Dagster's database tell theirs apart.

It belongs here: making and reading it. It does not: what it is good for (dead_runs.py).
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

FILE = "home.id"


def home_id(home: Path) -> str:
    """The id of this folder, made on first use; it says nothing about the folder and moves with it."""
    path = home / FILE
    with suppress(FileExistsError):
        draft = home / f"{FILE}.{os.getpid()}.tmp"
        draft.write_text(secrets.token_hex(6), encoding="ascii")
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")
