"""Before the first asset of a process: would this run fail? The look of the command, for runs that the UI starts.

A day of a backfill, a button on an asset's page and a schedule start a run with no command above it that could look. So
each process that works on runs looks once for each home, before it reads or writes anything.

It belongs here: when is looked. It does not: at what (doctor.py).
"""

from pathlib import Path

from migration_assets.orchestration.doctor import require_startable
from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings

_looked: set[Path] = set()


def looked_at(settings: Settings) -> None:
    """A command, or a job that runs others, has looked already, and has the home's files open by now."""
    _looked.add(settings.home)


def require_startable_once() -> None:
    """
    Raises:
        NotStartable: as `require_startable`; the next asset looks again.
    """
    settings = load_settings()
    if settings.home not in _looked:
        require_startable(settings)
        looked_at(settings)
