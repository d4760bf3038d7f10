"""Two homes that are alike: one is worked by the command, the other by the jobs of the UI."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from connected_settings import connected_to_nobody
from sqlalchemy import DateTime, select
from started_jobs import Ended, StartedJobs

from migration_assets.cli import main
from migration_assets.mapping.confirm import propose
from resources.ledger import Ledger, tables
from resources.ledger.engine import UtcDateTime
from resources.warehouse import Table, Warehouse

ACCOUNT = "demo:sandbox"
VARCHAR = ("VARCHAR", "")
NAMES = ("collection_type_id", "tab", "field_id", "field_name", "label", "kind", "linked_collection_type_id", "options")
FIELDS = Table("ivinex.fields", {**dict.fromkeys(NAMES, VARCHAR), "position": ("INTEGER", "")})
TABS = Table("ivinex.tabs", {"collection_type_id": VARCHAR, "tab": VARCHAR, "role": VARCHAR})


class Home:
    """One MIGRATION_HOME with a proposed map, a failed check and a conflict; work it by the command or by a job."""

    def __init__(self, prepared: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder, self._patch = folder, monkeypatch
        shutil.copytree(prepared, folder)

    @staticmethod
    def prepare(folder: Path) -> Path:
        """A home to be copied."""
        folder.mkdir()
        warehouse = Warehouse(folder / "warehouse.duckdb")
        warehouse.replace(TABS, pd.DataFrame([{"collection_type_id": "10101", "tab": "Tickets", "role": "ticket"}]))
        warehouse.replace(FIELDS, _fields())
        propose(folder, warehouse, "UTC")
        with _Opened(folder) as ledger:
            ledger.quality_gates.record_gate(
                "staging/tickets:schema", "2024-05-01", False, "subject: too long (3)", "run"
            )
            row = {
                "object": "tickets",
                "source_id": "ivinex:1:7",
                "field": "subject",
                "gorgias_id": 12,
                "detail": "both",
            }
            with ledger.transaction() as tx:
                ledger.conflicts.record_in_transaction(tx, [row])
        return folder

    def ledger(self) -> "_Opened":
        return _Opened(self.folder)

    def command(self, *args: str) -> Result:
        self._enter()
        return CliRunner().invoke(main, [str(arg) for arg in args])

    def job(self, name: str, **config: Any) -> Ended:
        self._enter()
        with dg.DagsterInstance.ephemeral() as instance:
            return StartedJobs(instance).start(name, **config)

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of the ledger but for its times."""
        with self.ledger() as ledger, ledger.reading() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(select(*_timeless(table))).mappings()]
                for table in tables.metadata.sorted_tables
            }

    def _enter(self) -> None:
        self._patch.setenv("MIGRATION_HOME", str(self.folder))
        self._patch.setenv("DAGSTER_HOME", "")


class _Opened:
    def __init__(self, folder: Path):
        self._ledger = Ledger.open(f"sqlite:///{folder / 'ledger.sqlite'}", ACCOUNT)

    def __enter__(self) -> Ledger:
        return self._ledger

    def __exit__(self, *_: object) -> None:
        self._ledger.close()


def _timeless(table: Any) -> list[Any]:
    return [column for column in table.columns if not isinstance(column.type, UtcDateTime | DateTime)]


def _fields() -> pd.DataFrame:
    kinds = {"subject": "text", "status": "dropdown", "size": "number"}
    options = json.dumps([{"id": "1", "label": "Open"}, {"id": "2", "label": "Closed"}])
    rows = [
        {
            **{"collection_type_id": "10101", "tab": "Tickets", "field_id": str(number), "field_name": name},
            **{"label": name.title(), "kind": kind, "linked_collection_type_id": None, "position": number},
            "options": options if kind == "dropdown" else "[]",
        }
        for number, (name, kind) in enumerate(kinds.items())
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Home.prepare(tmp_path_factory.mktemp("prepared") / "home")


@pytest.fixture
def new_home(prepared_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Home]:
    for name in os.environ:
        if name.startswith(("MIGRATION_", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")):
            monkeypatch.delenv(name)
    for name, value in connected_to_nobody().items():
        monkeypatch.setenv(name, value)
    return lambda name: Home(prepared_home, tmp_path / name, monkeypatch)


@pytest.fixture
def home(new_home: Callable[[str], Home]) -> Home:
    return new_home("home")
