"""How long from Ivinex to payload-ready rows, and in how much memory? Extraction and staging, nothing is loaded.

    python -m benchmarks.stage [--datasets FOLDER] [--tickets 10000] [--one-day 20000]

Two cells: tickets over 180 days, and all tickets on one day. Ivinex is a sandbox in a process of its own at an
unlimited rate; the migrating process is the one that `migrate run` would be, with its instance in SQLite. Dagster's
own part is what is left of a run without the time inside asset and check functions. Prints a table and writes
results/stage.json.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.stage_run import Measured, stage_account

RESULTS = Path(__file__).parent / "results" / "stage.json"
SEED, DAYS = 7, 180
THE_DAY = "2026-05-05"
MOST_SECONDS, MOST_MIB = 120, 1024


def dataset_of_days(folder: Path, tickets: int) -> Path:
    """The typical profile over 180 days."""
    if not folder.exists():
        _generate(folder, tickets).rename(folder)
    return folder


def dataset_of_one_day(folder: Path, tickets: int) -> Path:
    """The same with every ticket created on one day, as an earlier import into Ivinex leaves them."""
    if not folder.exists():
        part = _generate(folder, tickets)
        records = part / "tabs" / "Tickets" / "records.ndjson"
        moved = records.with_suffix(".moved")
        with records.open() as old, moved.open("w") as new:
            for line in old:
                record = json.loads(line)
                record["created_date"] = f"{THE_DAY} 09:{int(record['collection_id']) % 60:02}:00"
                new.write(json.dumps(record) + "\n")
        moved.replace(records)
        part.rename(folder)
    return folder


def measure(dataset: Path) -> Measured:
    """Serve a dataset and stage it in a fresh process."""
    with tempfile.TemporaryDirectory() as folder, serving(dataset) as environment:
        home = Path(folder) / "home"
        shutil.copytree(dataset / "admin_exports", home / "admin_exports")
        environment |= {"MIGRATION_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            return process.submit(stage_account, environment).result()


@contextmanager
def serving(dataset: Path) -> Iterator[dict[str, str]]:
    """Both sides without a rate limit, as the settings of a migration."""
    command = [sys.executable, "-m", "sandbox", "serve", str(dataset), "--rate", "1000000/1"]
    process = subprocess.Popen([*command, "--parent", str(os.getpid())], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield {
            "MIGRATION_TARGET": "demo",
            "IVINEX_BASE_URL": said["ivinex"],
            "IVINEX_USERNAME": said["ivinex_auth"][0],
            "IVINEX_PASSWORD": said["ivinex_auth"][1],
            "IVINEX_TIMEZONE": json.loads((dataset / "site.json").read_text())["time_zone"],
            "IVINEX_REQUESTS_PER_SECOND": "1000000",
            "GORGIAS_BASE_URL": said["gorgias"],
            "GORGIAS_EMAIL": said["gorgias_auth"][0],
            "GORGIAS_API_KEY": said["gorgias_auth"][1],
        }
    finally:
        process.terminate()
        process.wait()


def _generate(folder: Path, tickets: int) -> Path:
    """Beside the folder, which appears when its dataset is whole."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    options = [f"--tickets={tickets}", f"--seed={SEED}", f"--days={DAYS}"]
    subprocess.run([sys.executable, "-m", "sandbox", "generate", str(part), *options], check=True, stdout=sys.stderr)
    return part


@click.command()
@click.option("--tickets", default=10_000, show_default=True, help="Over 180 days; with six times as many activities.")
@click.option("--one-day", default=20_000, show_default=True, help="Tickets of the day that holds them all; 0: none.")
@click.option("--datasets", type=click.Path(path_type=Path), help="Keeps the datasets for the next time.")
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path))
def main(tickets: int, one_day: int, datasets: Path | None, out: Path) -> None:
    """Measure both cells; exit code 1 where one is above its bound."""
    cells: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = datasets or Path(scratch)
        if tickets:
            cells[f"{tickets} tickets over {DAYS} days"] = measure(dataset_of_days(folder / f"days-{tickets}", tickets))
        if one_day:
            cells[f"{one_day} tickets on one day"] = measure(dataset_of_one_day(folder / f"day-{one_day}", one_day))
    _show(cells)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "at": f"{datetime.now(UTC):%Y-%m-%d}"}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"machine": machine, "cells": {n: asdict(c) for n, c in cells.items()}}, indent=1) + "\n")
    slow = any(cell.seconds > MOST_SECONDS for name, cell in cells.items() if "over" in name)
    sys.exit(slow or any(cell.peak_mib > MOST_MIB for cell in cells.values()))


def _show(cells: dict[str, Measured]) -> None:
    table = Table("cell", "phase", "s", "of it Dagster's own", "CPU s", "MiB so far", title="Ivinex to staged rows")
    for name, cell in cells.items():
        for phase in cell.phases:
            numbers = (phase.seconds, phase.dagster_seconds, phase.cpu_seconds)
            table.add_row(name, phase.name, *(f"{number:.1f}" for number in numbers), f"{phase.peak_mib:.0f}")
            name = ""
        table.add_row("", "all", *(f"{number:.1f}" for number in cell.totals), f"{cell.peak_mib:.0f}")
        table.add_section()
    Console().print(table)
    for name, cell in cells.items():
        rows = f"{cell.tickets} tickets, {cell.activities} activities, {cell.messages} messages staged"
        click.echo(f"{name}: {rows}; load average {cell.load_average:.1f}")


if __name__ == "__main__":
    main()
