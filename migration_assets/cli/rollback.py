"""`migrate rollback`: the plan of taking back what was written, and with `--execute` doing it."""

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.session import account_of, migration_session_of_command, open_stores
from migration_assets.gorgias.rollback.plan import Disposition
from migration_assets.gorgias.rollback.scope import KINDS
from migration_assets.orchestration.dagster_home import open_instance
from migration_assets.orchestration.rollback import PlanShown, plan_rollback, roll_back
from migration_assets.orchestration.rollback_scope import driven_by, requested_scope
from migration_assets.settings_source import load_settings

_AGAIN = "Ended before all was taken back. Go on with the same command."


@click.command()
@common
@click.option("--first", metavar="DAY", help="Only tickets from this day on, YYYY-MM-DD.")
@click.option("--last", metavar="DAY", help="Only tickets up to this day.")
@click.option("--object", "objects", multiple=True, type=click.Choice(KINDS), help="Only these objects; repeatable.")
@click.option("--run", metavar="ID", help="Only what this run made: its id in the UI, also of one that drove others.")
@click.option("--sample", is_flag=True, help="Only the sample's tickets, with the customers that only they need.")
@click.option("--deleted-at-source", is_flag=True, help="Also what is gone at the source: no load makes it again.")
@click.option("--execute", is_flag=True, help="Do it; the plan of the same scope must have been shown before.")
@click.option("--by", metavar="NAME", help="Who takes it back; with --execute.")
@click.option("--reason", metavar="TEXT", help="Why; with --execute.")
def rollback(
    out: Output,
    first: str | None,
    last: str | None,
    objects: tuple[str, ...],
    run: str | None,
    sample: bool,
    deleted_at_source: bool,
    execute: bool,
    by: str | None,
    reason: str | None,
) -> None:
    """Show what taking the migration back would do, or do it: what people did with it since is kept.

    Without --execute nothing is written: every object that was ever written is listed with its fate and the reason.
    With it, each object is looked at once more right before it goes. A stopped rollback goes on with the same command.
    Exit code 3 where something could not be taken back or the account is not as it was.
    """
    if not execute:
        if by or reason:
            raise click.UsageError("--by NAME and --reason TEXT belong to --execute.")
        with open_stores() as books, open_instance(books.settings) as instance:
            driven = driven_by(instance)
            scope = requested_scope(first, last, objects, run, sample, books.ledger, driven, deleted_at_source)
            with account_of(books.settings) as gorgias:
                shown = plan_rollback(books.warehouse, books.ledger, gorgias, scope, books.settings.home)
        out.finish(shown.as_data(), lambda console: _show(console, shown), shown.exit_code)
    if not by or not reason:
        raise click.UsageError("--execute needs --by NAME and --reason TEXT.")
    with migration_session_of_command(out, "rollback --execute", _AGAIN) as migration:
        driven = driven_by(migration.runner.instance)
        scope = requested_scope(first, last, objects, run, sample, migration.ledger, driven, deleted_at_source)
        with account_of(load_settings()) as gorgias:
            stores = (migration.warehouse, migration.ledger, gorgias)
            done = roll_back(*stores, scope, migration.home, by, reason, say=out.note)
    out.finish(done.as_data(), done.sentence(), done.exit_code)


def _show(console: Console, shown: PlanShown) -> None:
    columns = ("object", "written", *Disposition)
    rows = shown.rows()
    console.print(table("What a rollback would do", columns, rows, columns[1:]))
    for sentence in shown.sentences():
        console.print(sentence, markup=False)
    console.print(
        f"Every object with its reason: {shown.file.parent.name}/{shown.file.name} in MIGRATION_HOME. To do it: "
        "the same command with --execute --by NAME --reason TEXT.",
        markup=False,
    )
