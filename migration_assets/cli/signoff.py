"""`migrate signoff`: what was signed off, and signing off by name that an account is reconciled or the scope right."""

import click
from rich.console import Console

from checks.production import REPORT, SCOPE
from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.session import open_stores
from migration_assets.gorgias.preflight.role import conditions
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.sign_off import sign_off, signed

_COLUMNS = ("subject", "signed_by", "at", "map_version", "program_version", "report_sha256", "note")


@click.command()
@common
@click.option(
    "--by", metavar="NAME", help="Who stands for it. Without it nothing is recorded: what is signed is shown."
)
@click.option("--scope", is_flag=True, help="The scope: what is moved, and to where. Otherwise: the reconciled report.")
@click.option("--note", default="", metavar="TEXT", help="What whoever reads it later should know.")
def signoff(out: Output, by: str | None, scope: bool, note: str) -> None:
    """Sign off by name that this account is reconciled (refused unless it is), or with --scope that the scope is right.

    Where GORGIAS_ROLE is production, a load waits for both. Without --by, shows what is signed off and what is lacking;
    exit code 4 where a load would be refused. docs/staging-to-production.md goes through it.
    """
    if by is None and (scope or note):
        raise click.UsageError("--scope and --note belong to --by NAME.")
    with open_stores() as stores:
        settings, ledger = stores.settings, stores.ledger
        told = ""
        if by is not None:
            told = sign_off(settings, ledger, stores.warehouse, SCOPE if scope else REPORT, by, note)
        rows = signed(ledger)
        lacking = conditions(settings, ledger) if settings.gorgias_role and by is None else []

    def show(console: Console) -> None:
        if told:
            console.print(told, markup=False)
            return
        console.print(table("Signed off", _COLUMNS, rows))
        for one in lacking:
            console.print(f"Not met: {one}.", markup=False)

    code = Exit.GATE_CLOSED if lacking else Exit.BALANCED
    out.finish({"sign_offs": rows, "not_met": lacking}, show, code)
