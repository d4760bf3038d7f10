"""The partitions of a running UI: loaded with it, and loaded anew when a sweep finds an earlier first day.

It belongs here: noticing the change. It does not: how a code location is reloaded (dagster_ui.py), and which day is
the first (partitions.py).
"""

from collections.abc import Callable
from typing import Protocol

from migration_assets.partitions import first_partition
from migration_assets.settings import Settings


class Reloads(Protocol):
    """What can load its code location anew."""

    def reload(self) -> bool: ...


class PartitionsOfUi:
    """Made before the UI starts, so that no change is missed.

    Args:
        note: told what happened, as one line.
    """

    def __init__(self, settings: Settings, note: Callable[[str], None]):
        self._settings, self._note = settings, note
        self._loaded = self._first()

    def follow(self, ui: Reloads) -> None:
        """Reload where the first partition is another than the one that is loaded; tried once for each."""
        first = self._first()
        if first == self._loaded:
            return
        self._loaded = first
        if ui.reload():
            self._note(f"The partitions begin on {first} now: a sweep found it as the first day with a ticket.")
        else:
            self._note(
                f"The partitions should begin on {first} now, but the code location could not be loaded anew. Reload "
                "it in the UI under Deployment > Code locations."
            )

    def _first(self) -> str:
        return first_partition(self._settings.home, self._settings.start_date).isoformat()
