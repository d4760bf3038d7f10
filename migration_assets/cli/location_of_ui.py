"""What the code location of a running UI was loaded with, and its loading anew when that is another by now.

It belongs here: noticing an earlier first day or another map. It does not: how a code location is reloaded
(dagster_ui.py), which day is the first (partitions.py), and what the map's version says (asset_labels.py).
"""

from collections.abc import Callable
from typing import Protocol

from migration_assets.asset_labels import map_version
from migration_assets.partitions import first_partition
from migration_assets.settings import Settings


class Reloads(Protocol):
    """What can load its code location anew."""

    def reload(self) -> bool: ...


class LocationOfUi:
    """Made before the UI starts, so that no change is missed.

    Args:
        note: told what happened, as one line.
    """

    def __init__(self, settings: Settings, note: Callable[[str], None]):
        self._settings, self._note = settings, note
        self._first, self._version = self._first_day(), map_version(settings.home)

    def follow(self, ui: Reloads) -> None:
        """Reload where something is another than what is loaded; tried once for each."""
        first, version = self._first_day(), map_version(self._settings.home)
        said = []
        if first != self._first:
            said.append(f"The partitions begin on {first} now: a full scan found it as the first day with a ticket.")
        # A map that cannot be read for a moment is being edited: it is looked at again.
        if version is not None and version != self._version:
            said.append(f"The map is version {version} now: what was staged with another one shows as unsynced.")
        if not said:
            return
        self._first, self._version = first, version or self._version
        if not ui.reload():
            said.append(
                "But the code location could not be loaded anew: reload it in the UI under Deployment > Code locations."
            )
        self._note(" ".join(said))

    def _first_day(self) -> str:
        return first_partition(self._settings.home, self._settings.start_date).isoformat()
