"""A process that loads a code location may run jobs: what it owes to others, whichever way it was loaded.

Others can see that it lives, it ends with the UI that it belongs to, and it waits for pools as ours do. It belongs
here: all of it in one call. It does not: the definitions (build.py).
"""

from migration_assets.orchestration import pool_wait
from migration_assets.orchestration.end_with_ui import end_with_ui
from migration_assets.orchestration.ui_life import live_as_ui
from migration_assets.settings import Settings


def begin_location(settings: Settings) -> None:
    """Once in a process; again it changes nothing."""
    end_with_ui()
    live_as_ui(settings)
    pool_wait.install()
