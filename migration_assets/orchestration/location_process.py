"""A process that loads a code location may run jobs: what it owes to others, whichever way it was loaded.

Others can see that it lives, it ends with the UI that it belongs to, and it waits for pools as ours do; where it holds
several migrations, it works for the one whose run it is. It belongs here: all of it in two calls. It does not: the
definitions (build.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from migration_assets.orchestration import pool_wait
from migration_assets.orchestration.end_with_ui import end_with_ui
from migration_assets.orchestration.ui_life import live_as_ui, live_only_as
from migration_assets.process_migrations import worked_for
from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings


def begin_location(settings: Settings) -> None:
    """Once in a process for each migration that it holds; again it changes nothing."""
    end_with_ui()
    live_as_ui(settings)
    pool_wait.install()


@contextmanager
def during_run(run: dg.DagsterRun | None) -> Iterator[None]:
    """While a resource of the run lives; None outside of a run.

    Raises:
        SettingsError: as `worked_for`.
    """
    with worked_for(run) as migration:
        if migration:
            live_only_as(migration)
            # What others say is kept in its own home from now on, before anything asks for its settings.
            load_settings()
        yield
