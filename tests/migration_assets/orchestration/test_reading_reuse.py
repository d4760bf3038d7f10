"""When a reading of Ivinex serves again, and what wants a new one."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from migration_assets.ivinex.tables import SWEEPS
from migration_assets.orchestration.reading_reuse import (
    mark_carried,
    note_reading,
    reading_settings,
    reusable_reading,
)
from migration_assets.settings import Settings
from resources.warehouse import Warehouse

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
TABS = {"10": "ticket", "20": "contact"}


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def swept(warehouse: Warehouse, tab: str, role: str, minutes: float, proved: bool = True) -> None:
    row = {"sweep_id": f"{tab}@{minutes}", "role": role, "collection_type_id": tab, "started_at": at(minutes)}
    row |= {"ended_at": at(minutes), "proved": proved}
    warehouse.append(SWEEPS, pd.DataFrame([row]).reindex(columns=list(SWEEPS.columns)))


@pytest.fixture
def read(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    for minutes, (tab, role) in enumerate(TABS.items(), start=1):
        swept(warehouse, tab, role, minutes)
    note_reading(warehouse, START, at(5), "as set")
    return warehouse


def reused(warehouse: Warehouse, home: Path, minutes: float = 30, **given: object) -> bool:
    asked = {"tabs": TABS, "settings": "as set", "max_age": 3600.0} | given
    return reusable_reading(warehouse, home=home, now=at(minutes), **asked) is not None  # type: ignore[arg-type]


def test_a_proved_reading_serves_until_it_is_old(read: Warehouse, tmp_path: Path):
    assert reused(read, tmp_path, 59)
    assert not reused(read, tmp_path, 61)
    assert not reused(read, tmp_path, 1, max_age=0.0)


def test_before_any_reading_there_is_none(tmp_path: Path):
    assert not reused(Warehouse(tmp_path / "warehouse.duckdb"), tmp_path)


def test_once_a_load_went_through_the_next_one_reads_again(read: Warehouse, tmp_path: Path):
    mark_carried(read)
    assert not reused(read, tmp_path)


def test_a_tab_that_was_not_read_in_its_role_or_not_proved_wants_a_new_reading(read: Warehouse, tmp_path: Path):
    assert not reused(read, tmp_path, tabs=TABS | {"30": "task"})
    assert not reused(read, tmp_path, tabs=TABS | {"20": "organization"})
    swept(read, "20", "contact", 4, proved=False)
    assert not reused(read, tmp_path)


def test_a_reading_that_was_begun_since_and_perhaps_never_ended_wants_a_new_one(read: Warehouse, tmp_path: Path):
    swept(read, "10", "ticket", 6)
    assert not reused(read, tmp_path)


def test_exports_that_came_changed_or_went_since_want_a_new_reading(read: Warehouse, tmp_path: Path):
    folder = tmp_path / "admin_exports"
    folder.mkdir()
    users = folder / "users.csv"
    users.touch()
    before, after = at(-1).timestamp(), at(7).timestamp()
    for path in (users, folder):
        os.utime(path, (before, before))
    assert reused(read, tmp_path)
    os.utime(users, (after, after))
    assert not reused(read, tmp_path)
    users.unlink()
    assert not reused(read, tmp_path)


def test_settings_that_decide_what_is_read_are_told_apart_and_the_pace_is_not():
    first = reading_settings(Settings(ivinex_page_size=100))  # type: ignore[call-arg]
    assert first == reading_settings(Settings(ivinex_requests_per_second=9))  # type: ignore[call-arg]
    assert first != reading_settings(Settings(files="later"))  # type: ignore[call-arg]
    assert first != reading_settings(Settings(ivinex_timezone="America/Denver"))  # type: ignore[call-arg]
