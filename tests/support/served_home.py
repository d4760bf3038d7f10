"""A dataset served as both sides, and the environment that a user of them would set. Not: which dataset."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connected_settings import connected_to
from mini_migration import ALLOWANCE, clean_environment

from sandbox.serve import Running, running


@contextmanager
def served_home(dataset: Path, home: Path, target: str) -> Iterator[Running]:
    """Both sides of the dataset, with the admin's exports in the home and the settings of a target in force."""
    home.mkdir(mode=0o700)
    shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    with (
        running(dataset, rate=f"{ALLOWANCE}/20", ivinex_rate=None) as sandbox,
        clean_environment(MIGRATION_TARGET=target, MIGRATION_HOME=str(home), **connected_to(sandbox)),
    ):
        yield sandbox
