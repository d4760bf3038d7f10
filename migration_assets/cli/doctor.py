"""`migrate doctor`: what would keep a run from starting, before it starts."""

from dataclasses import asdict

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.orchestration.doctor import examine, failed
from migration_assets.orchestration.exit import Exit
from migration_assets.settings_source import load_settings


@click.command()
@common
def doctor(out: Output) -> None:
    """What is configured, reachable, writable and in step. Changes nothing; exit code 2 where a run would fail.

    Each server is asked once, by a read with the credentials.
    """
    points = examine(load_settings())
    wrong = failed(points)

    def show(console: Console) -> None:
        console.print(table("Doctor", ("point", "state", "found"), [(one.name, one.state, one.said) for one in points]))
        console.print(f"{len(wrong)} points would keep a run from its end." if wrong else "A run can start.")

    out.finish({"points": [asdict(one) for one in points]}, show, Exit.USAGE if wrong else Exit.BALANCED)
