"""`python -m sandbox generate`: the generator's command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from sandbox.generator.generate import DAYS, UNTIL, generate_dataset


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--tickets", type=click.IntRange(min=1), required=True, help="How many tickets.")
@click.option("--seed", type=int, required=True, help="Equal seeds give equal bytes.")
@click.option("--profile", type=click.Choice(["typical", "mail", "hostile"]), default="typical", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), default=DAYS, show_default=True, help="Length of the period.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=UNTIL.isoformat(),
    show_default=True,
    help="Last local day of the period.",
)
def generate(folder: Path, tickets: int, seed: int, profile: str, days: int, until: datetime) -> None:
    """Writes a dataset folder that the sandbox can serve."""
    last = until.replace(tzinfo=UTC).date()
    try:
        generate_dataset(folder, tickets=tickets, seed=seed, profile=profile, days=days, until=last)
    except FileExistsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{folder}: {tickets} tickets, profile {profile}, seed {seed}, {days} days until {last}")
