"""A dataset served as both sides, and the environment that a user of them would set. Not: which dataset."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mini_migration import ALLOWANCE, clean_environment

from sandbox.serve import Running, running


@contextmanager
def served_home(dataset: Path, home: Path, target: str) -> Iterator[Running]:
    """Both sides of the dataset, with the admin's exports in the home and the settings of a target in force."""
    home.mkdir(mode=0o700)
    shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    with running(dataset, rate=f"{ALLOWANCE}/20", ivinex_rate=None) as sandbox:
        settings = {
            "MIGRATION_TARGET": target,
            "MIGRATION_HOME": str(home),
            "IVINEX_BASE_URL": sandbox.ivinex_url,
            "IVINEX_USERNAME": sandbox.ivinex_auth[0],
            "IVINEX_PASSWORD": sandbox.ivinex_auth[1],
            "IVINEX_TIMEZONE": "America/Denver",
            "IVINEX_REQUESTS_PER_SECOND": "10000",
            "GORGIAS_BASE_URL": sandbox.gorgias_url,
            "GORGIAS_EMAIL": sandbox.gorgias_auth[0],
            "GORGIAS_API_KEY": sandbox.gorgias_auth[1],
            "GORGIAS_ALLOWANCE": str(ALLOWANCE),
        }
        with clean_environment(**settings):
            yield sandbox
