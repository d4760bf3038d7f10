"""What a migration asks of both systems and of this machine, and what others ask: one command, one page.

    python -m benchmarks [--tickets 300 --tickets 2000] [--overflow field] [--part sizes --part pace --part shops]

For each size: `migrate discover`, `forecast`, `run`, `run` again, a delta without a change and one of a share of the
tickets, each a process of its own. Then a whole migration at the pace of a key, many shops at once, and the same job by
others. Each part keeps its result in results/ and docs/performance.md is written from all that are there, so that a
part that takes hours is measured alone. The other measurements of this folder are modules of their own
(docs/benchmarks.md).
"""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.comparison.compare import compare
from benchmarks.measured_size import measure_size
from benchmarks.paced_run import measure_pace
from benchmarks.performance_page import CALLS, PAGE, calls_row, keep, size_name, sizes, write
from benchmarks.shops import measure_shops

PARTS = ("sizes", "pace", "shops", "comparison")


@click.command()
@click.option("--tickets", type=int, multiple=True, default=(300, 2_000), show_default=True)
@click.option("--days", default=180, show_default=True)
@click.option(
    "--share", default=0.01, show_default=True, help="Share of the tickets that change before the last delta."
)
@click.option("--overflow", default="", help="What the map says of customers' overflow; left out: as proposed.")
@click.option("--first-run-only", is_flag=True, help="Without the second run and the deltas.")
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, default=PARTS, show_default=True)
@click.option("--docs", default=PAGE, type=click.Path(path_type=Path), help="The page that is written.")
def main(
    tickets: tuple[int, ...],
    days: int,
    share: float,
    overflow: str,
    first_run_only: bool,
    parts: tuple[str, ...],
    docs: Path,
) -> None:
    """Measure, and write the page."""
    if "sizes" in parts:
        for size in tickets:
            keep(size_name(size, overflow), measure_size(size, days, share, overflow, not first_run_only))
            write(docs)
    if "pace" in parts:
        keep("paced", measure_pace(min(tickets)))
        write(docs)
    if "shops" in parts:
        keep("shops", measure_shops())
        write(docs)
    if "comparison" in parts:
        keep("comparison", compare(min(tickets)))
    write(docs)
    table = Table(*CALLS, title="Calls")
    for found in sizes():
        table.add_row(*calls_row(found))
    Console(width=200).print(table)
    click.echo(f"All of it: {docs}")


if __name__ == "__main__":
    main()
