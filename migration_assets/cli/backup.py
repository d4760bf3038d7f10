"""`migrate backup` and `migrate restore`: a home kept elsewhere, and brought back on another machine."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict

import click

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output
from migration_assets.cli.session import warehouse_of
from migration_assets.settings import Settings, load_settings
from resources.ledger import Ledger


@click.command()
@common
@click.argument("place")
def backup(out: Output, place: str) -> None:
    """Keep ledger, warehouse, map, exports and files at PLACE: a folder, or an address such as s3://bucket/shop1.

    It holds people's data, as the home does. A second one sends only what is new.
    """
    from migration_assets.orchestration.backup import backup as keep
    from migration_assets.orchestration.dagster_home import require_begun

    settings = load_settings()
    require_begun(settings)
    with _alone(settings, "backup") as ledger:
        kept = keep(settings, ledger, warehouse_of(settings), place, out.note)
    sentence = (
        f"{kept.files} parts of {kept.account} are kept, {kept.sent} of them sent now: {kept.ledger_rows} rows of the "
        f"ledger, {kept.tables} tables of the warehouse, and the files."
    )
    out.finish(asdict(kept), lambda console: console.print(sentence, markup=False))


@click.command()
@common
@click.argument("place")
def restore(out: Output, place: str) -> None:
    """Bring a home back from PLACE into an empty MIGRATION_HOME, be it on another machine. Then go on as before."""
    from migration_assets.orchestration.backup import restore as bring_back

    settings = load_settings()
    with _alone(settings, "restore") as ledger:
        kept = bring_back(settings, ledger, place, out.note)
    sentence = (
        f"{kept.account} is back as of {kept.made_at}: {kept.ledger_rows} rows of the ledger, {kept.tables} tables. "
        "Go on with `migrate status`, then `migrate run`."
    )
    out.finish(asdict(kept), lambda console: console.print(sentence, markup=False))


@contextmanager
def _alone(settings: Settings, command: str) -> Iterator[Ledger]:
    """The ledger, while nobody else works in this home or on the account."""
    from migration_assets.orchestration.dagster_home import dagster_home
    from migration_assets.orchestration.home_id import home_id
    from migration_assets.orchestration.single_instance_lock import single_instance_lock
    from resources.gorgias.writer.lease_keeper import held_for_command

    home, holder = dagster_home(settings), f"`migrate {command}`"
    with ExitStack() as stack:
        stack.enter_context(single_instance_lock(home, holder))
        ledger = Ledger.open(settings.ledger_address, settings.account)
        stack.callback(ledger.close)
        proof = f"[home {home_id(home)}]"
        stack.enter_context(held_for_command(ledger, holder, settings.gorgias_lease_seconds, proof))
        yield ledger
