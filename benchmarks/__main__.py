"""What a migration asks of both systems and of this machine: one command, one table.

    python -m benchmarks [--tickets 300 --tickets 2000] [--share 0.01] [--days 180] [--docs docs/performance.md]

For each size: `migrate discover`, `run`, `run` again, a delta without a change and one of a share of the tickets, each
a process of its own against a sandbox without a rate limit. Calls are counted by the sandbox, CPU by the process that
works (`time.process_time`, so other load on the machine counts little). Writes the table to docs/performance.md.
The other measurements of this folder are modules of their own (docs/benchmarks.md).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.delta import ALLOWANCE, change, confirmed, control
from benchmarks.stage import SEED, serving

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
JOBS = ("discover", "prepare", "stage_days", "load_days", "second_pass", "verify", "verify_days", "find_changes")
COLUMNS = ("Ivinex calls", "Gorgias reads", "Gorgias writes", *JOBS, "other", "CPU s")
HEAD = """\
# Performance

Written by `python -m benchmarks`, which measures it again. Calls are what the sandbox counted; the columns with names
of jobs are seconds of CPU of the process that works, `other` is its start and what lies between jobs. No rate limit is
set here: with one, calls decide how long a migration takes (the forecast tells it, `docs/before-the-load.md`).

"""


def measure(environment: dict[str, str], scratch: Path, *words: str) -> dict[str, Any]:
    """One command: its calls by kind, and its CPU by job."""
    addresses = {name: environment[f"{name}_BASE_URL"] for name in ("IVINEX", "GORGIAS")}
    for address in addresses.values():
        control(f"{address}/_sandbox/stats/reset", {})
    click.echo(f"{datetime.now(UTC):%H:%M:%S} migrate {' '.join(words)}", err=True)
    out = scratch / "timed.json"
    command = [sys.executable, "-m", "benchmarks.timed_command", str(out), *words, "--json"]
    done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"migrate {' '.join(words)} ended with {done.returncode}: {done.stdout}")
    told = json.loads(out.read_text())
    asked = {name: control(f"{address}/_sandbox/stats")["requests"] for name, address in addresses.items()}
    reads = sum(count for name, count in asked["GORGIAS"].items() if name.startswith("GET "))
    cell = {
        "Ivinex calls": sum(asked["IVINEX"].values()),
        "Gorgias reads": reads,
        "Gorgias writes": sum(asked["GORGIAS"].values()) - reads,
        **{job: round(told["cpu"].get(job, 0.0), 1) for job in JOBS},
        "other": round(told["all"] - sum(told["cpu"].get(job, 0.0) for job in JOBS), 1),
        "CPU s": round(told["all"], 1),
    }
    return cell | {"runs": told["runs"]}


def one_size(tickets: int, days: int, share: float) -> dict[str, dict[str, Any]]:
    """Command -> its cell."""
    with tempfile.TemporaryDirectory() as folder:
        dataset, home = Path(folder) / "dataset", Path(folder) / "home"
        options = [f"--tickets={tickets}", f"--seed={SEED}", f"--days={days}"]
        command = [sys.executable, "-m", "sandbox", "generate", str(dataset), *options]
        subprocess.run(command, check=True, stdout=sys.stderr)
        shutil.copytree(dataset / "admin_exports", home / "admin_exports")
        with serving(dataset) as environment:
            environment |= {"MIGRATION_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
            environment |= {"GORGIAS_ALLOWANCE": ALLOWANCE}
            cells = {"discover": measure(environment, Path(folder), "discover")}
            confirmed(environment)
            cells["run"] = measure(environment, Path(folder), "run")
            cells["run again"] = measure(environment, Path(folder), "run")
            cells["delta, no change"] = measure(environment, Path(folder), "delta")
            change(dataset, environment["IVINEX_BASE_URL"], share)
            cells[f"delta, {share:.0%} changed"] = measure(environment, Path(folder), "delta")
    return cells


def page(sizes: dict[int, dict[str, dict[str, Any]]], days: int) -> str:
    """The page of documentation."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, load average {os.getloadavg()[0]:.0f}"
    parts = [HEAD, f"Measured on {datetime.now(UTC):%Y-%m-%d} ({machine}).\n"]
    for tickets, cells in sizes.items():
        parts += [f"\n## {tickets} tickets in {days} days\n\n", f"| command | {' | '.join(COLUMNS)} |\n"]
        parts.append("| --- |" + " ---: |" * len(COLUMNS) + "\n")
        parts += [f"| {name} | {' | '.join(str(cell[one]) for one in COLUMNS)} |\n" for name, cell in cells.items()]
    return "".join(parts)


@click.command()
@click.option("--tickets", type=int, multiple=True, default=(300, 2_000), show_default=True)
@click.option("--days", default=180, show_default=True)
@click.option(
    "--share", default=0.01, show_default=True, help="Share of the tickets that change before the last delta."
)
@click.option("--docs", default=PAGE, type=click.Path(path_type=Path), help="The page that is written.")
def main(tickets: tuple[int, ...], days: int, share: float, docs: Path) -> None:
    """Measure and print."""
    sizes = {size: one_size(size, days, share) for size in tickets}
    for size, cells in sizes.items():
        table = Table("command", *COLUMNS, title=f"{size} tickets in {days} days: calls, and CPU seconds by job")
        for name, cell in cells.items():
            table.add_row(name, *(str(cell[one]) for one in COLUMNS))
            click.echo(f"{name}: {cell['runs']}", err=True)
        Console(width=200).print(table)
    docs.write_text(page(sizes, days), encoding="utf-8")


if __name__ == "__main__":
    main()
