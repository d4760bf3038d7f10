"""Whether Ivinex has to be read again: a whole reading that is proved and young serves the load that follows it.

Ivinex has no filter by time and shows no list of changes, so a reading is reused as it is, or made anew. It is
reused until a load or a delta went through with it: `migrate run` after `discover`, and whatever goes on after a stop.
It belongs here: remembering readings and judging them. It does not: reading (the stage ivinex).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from migration_assets.ivinex.tables import SWEEPS
from migration_assets.mapping.model import short_hash
from migration_assets.settings import Settings
from resources.warehouse import Table, Warehouse

READINGS = Table(
    "ivinex.readings",
    {
        "started_at": ("TIMESTAMPTZ", "before the first request"),
        "ended_at": ("TIMESTAMPTZ", "all of it was read, resolved and proposed"),
        "settings": ("VARCHAR", "digest of the settings that decide what is read"),
        "carried": ("BOOLEAN", "a load or a delta went through with it"),
    },
)
_EXPORTS = "admin_exports"
_NOT_READING = {"ivinex_password", "ivinex_requests_per_second", "ivinex_patience"}
_SWEPT = f"""
    SELECT collection_type_id AS tab, role, arg_max(proved, started_at) AS proved, max(started_at) AS at
    FROM {SWEEPS.name} GROUP BY ALL
"""


@dataclass(frozen=True)
class Reading:
    """A whole reading of Ivinex."""

    started_at: datetime
    ended_at: datetime
    settings: str
    carried: bool


def reading_settings(settings: Settings) -> str:
    """A digest of the settings that decide what is read; with others, everything is read anew."""
    names = {name for name in Settings.model_fields if name.startswith("ivinex_")} - _NOT_READING
    return short_hash(settings.model_dump(mode="json", include=names | {"start_date", "files", "file_max_bytes"}))


def note_reading(warehouse: Warehouse, started: datetime, ended: datetime, settings: str) -> None:
    """The reading is through, with its relations, files and proposal."""
    row = {"started_at": started, "ended_at": ended, "settings": settings, "carried": False}
    warehouse.replace(READINGS, pd.DataFrame([row]))


def mark_carried(warehouse: Warehouse) -> None:
    """A load or a delta went through: the next one is to find what changed since."""
    with warehouse.transaction() as tx:
        tx.ensure(READINGS)
        tx.execute(f"UPDATE {READINGS.name} SET carried = true")


def reusable_reading(
    warehouse: Warehouse,
    tabs: Mapping[str, str],
    home: Path,
    settings: str,
    max_age: float,
    now: datetime | None = None,
) -> Reading | None:
    """The last reading, where it is as good as a new one for who goes on from it; else None.

    Args:
        tabs: CollectionTypeID -> role of the confirmed map; each must have been read in this role, and proved.
        settings: as `reading_settings` gives it.
        max_age: seconds from its first request (SWEEP_MAX_AGE).
    """
    if not (warehouse.exists(READINGS) and warehouse.exists(SWEEPS)):
        return None
    rows = warehouse.rows(f"SELECT * FROM {READINGS.name}")
    last = Reading(**rows[0]) if rows else None
    if last is None or last.carried or last.settings != settings:
        return None
    if (now or datetime.now(UTC)) - last.started_at > timedelta(seconds=max_age):
        return None
    swept = warehouse.rows(_SWEPT)
    if any(row["at"] > last.ended_at for row in swept):
        return None  # another reading was begun since, and nobody knows how far it came
    proved = {(row["tab"], row["role"]) for row in swept if row["proved"] and row["at"] >= last.started_at}
    folder = home / _EXPORTS  # its own time tells of a file that was taken away
    edited = folder.exists() and max(one.stat().st_mtime for one in (folder, *folder.rglob("*")))
    if edited and edited > last.started_at.timestamp():
        return None
    return None if set(tabs.items()) - proved else last
