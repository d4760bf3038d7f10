"""`migrate gates`: what a person looks at and opens by name."""

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, records, table
from migration_assets.cli.session import open_stores
from migration_assets.orchestration.decisions import override_gate
from resources.ledger.quality_gates import UNPARTITIONED


@click.group()
def gates() -> None:
    """Check results that keep a load from starting."""


@gates.command("list")
@common
@click.option("--all", "everything", is_flag=True, help="Open gates too.")
def list_gates(out: Output, everything: bool) -> None:
    """The closed gates, with what each check found. Exit code 4 where there are any."""
    with open_stores() as stores:
        rows = stores.ledger.quality_gates.gate_rows()
    closed = rows[~rows["passed"] & ~rows["overridden"]]
    shown = records(rows if everything else closed)
    columns = ("check_name", "partition", "passed", "overridden", "detail")

    def show(console: Console) -> None:
        if shown:
            console.print(table("Gates", columns, shown))
        told = f"{len(closed)} closed" if len(closed) else "No gate is closed"
        console.print(f"{told}. Open: {len(rows) - len(closed)}.")

    out.finish({"gates": shown, "closed": len(closed)}, show, 4 if len(closed) else 0)


@gates.command()
@common
@click.argument("check")
@click.argument("partition", default=UNPARTITIONED)
@click.option("--by", required=True, metavar="NAME", help="Who takes the responsibility.")
@click.option("--reason", required=True, metavar="TEXT", help="Why the load may go on all the same.")
def override(out: Output, check: str, partition: str, by: str, reason: str) -> None:
    """Open the gate of CHECK for PARTITION (a day; the whole asset if left out) until the check reports again."""
    with open_stores() as stores:
        override_gate(stores.ledger, check, partition, by, reason)
    said = {"check": check, "partition": partition, "by": by, "reason": reason}
    out.finish(said, f"{check} {partition} opened by {by}: {reason}")
