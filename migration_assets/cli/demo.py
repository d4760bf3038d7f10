"""`migrate demo`: a sandbox, the whole migration, a second pass, and what it proves."""

import time
from collections.abc import Callable

import click

from migration_assets.cli.commands import common
from migration_assets.cli.demo_home import demo_home
from migration_assets.cli.demo_result import DemoResult, MigrationPass
from migration_assets.cli.demo_sandbox import confirm_as_demo, demo_sandbox
from migration_assets.cli.output import Output
from migration_assets.cli.sandbox import DatasetSize, Sandbox
from migration_assets.cli.session import migration_session_of_command
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.result import Result

HOME = "./.migration/demo"


@click.command()
@common
@click.option("--tickets", type=click.IntRange(min=1), default=500, show_default=True, help="Size of the dataset.")
@click.option("--seed", type=int, default=7, show_default=True, help="Equal seeds give equal datasets.")
@click.option("--days", type=click.IntRange(min=1), default=60, show_default=True, help="Length of its period.")
@click.option("--profile", type=click.Choice(["typical", "mail", "hostile"]), default="typical", show_default=True)
@click.option("--keep", is_flag=True, help="Go on in the folder of the last demo, with its dataset and its target.")
def demo(out: Output, tickets: int, seed: int, days: int, profile: str, keep: bool) -> None:
    """Migrate a generated helpdesk between two local servers, twice, and show the balance.

    Needs no setting and no network. The folder is MIGRATION_HOME, or ./.migration/demo; it is made new each time.
    """
    started, home, size = time.monotonic(), demo_home(HOME), DatasetSize(tickets, seed, days, profile)
    with (
        demo_sandbox(out, home, size, keep) as sandbox,
        migration_session_of_command(out, "demo", begins=True) as migration,
    ):
        first = _pass(migration, sandbox, confirm_as_demo)
        out.note("second pass, which must write nothing")
        second = _pass(migration, sandbox, lambda _: None)
        result = DemoResult(Result.of(migration), first, second, sandbox.outbox(), time.monotonic() - started)
    out.finish(result.as_data(), result.show, result.exit_code)


def _pass(migration: Migration, sandbox: Sandbox, confirm_map: Callable[[Migration], None]) -> MigrationPass:
    """One whole migration, with what it cost."""
    before, started, runs = sandbox.stats(), time.monotonic(), len(migration.runner.run_ids)
    migration.runner.seconds.clear()
    migration.discover()
    confirm_map(migration)
    migration.load()
    announced = migration.ledger.known_writes.attempts_in(migration.runner.run_ids[runs:])
    seconds = dict(migration.runner.seconds) | {"all": time.monotonic() - started}
    return MigrationPass.between(before, sandbox.stats(), seconds, announced)
