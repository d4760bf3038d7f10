"""`migrate ui`: Dagster's UI on a migration, with a sandbox beside it where no account is set."""

import json
import time
from contextlib import ExitStack

import click

from migration_assets.cli.commands import common
from migration_assets.cli.dagster_ui import DagsterUi, dagster_ui
from migration_assets.cli.demo_home import demo_home
from migration_assets.cli.demo_sandbox import confirm_as_demo, demo_sandbox
from migration_assets.cli.location_of_ui import LocationOfUi
from migration_assets.cli.output import Output
from migration_assets.cli.sandbox import DatasetSize
from migration_assets.cli.session import migration_session_of_command, warehouse_of
from migration_assets.cli.ui_of_all import ui_of_all
from migration_assets.migration_file import migration_names
from migration_assets.orchestration.dagster_home import dagster_home, open_instance
from migration_assets.orchestration.doctor import require_startable
from migration_assets.orchestration.signals import Signals
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.orchestration.stale_runs import close_dead_runs
from migration_assets.settings import Settings, Target
from migration_assets.settings_source import load_settings

HOME = "./.migration/ui"


@click.command()
@common
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Port of the UI.")
@click.option("--tickets", type=click.IntRange(min=1), default=200, show_default=True, help="Size of the dataset.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--days", type=click.IntRange(min=1), default=180, show_default=True, help="Length of its period.")
@click.option("--profile", type=click.Choice(["typical", "mail", "hostile"]), default="typical", show_default=True)
@click.option("--keep", is_flag=True, help="Go on in the folder of the last one.")
def ui(out: Output, port: int, tickets: int, seed: int, days: int, profile: str, keep: bool) -> None:
    """Open Dagster's UI. Without settings: on a sandbox that is read and mapped already, in ./.migration/ui.

    In a folder with migrations/NAME.yaml files, and none named by --migration: one UI with a code location of each.
    Ctrl-C ends active runs first, then Dagster, then the sandbox. Twice ends all at once.
    """
    settings = load_settings()
    if not settings.migration and migration_names():
        ui_of_all(out, port)
        return
    with ExitStack() as stack:
        if settings.target is Target.demo and settings.missing():
            size = DatasetSize(tickets, seed, days, profile)
            stack.enter_context(demo_sandbox(out, demo_home(HOME), size, keep))
            settings = load_settings()
        home = dagster_home(settings.require_complete())
        stack.enter_context(single_instance_lock(home, "`migrate ui`", name="ui"))
        _prepare(out, settings)
        location = LocationOfUi(settings, out.note)
        signals = stack.enter_context(Signals(out.note))
        child = stack.enter_context(dagster_ui(settings.home / "dagster-dev.log", port, home / "ui.lock"))
        signals.on_second_signal = child.kill
        _announce(out, settings, child)
        try:
            while not signals.requested:
                child.check()
                location.follow(child)
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
        with open_instance(settings) as instance:
            ended = child.end_runs(instance, (settings.migration,))
        out.note(f"{ended} active runs ended; closing Dagster.")


def _prepare(out: Output, settings: Settings) -> None:
    """See that a run can start, close what an earlier UI left, and in a demo read the source and confirm the map."""
    home = dagster_home(settings)
    for point in require_startable(settings):
        out.note(f"{point.name}: {point.said}")
    with single_instance_lock(home, "`migrate ui`"), open_instance(settings) as instance:
        for run in close_dead_runs(instance, home, settings.migration):
            out.note(f"Closed run {run.run_id} ({run.job_name}): its process is gone.")
    if settings.target is Target.demo and not warehouse_of(settings).erased:
        with migration_session_of_command(out, "ui", begins=True) as migration:
            if migration.ledger.decisions.confirmed_mapping() is None:
                migration.discover()
                confirm_as_demo(migration)


def _announce(out: Output, settings: Settings, child: DagsterUi) -> None:
    said = {"ui": child.address, "home": str(settings.home), "account": settings.account, "log": str(child.log)}
    said["gorgias"] = settings.gorgias_base_url or ""
    if out.as_json:
        click.echo(json.dumps(said))
    else:
        out.console.print(f"The UI is {child.address}   (Ctrl-C ends it)", markup=False)
        out.console.print(f"Account {settings.account}, folder {settings.home}, log {child.log}", markup=False)
