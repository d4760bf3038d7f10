"""Does a migration make the calls that were forecast? A whole one on the sandbox, forecast before its first write.

    python -m benchmarks.forecast [--tickets 200] [--days 60]

The sandbox counts the requests of its account. Prints both numbers and writes results/forecast.json; exit code 1 where
they differ by more than 1 %.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
import httpx

from benchmarks.stage import serving
from sandbox.generator.generate import generate_dataset

RESULTS = Path(__file__).parent / "results" / "forecast.json"
SEED, MOST = 7, 0.01


def measure(dataset: Path) -> dict[str, Any]:
    """Serve the dataset and migrate it in a fresh process."""
    with tempfile.TemporaryDirectory() as folder, serving(dataset) as environment:
        home = Path(folder) / "home"
        shutil.copytree(dataset / "admin_exports", home / "admin_exports")
        environment |= {"MIGRATION_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
        environment |= {"GORGIAS_ALLOWANCE": "1000000"}
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            return process.submit(migrate, environment).result()


def migrate(environment: dict[str, str]) -> dict[str, Any]:
    """What `migrate forecast` and `migrate run` do; run in a process of its own."""
    os.environ.update(environment)
    from migration_assets.build import build_definitions
    from migration_assets.cli.demo_sandbox import confirm_as_demo
    from migration_assets.gorgias.preflight.switching import restore_if_possible
    from migration_assets.orchestration.dagster_home import open_instance
    from migration_assets.orchestration.forecast import forecast_load
    from migration_assets.orchestration.migration import Migration
    from migration_assets.orchestration.runs import Runner
    from migration_assets.orchestration.signals import Signals
    from migration_assets.run_resources import gorgias_of
    from migration_assets.settings_source import load_settings
    from resources.ledger import Ledger
    from resources.warehouse import Warehouse

    settings = load_settings().require_complete()
    warehouse = Warehouse(settings.home / "warehouse.duckdb")
    ledger = Ledger.open(settings.ledger_address, settings.account)

    def calls() -> Counter[str]:
        stats = httpx.get(f"{environment['GORGIAS_BASE_URL']}/_sandbox/stats").json()
        return Counter(stats["requests"])

    with open_instance(settings) as instance, Signals(print) as signals:
        runner = Runner(build_definitions(settings), instance, "benchmark", signals)
        migration = Migration(runner, warehouse, ledger, settings.home)
        migration.discover()
        confirm_as_demo(migration)
        ledger.decisions.decide("missing_users", "fallback", "benchmark")
        before = calls()
        forecast = forecast_load(migration, settings, gorgias_of(settings))
        asked = calls() - before
        steps = [calls()]
        migration.restore = lambda: restore_if_possible(gorgias_of(settings), ledger, "benchmark")
        for step in (migration.prepare, migration.days, migration.restore, migration.verify):
            step()
            steps.append(calls())
        made = steps[-1] - steps[0]
    return {
        "forecast": forecast.calls,
        "made": made.total(),
        "of_the_forecast_itself": asked.total(),
        "of_each_step": {
            step: dict(after - before)
            for step, before, after in zip(("prepare", "load", "restore", "verify"), steps, steps[1:], strict=False)
        },
        "phases": {one.phase: one.calls for one in forecast.phases},
    }


@click.command()
@click.option("--tickets", default=200, show_default=True, help="With six times as many activities.")
@click.option("--days", default=60, show_default=True)
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path))
def main(tickets: int, days: int, out: Path) -> None:
    """Forecast and migrate."""
    with tempfile.TemporaryDirectory() as scratch:
        generate_dataset(Path(scratch) / "dataset", tickets=tickets, seed=SEED, days=days)
        found = measure(Path(scratch) / "dataset")
    off = abs(found["forecast"] - found["made"]) / found["made"]
    click.echo(
        f"{found['forecast']} calls forecast, {found['made']} made: {off:.2%} off. {tickets} tickets, {days} days."
    )
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "at": f"{datetime.now(UTC):%Y-%m-%d}"}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"machine": machine, "tickets": tickets, "days": days} | found, indent=1) + "\n")
    sys.exit(off > MOST)


if __name__ == "__main__":
    main()
