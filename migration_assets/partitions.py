"""Daily partitions of everything that belongs to a ticket: the day of its creation, in UTC.

A created day never changes, so a record belongs to one partition (architecture.md 5). Tickets without a usable day
are booked under `NO_PARTITION` and are no partition of Dagster's. The first partition is the first day on which a
sweep found a ticket: it stands in MIGRATION_HOME, because the code location loads without the source and without the
warehouse. Does not belong here: which day a ticket belongs to (ivinex/full_scan/day_assignment.py).
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import dagster as dg

from migration_assets.process_migrations import present_migration
from migration_assets.settings import SettingsError, Target
from migration_assets.settings_source import load_settings

NO_PARTITION = "none"
_ANY_DAY = date(2015, 1, 1)
FIRST_DAY_FILE = "first_day.json"


class OlderThanPartitions(Exception):
    """A sweep found a ticket of a day that this process, loaded before, has no partition for."""


def daily_partitions() -> dg.DailyPartitionsDefinition:
    """All days from the first one (`first_partition`) up to and including today (UTC).

    Decided once in a process for each migration that it holds, so that every asset and check of one has the same days.
    `end_offset=1` admits the running day, which the final delta of a cutover needs.
    """
    return _days_of(present_migration())


@cache
def _days_of(migration: str) -> dg.DailyPartitionsDefinition:
    """
    Args:
        migration: the present one, by which settings are found.
    """
    try:
        settings = load_settings()
    except SettingsError:
        # Assets name their partitions when they are imported, which broken settings must not end: who builds the
        # definitions or starts a command reads the settings first, and says what is wrong with them.
        return dg.DailyPartitionsDefinition(start_date=_ANY_DAY.isoformat(), timezone="UTC", end_offset=1)
    # A demo is loaded before it makes its folder: what lies in the present one is of another migration.
    of_home = settings.target is not Target.demo or not settings.missing()
    first = first_partition(settings.home, settings.start_date) if of_home else settings.start_date
    return dg.DailyPartitionsDefinition(start_date=first.isoformat(), timezone="UTC", end_offset=1)


def first_partition(home: Path, start: date) -> date:
    """The first day that a sweep found, but none before `start` (MIGRATION_START_DATE); `start` where none did yet."""
    return max(start, _written(home) or start)


def note_first_day(home: Path, start: date, days: Iterable[str]) -> date | None:
    """Write the first of these days for the next process that loads, unless an earlier one is written already.

    Returns:
        The day that stands there now; None where there is none.
    """
    found = [date.fromisoformat(day) for day in days]
    before = _written(home)
    if not found:
        return before
    first = max(start, min([*found, before] if before else found))
    if first != before:
        home.mkdir(parents=True, exist_ok=True)
        content = {"first_day": first.isoformat(), "written_at": datetime.now(UTC).isoformat(timespec="seconds")}
        draft = home / f"{FIRST_DAY_FILE}.tmp"
        draft.write_text(json.dumps(content) + "\n", encoding="utf-8")
        draft.replace(home / FIRST_DAY_FILE)
    return first


def older_than_partitions(day: str) -> str:
    """What to say of a day that lies before the first partition of this process; empty where it does not."""
    first = daily_partitions().start.date().isoformat()
    if day >= first:
        return ""
    return (
        f"A ticket of {day} is older than the first partition, {first}. Nothing was lost: run the same command again; "
        "in the UI, reload the code location (Deployment > Code locations > Reload; `migrate ui` does it by itself) "
        "and start the job again."
    )


def require_partitions(days: Iterable[str]) -> None:
    """
    Raises:
        OlderThanPartitions: one of these days lies before the first partition of this process.
    """
    first = min(days, default="")
    if first and (told := older_than_partitions(first)):
        raise OlderThanPartitions(told)


def _written(home: Path) -> date | None:
    """The day in the file; None where there is no file, or nothing in it that could be the day of a ticket."""
    try:
        day = date.fromisoformat(json.loads((home / FIRST_DAY_FILE).read_text(encoding="utf-8"))["first_day"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return day if day <= datetime.now(UTC).date() else None
