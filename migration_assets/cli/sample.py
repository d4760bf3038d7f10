"""`migrate sample --tickets N` and `migrate sample approve`: a few tickets that stand for all, before all are moved."""

import click

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output
from migration_assets.cli.session import migration_session_of_command, open_stores
from migration_assets.orchestration.sample import approve_sample, migrate_sample


@click.group(invoke_without_command=True)
@click.option("--tickets", type=click.IntRange(min=1), default=50, show_default=True, help="How many.")
@common
@click.pass_context
def sample(context: click.Context, out: Output, tickets: int) -> None:
    """Move the tickets that show the most kinds of values, verify them, and show them side by side.

    Needs a confirmed map. What it wrote costs a later `migrate run` no call. Exit code 3 where a ticket did not arrive
    as it was written, 4 where a gate kept days closed.
    """
    if context.invoked_subcommand is not None:
        return
    ended = "Ended before the sample was through. Go on with the same command."
    with migration_session_of_command(out, "sample", ended) as migration:
        done = migrate_sample(migration, tickets)
    data = done.as_data() | {"closed_gates": [vars(gate) for gate in done.closed]}
    out.finish(data, done.sentence(), done.exit_code)


@sample.command()
@common
@click.option("--by", required=True, metavar="NAME", help="Who looked at the sample and stands for it.")
@click.option("--note", default="", metavar="TEXT", help="What is to be remembered of it.")
def approve(out: Output, by: str, note: str) -> None:
    """Record by name that the migrated sample is right."""
    with open_stores() as stores:
        said = approve_sample(stores.settings, stores.ledger, by, note)
    out.finish({"approved": True, "by": by, "note": note}, said)
