"""DAGSTER_HOME: one folder that the command and the UI share, made on first use from the committed dagster.yaml.

A migration of several has one of its own in its home, with its lock; what they share is the storage that
`migrations/dagster.yaml` names, which is copied into each.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from migration_assets.migration_file import FOLDER, INSTANCE_FILE, migration_names
from migration_assets.orchestration.own_folder import own_folder
from migration_assets.settings import Settings, SettingsError

if TYPE_CHECKING:
    import dagster as dg

COMMITTED = Path(__file__).parents[2] / "dagster.yaml"
SHARED = Path(FOLDER) / INSTANCE_FILE
"""In the folder in which a command is started, beside the migrations' own files."""


def place_of(settings: Settings) -> Path:
    """Where the folder is, or will be. One of several migrations never takes that of the UI for all."""
    shared = None if settings.migration else os.environ.get("DAGSTER_HOME")
    return Path(shared or settings.home / "dagster").expanduser().resolve()


def dagster_home(settings: Settings) -> Path:
    """The folder, existing and configured; exported as DAGSTER_HOME, which Dagster itself reads.

    Raises:
        SettingsError: as `own_dagster_home`.
    """
    home = own_dagster_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def own_dagster_home(settings: Settings) -> Path:
    """The same, for a process that may be of several migrations: nothing is exported.

    Raises:
        SettingsError: it cannot be made, or MIGRATION_HOME is not its owner's alone (own_folder.py).
    """
    own_folder(settings.home)
    home = place_of(settings)
    try:
        home.mkdir(parents=True, exist_ok=True)
        if settings.migration and SHARED.is_file():
            shutil.copyfile(SHARED, home / "dagster.yaml")
        elif not (home / "dagster.yaml").exists():
            shutil.copyfile(COMMITTED, home / "dagster.yaml")
    except OSError as error:
        raise SettingsError(f"DAGSTER_HOME {home} cannot be used: {error.strerror or error}") from error
    return home


def require_begun(settings: Settings) -> None:
    """For whatever does not begin a migration: a mistyped folder is told, not made, and never counted as empty.

    Raises:
        SettingsError: there is no migration in MIGRATION_HOME.
    """
    begun = (settings.home / "ledger.sqlite").exists() if settings.ledger_url is None else settings.home.is_dir()
    if begun:
        return
    if settings.migration:
        raise SettingsError(
            f"There is no migration in {settings.home} yet. Start it with `migrate discover`; or, where it lies "
            f"elsewhere, say so (`home:` in {settings.stands_in})."
        )
    if names := migration_names():
        raise SettingsError(
            f"There is no migration in {settings.home}; those of this folder are {', '.join(names)}. Name the one you "
            "mean before the command: `migrate --migration NAME status`, for example."
        )
    raise SettingsError(
        f"There is no migration in {settings.home} yet (MIGRATION_HOME). Start one with `migrate demo` or "
        "`migrate discover`, or set MIGRATION_HOME to the folder of the one you mean."
    )


def require_known_home(settings: Settings) -> None:
    """For every command, before it opens anything: what a newer release made is left alone.

    Raises:
        LedgerNewer, WarehouseNewer: nothing was changed.
    """
    if settings.ledger_url is None and (settings.home / "ledger.sqlite").exists():
        from resources.ledger.engine import open_engine
        from resources.ledger.schema_version import require_known

        engine = open_engine(settings.ledger_address)
        try:
            require_known(engine)
        finally:
            engine.dispose()
    if (settings.home / "warehouse.duckdb").exists():
        from resources.warehouse.schema_version import require_known_file

        require_known_file(settings.home / "warehouse.duckdb")


@contextmanager
def open_instance(settings: Settings) -> "Iterator[dg.DagsterInstance]":
    """The instance in DAGSTER_HOME, with its event log held open."""
    with instance_in(dagster_home(settings)) as instance:
        yield instance


@contextmanager
def instance_in(home: Path) -> "Iterator[dg.DagsterInstance]":
    """The instance that the dagster.yaml of this folder describes."""
    # Here, because a command that only looks asks this file where the home is, and needs no Dagster.
    import dagster as dg

    from migration_assets.orchestration.event_log_engines import cached_event_log_engines, revisions_read_once

    with (
        revisions_read_once(),
        dg.DagsterInstance.from_config(str(home)) as instance,
        cached_event_log_engines(instance),
    ):
        yield instance
