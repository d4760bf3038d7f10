"""`migrate adopt`: an account that another home loaded is taken over by this one."""

import click

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output
from migration_assets.cli.session import account_of, migration_session_of_command
from migration_assets.gorgias.adoption import adopt_account
from migration_assets.settings_source import load_settings


@click.command()
@common
@click.option("--by", required=True, metavar="NAME", help="Who takes the account over.")
@click.option("--reason", required=True, metavar="TEXT", help="Why: the home that loaded it is lost, say.")
def adopt(out: Output, by: str, reason: str) -> None:
    """Rebuild the ledger from what is in the account, for a home that is lost, restored or new.

    Reads every ticket and customer of the account, 100 a call, and writes nothing to it. The next `migrate run` takes
    what is there as it is and writes only what is missing.
    """
    with migration_session_of_command(out, "adopt") as migration, account_of(load_settings()) as account:
        done = adopt_account(account.reader, migration.ledger, migration.warehouse, by, reason, out.note)
    out.finish(done.as_data(), done.sentence())
