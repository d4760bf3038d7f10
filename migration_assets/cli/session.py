"""What a command works with: the settings, the ledger, and for commands that run jobs the lock and the instance.

It belongs here: opening and closing them. What only running jobs takes is imported there, so that a look is quick.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from migration_assets.cli.output import Output
from migration_assets.orchestration.dagster_home import require_begun
from migration_assets.orchestration.own_folder import own_folder
from migration_assets.settings import Settings, SettingsError, Target
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger

if TYPE_CHECKING:
    from migration_assets.orchestration.migration import Migration
    from resources.gorgias.resource import GorgiasResource
    from resources.warehouse import Warehouse


@dataclass(frozen=True)
class Stores:
    """The stores of one migration, for commands that only look or decide."""

    settings: Settings
    ledger: Ledger

    @property
    def warehouse(self) -> "Warehouse":
        return warehouse_of(self.settings)


@contextmanager
def open_stores() -> Iterator[Stores]:
    """Settings, ledger and warehouse; works while another command runs, and needs no credential.

    Raises:
        SettingsError: it is not said which account is meant, or there is no migration in MIGRATION_HOME.
    """
    settings = load_settings()
    if settings.target is not Target.demo and not settings.gorgias_base_url:
        raise SettingsError(
            f"MIGRATION_TARGET is {settings.target}, and the ledger keeps its rows per account:\n"
            "  GORGIAS_BASE_URL  the target account, https://<domain>.gorgias.com"
        )
    if settings.ledger_url is None:
        require_begun(settings)  # a ledger elsewhere may outlive its home, and brings its map back
    own_folder(settings.home)
    ledger = Ledger.open(settings.ledger_address, settings.account)
    try:
        yield Stores(settings, ledger)
    finally:
        still_off = ledger.switched_off.all()
        ledger.close()
        if still_off:
            from migration_assets.gorgias.preflight.switching import describe_switched_off

            click.echo(describe_switched_off(still_off), err=True)


@contextmanager
def account_of(settings: Settings) -> "Iterator[GorgiasResource]":
    """The account of the settings."""
    from migration_assets.run_resources import gorgias_of

    resource = gorgias_of(settings)
    try:
        yield resource
    finally:
        resource.close()


def warehouse_of(settings: Settings) -> "Warehouse":
    """The warehouse file that the definitions use."""
    from resources.warehouse import Warehouse

    return Warehouse(settings.home / "warehouse.duckdb")


@contextmanager
def migration_session_of_command(
    out: Output, command: str, ended: str = "", begins: bool = False
) -> "Iterator[Migration]":
    """Everything that a command needs to run jobs: it holds the lock and shows progress meanwhile.

    Args:
        ended: what a person is told who ended it before its work was done.
        begins: the command may begin a migration; others refuse a home that has none.

    Raises:
        SettingsError: settings are missing, and all are named; or there is no migration in MIGRATION_HOME.
        CommandRunning: another command works in this DAGSTER_HOME.
        Interrupted: it was ended before its work was done.
    """
    settings = load_settings().require_complete()
    if not begins:
        require_begun(settings)
    # Dagster, pandas and all assets: seconds, which commands that only look do without.
    from migration_assets.build import build_definitions
    from migration_assets.cli.progress import progress_display
    from migration_assets.orchestration.announcements import announced
    from migration_assets.orchestration.dagster_home import dagster_home, open_instance
    from migration_assets.orchestration.migration_session import migration_session
    from migration_assets.orchestration.runs import Runner
    from migration_assets.orchestration.signals import Interrupted, Signals
    from migration_assets.run_resources import gorgias_of

    home = dagster_home(settings)
    with ExitStack() as stack:
        instance = stack.enter_context(open_instance(settings))
        ledger = Ledger.open(settings.ledger_address, settings.account)
        stack.callback(ledger.close)
        signals = stack.enter_context(Signals(out.note))
        stack.enter_context(announced(out.note))
        definitions = build_definitions(settings)
        runner = Runner(definitions, instance, command, signals, out.verbose, migration=settings.migration)
        stores = (ledger, warehouse_of(settings))
        account = gorgias_of(settings)
        session = migration_session(home, f"`migrate {command}`", runner, *stores, settings, out.note, account)
        migration = stack.enter_context(session)
        stack.enter_context(progress_display(ledger, out))
        try:
            yield migration
        except (Interrupted, KeyboardInterrupt):
            if not ended:
                raise
            raise Interrupted(ended) from None
