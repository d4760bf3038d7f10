"""`migrate purge`: people's data of a finished migration is erased on this machine."""

import click

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output
from migration_assets.cli.session import open_stores
from migration_assets.orchestration.dagster_home import dagster_home, open_instance
from migration_assets.orchestration.purge import alone
from migration_assets.orchestration.purge import purge as purge_home


@click.command()
@common
@click.option("--by", required=True, metavar="NAME", help="Who has it erased.")
@click.option("--reason", required=True, metavar="TEXT", help="Why now, such as the end of hypercare.")
def purge(out: Output, by: str, reason: str) -> None:
    """Erase people's data of this migration here: private/, warehouse, files, exports, runs, details of the ledger.

    Nothing is sent to Gorgias. It cannot be taken back: a later delta or rollback would read everything anew.
    """
    with open_stores() as stores, open_instance(stores.settings) as instance:
        home = dagster_home(stores.settings)
        with alone(home, instance, stores.settings.migration):
            purged = purge_home(stores.settings, home, instance, stores.ledger, by, reason, say=out.note)
    out.finish(purged.as_data(), "\n".join(purged.sentences()))
