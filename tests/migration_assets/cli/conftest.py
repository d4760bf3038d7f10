"""A command as a user starts it: no setting of the machine that runs the tests, and a home of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from migration_assets.cli import main
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith(("MIGRATION_", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("MIGRATION_HOME", str(folder))
    monkeypatch.setenv("DAGSTER_HOME", "")
    return folder


@pytest.fixture
def migrate() -> Callable[..., Result]:
    """Runs `migrate ARGS` in this process."""

    def call(*args: Any) -> Result:
        return CliRunner().invoke(main, [str(arg) for arg in args])

    return call


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    """The ledger of the demo account in this home, as a load would have made it."""
    settings = load_settings()
    opened = Ledger.open(settings.ledger_address, settings.account)
    yield opened
    opened.close()
