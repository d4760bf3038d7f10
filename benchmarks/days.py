"""What does a day of one ticket cost? As many tickets as days, staged, loaded and verified: seconds of CPU a day.

    python -m benchmarks.days [--few 20 --many 200]

It belongs here: two lengths of the same account, so that what a command costs whatever its days are falls out of the
difference. It does not: what a ticket costs, which is in each day's number (about 20 ms). Writes results/days.json.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from benchmarks.measured_size import ALLOWANCE, command, plain
from benchmarks.performance_page import PAGE, keep, write
from benchmarks.served import machine, served_home
from benchmarks.stage import SEED
from sandbox.generator.generate import generate_dataset

FIRST = date(2026, 1, 5)
JOBS = ("stage_days", "load_days", "verify_days")
COLUMNS = ("days of one ticket", *JOBS, "all three", "the whole command")


def measure_days(few: int, many: int) -> dict[str, Any]:
    """The result by which the page is written."""
    cells = {days: run_of_days(days) for days in (few, many)}
    rows = [(str(days), *(f"{second:.2f}" for second in _seconds(cell))) for days, cell in cells.items()]
    further = [(b - a) / (many - few) for a, b in zip(_seconds(cells[few]), _seconds(cells[many]), strict=True)]
    rows.append(("each further day", *(f"{second:.3f}" for second in further)))
    return {"columns": COLUMNS, "rows": rows, "sentences": [], "machine": machine()}


def run_of_days(days: int) -> dict[str, Any]:
    """`migrate run` of as many days, one ticket each."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        generate_dataset(dataset, tickets=days, seed=SEED, days=days)
        one_ticket_a_day(dataset / "tabs" / "Tickets" / "records.ndjson")
        with served_home(dataset, ALLOWANCE) as (home, environment):
            command(environment, home, "discover")
            plain(environment, "-m", "benchmarks.as_benchmark")
            return command(environment, home, "run")


def one_ticket_a_day(records: Path) -> None:
    """The first ticket on the first day, and so on; their activities stay where they are."""
    rows = [json.loads(line) for line in records.open()]
    for number, row in enumerate(rows):
        row["created_date"] = f"{FIRST + timedelta(days=number)} 12:00:00"
    records.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _seconds(cell: dict[str, Any]) -> list[float]:
    jobs = [cell["cpu"].get(job, 0.0) for job in JOBS]
    return [*jobs, sum(jobs), cell["all"]]


@click.command()
@click.option("--few", default=20, show_default=True)
@click.option("--many", default=200, show_default=True)
@click.option("--docs", default=PAGE, type=click.Path(path_type=Path), help="The page that is written.")
def main(few: int, many: int, docs: Path) -> None:
    """Measure, and write the page."""
    result = measure_days(few, many)
    keep("days", result)
    write(docs)
    for row in (COLUMNS, *result["rows"]):
        click.echo(" | ".join(row))


if __name__ == "__main__":
    main()
