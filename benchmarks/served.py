"""What benchmarks share: an empty home beside a served dataset, a migration in this process, and the file of a result.

It belongs here: making and opening them. It does not: what is done with them and measured.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.stage import serving

if TYPE_CHECKING:
    from migration_assets.orchestration.migration import Migration
    from migration_assets.settings import Settings

ALLOWANCE = "1000000"
T = TypeVar("T")


def new_home(dataset: Path, home: Path) -> dict[str, str]:
    """Make an empty home with the admin's exports of a dataset; returns the environment that names it."""
    home.mkdir(mode=0o700)
    shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    return {"MIGRATION_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}


@contextmanager
def served_home(dataset: Path, allowance: str = ALLOWANCE) -> Iterator[tuple[Path, dict[str, str]]]:
    """The dataset served anew, and an empty home for it: (home, environment)."""
    with tempfile.TemporaryDirectory() as folder, serving(dataset) as environment:
        home = Path(folder) / "home"
        yield home, environment | new_home(dataset, home) | {"GORGIAS_ALLOWANCE": allowance}


def in_fresh_process(work: Callable[..., T], *given: Any) -> T:
    """Its result, where nothing was imported or measured before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


@contextmanager
def open_migration() -> Iterator[tuple[Settings, Migration]]:
    """The migration of the environment, whose jobs run in this process."""
    from migration_assets.build import build_definitions
    from migration_assets.orchestration.dagster_home import open_instance
    from migration_assets.orchestration.files_ahead import FilesAhead
    from migration_assets.orchestration.migration import Migration
    from migration_assets.orchestration.runs import Runner
    from migration_assets.orchestration.signals import Signals
    from migration_assets.run_resources import ivinex_of
    from migration_assets.settings_source import load_settings
    from resources.ledger import Ledger
    from resources.warehouse import Warehouse

    settings = load_settings().require_complete()
    ledger = Ledger.open(settings.ledger_address, settings.account)
    with open_instance(settings) as instance, Signals(print) as signals:
        runner = Runner(build_definitions(settings), instance, "benchmark", signals)
        warehouse = Warehouse(settings.home / "warehouse.duckdb")
        files = FilesAhead(settings, warehouse, lambda: ivinex_of(settings), print)
        yield settings, Migration(runner, warehouse, ledger, settings.home, files=files)
    ledger.close()


def machine() -> dict[str, Any]:
    """Where and when it was measured."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "at": f"{datetime.now(UTC):%Y-%m-%d}"}


def write_result(out: Path, **content: Any) -> None:
    """The result as JSON, with the machine."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"machine": machine()} | content, indent=1) + "\n")
