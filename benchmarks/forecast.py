"""Does a migration make the calls that were forecast? A whole one on the sandbox, forecast before its first write.

    python -m benchmarks.forecast [--tickets 200] [--days 60]

The sandbox counts the requests of its account. Prints both numbers and writes results/forecast.json; exit code 1 where
they differ by more than 1 %.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click
import httpx

from benchmarks.served import in_fresh_process, open_migration, served_home, write_result
from sandbox.generator.generate import generate_dataset

RESULTS = Path(__file__).parent / "results" / "forecast.json"
SEED, MOST = 7, 0.01


def measure(dataset: Path) -> dict[str, Any]:
    """Serve the dataset and migrate it in a fresh process."""
    with served_home(dataset) as (_, environment):
        return in_fresh_process(migrate, environment)


def migrate(environment: dict[str, str]) -> dict[str, Any]:
    """What `migrate forecast` and `migrate run` do; run in a process of its own."""
    os.environ.update(environment)
    from migration_assets.cli.demo_sandbox import confirm_as_demo
    from migration_assets.gorgias.preflight.switching import restore_if_possible
    from migration_assets.orchestration.forecast import forecast_load
    from migration_assets.run_resources import gorgias_of

    def calls() -> Counter[str]:
        stats = httpx.get(f"{environment['GORGIAS_BASE_URL']}/_sandbox/stats").json()
        return Counter(stats["requests"])

    with open_migration() as (settings, migration):
        ledger = migration.ledger
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
    write_result(out, tickets=tickets, days=days, **found)
    sys.exit(off > MOST)


if __name__ == "__main__":
    main()
