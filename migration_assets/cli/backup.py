"""`migrate backup` and `migrate restore`: a home kept elsewhere, and brought back on another machine."""

import click

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output
from migration_assets.cli.session import warehouse_of
from migration_assets.settings_source import load_settings


@click.command()
@common
@click.argument("place")
def backup(out: Output, place: str) -> None:
    """Keep ledger, warehouse, map, exports and files at PLACE: a folder, or an address such as s3://bucket/shop1.

    It holds people's data, as the home does. A second one sends only what is new.
    """
    from migration_assets.orchestration.backup import alone_in_home
    from migration_assets.orchestration.backup import backup as keep
    from migration_assets.orchestration.dagster_home import require_begun

    settings = load_settings()
    require_begun(settings)
    with alone_in_home(settings, "`migrate backup PLACE`") as ledger:
        kept = keep(settings, ledger, warehouse_of(settings), place, out.note)
    out.finish(kept.as_data(), kept.sentence_of_backup())


@click.command()
@common
@click.argument("place")
def restore(out: Output, place: str) -> None:
    """Bring a home back from PLACE into an empty MIGRATION_HOME, be it on another machine. Then go on as before."""
    from migration_assets.orchestration.backup import alone_in_home
    from migration_assets.orchestration.backup import restore as bring_back

    settings = load_settings()
    alone = alone_in_home(settings, "`migrate restore PLACE`")
    kept = bring_back(settings, alone, place, out.note)
    out.finish(kept.as_data(), kept.sentence_of_restore())
