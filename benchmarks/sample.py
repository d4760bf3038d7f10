"""How much do fifty tickets show? The sample's cover of kinds of values beside tickets drawn by chance.

    python -m benchmarks.sample [--tickets 2000] [--sample 50]

A generated site is read as `migrate discover` reads it; nothing is written. Prints the shares and writes
results/sample.json; exit code 1 where the sample shows less than 95 % of the pairs (field, kind of value).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.served import in_fresh_process, open_migration, served_home, write_result
from sandbox.generator.generate import generate_dataset

RESULTS = Path(__file__).parent / "results" / "sample.json"
SEED, DAYS, LEAST = 7, 400, 95.0


def measure(dataset: Path, number: int) -> dict[str, Any]:
    """Serve the dataset, read it and choose in a fresh process."""
    with served_home(dataset) as (_, environment):
        return in_fresh_process(read_and_choose, environment, number)


def read_and_choose(environment: dict[str, str], number: int) -> dict[str, Any]:
    """Run in a process of its own."""
    os.environ.update(environment)
    from migration_assets.mapping import mapping_file
    from migration_assets.mapping.confirm import FILE
    from migration_assets.orchestration.sample import days_of_tickets
    from migration_assets.reconciliation.sample.greedy_cover import choose
    from migration_assets.reconciliation.sample.value_kinds import ticket_traits

    with open_migration() as (_, migration):
        migration.runner.run("discover")
    warehouse, started = migration.warehouse, time.monotonic()
    traits = ticket_traits(warehouse, mapping_file.load(migration.home / FILE))
    read = time.monotonic()
    days = days_of_tickets(warehouse)
    sample = choose(traits, number, days)
    return {
        "kinds": sample.traits,
        "pairs": sample.pairs,
        "sample": vars(sample.shares),
        "by_chance": vars(sample.random),
        "days": len({days[name] for name in sample.tickets}),
        "seconds_to_read": round(read - started, 2),
        "seconds_to_choose": round(time.monotonic() - read, 2),
    }


@click.command()
@click.option("--tickets", default=2_000, show_default=True, help="With six times as many activities.")
@click.option("--sample", default=50, show_default=True)
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path))
def main(tickets: int, sample: int, out: Path) -> None:
    """Measure the two profiles of the generator."""
    cells = {}
    with tempfile.TemporaryDirectory() as scratch:
        for profile in ("typical", "hostile"):
            dataset = Path(scratch) / profile
            generate_dataset(dataset, tickets=tickets, seed=SEED, days=DAYS, profile=profile)
            cells[profile] = measure(dataset, sample)
    table = Table("profile", "kinds", "shown %", "by chance %", "pairs", "shown %", "by chance %", "days", "s")
    for name, cell in cells.items():
        ours, chance = cell["sample"], cell["by_chance"]
        row = (cell["kinds"], ours["one_way"], chance["one_way"], cell["pairs"], ours["two_way"], chance["two_way"])
        seconds = cell["seconds_to_read"] + cell["seconds_to_choose"]
        table.add_row(name, *(f"{number:.1f}" if isinstance(number, float) else str(number) for number in row))
        table.add_row("", *[""] * 6, str(cell["days"]), f"{seconds:.1f}")
    Console().print(table)
    write_result(out, tickets=tickets, chosen=sample, cells=cells)
    sys.exit(any(cell["sample"]["one_way"] < LEAST for cell in cells.values()))


if __name__ == "__main__":
    main()
