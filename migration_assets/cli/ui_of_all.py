"""`migrate ui` on all migrations of a folder: one UI, and a code location of each in a process of its own.

It belongs here: the workspace and the DAGSTER_HOME of such a UI. It does not: starting Dagster (dagster_ui.py).
"""

import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import click
import yaml

from migration_assets.cli.dagster_ui import DagsterUi, dagster_ui
from migration_assets.cli.output import Output
from migration_assets.migration_file import FOLDER, INSTANCE_FILE, migration_names, settings_of_migration
from migration_assets.orchestration.doctor import require_startable
from migration_assets.orchestration.own_folder import own_folder
from migration_assets.orchestration.signals import Signals
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.settings import SettingsError

HOME = Path(".migration/all")


def workspace_of(names: list[str]) -> str:
    """A workspace with a code location of each migration; a new file is a new location."""
    return yaml.safe_dump(
        {
            "load_from": [
                {"python_module": {"module_name": "migration_assets.shops", "attribute": name, "location_name": name}}
                for name in names
            ]
        },
        sort_keys=False,
    )


def ui_of_all(out: Output, port: int) -> None:
    """Serve until Ctrl-C. Runs that are active then go on in their own processes, or are closed by the next command.

    Raises:
        SettingsError: migrations/dagster.yaml is missing.
        CommandRunning: another UI of this folder lives.
    """
    home = _home()
    os.environ["DAGSTER_HOME"] = str(home)
    _look_at_each(out, migration_names())
    workspace, names = home / "workspace.yaml", migration_names()
    workspace.write_text(workspace_of(names), encoding="utf-8")
    log = home / "dagster-dev.log"
    with (
        single_instance_lock(home, "`migrate ui`", name="ui"),
        Signals(out.note) as signals,
        dagster_ui(log, port, home / "ui.lock", workspace, len(names)) as child,
        suppress(KeyboardInterrupt),
    ):
        signals.on_second_signal = child.kill
        _announce(out, child, migration_names())
        while not signals.requested:
            child.check()
            time.sleep(0.2)
        from migration_assets.orchestration.dagster_home import instance_in

        with instance_in(home) as instance:
            out.note(f"{child.end_runs(instance, migration_names())} active runs ended; closing Dagster.")


def _announce(out: Output, child: DagsterUi, names: list[str]) -> None:
    if out.as_json:
        click.echo(json.dumps({"ui": child.address, "migrations": names, "log": str(child.log)}))
        return
    out.console.print(f"The UI is {child.address}   (Ctrl-C ends it)", markup=False)
    out.console.print(f"Migrations {', '.join(names)}, log {child.log}", markup=False)


def _look_at_each(out: Output, names: list[str]) -> None:
    """What would keep a run of one from starting is told, and keeps no other one from its UI."""
    for name in names:
        try:
            points = require_startable(settings_of_migration(name, Path.cwd()).require_complete())
            said = [f"{point.name}: {point.said}" for point in points]
        except SettingsError as error:
            said = [str(error)]
        except Exception as error:  # its words may quote an address; what is wrong with one keeps no other from its UI
            said = [f"it cannot be looked at ({type(error).__name__}): `migrate --migration {name} doctor`"]
        for sentence in said:
            out.note(f"{name}: {sentence}")


def _home() -> Path:
    shared = Path(FOLDER) / INSTANCE_FILE
    if not shared.is_file():
        raise SettingsError(
            f"One UI for {', '.join(migration_names())} needs a storage that they share, and {shared} does not exist. "
            "Write it as docs/many-shops.md shows, or open one of them: `migrate --migration NAME ui`."
        )
    home = HOME.resolve()
    own_folder(home)
    shutil.copyfile(shared, home / INSTANCE_FILE)
    return home
