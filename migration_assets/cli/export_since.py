"""`migrate export-since`: what was done in Gorgias since the load, for a shop that goes back to Ivinex."""

import click

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output
from migration_assets.cli.session import account_of, open_stores
from migration_assets.orchestration.export_since import export_since as export


@click.command("export-since")
@common
def export_since(out: Output) -> None:
    """Export what people did in Gorgias since the load, keyed by the ids of Ivinex. Writes nothing to either side.

    New tickets, replies, notes, attachments, changed fields and new customers, as NDJSON and CSV in the folder
    private/export_since of MIGRATION_HOME. It holds people's data. docs/export-since.md says what the files hold and
    what Ivinex takes.
    """
    with open_stores() as stores, account_of(stores.settings.require_complete()) as gorgias:
        done = export(
            stores.warehouse, stores.ledger, gorgias, stores.settings.home, stores.settings.file_max_bytes, out.note
        )
    out.finish(done.as_data(), done.sentence())
