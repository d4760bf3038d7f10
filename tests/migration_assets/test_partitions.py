"""Partitions begin at the first day with a ticket, and loading them survives whatever stands in the file."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from migration_assets import partitions
from migration_assets.partitions import (
    FIRST_DAY_FILE,
    OlderThanPartitions,
    first_partition,
    note_first_day,
    require_partitions,
)

START = date(2015, 1, 1)


def test_without_a_sweep_they_begin_at_the_start_date(tmp_path: Path) -> None:
    assert first_partition(tmp_path / "nothing", START) == START


def test_they_begin_at_the_first_day_that_a_sweep_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note_first_day(tmp_path, START, ["2024-03-02", "2024-03-01", "2024-05-01"])
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path))
    monkeypatch.setenv("MIGRATION_TARGET", "staging")
    loaded = partitions._days_of.__wrapped__("")
    assert loaded.get_first_partition_key() == "2024-03-01"
    assert loaded.get_last_partition_key() == datetime.now(UTC).date().isoformat()


def test_a_demo_that_has_yet_to_make_its_folder_has_all_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note_first_day(tmp_path, START, ["2024-03-01"])
    for name in os.environ:
        if name.startswith(("MIGRATION_", "IVINEX_", "GORGIAS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path))
    assert partitions._days_of.__wrapped__("").get_first_partition_key() == "2015-01-01"


def test_the_start_date_is_a_floor(tmp_path: Path) -> None:
    note_first_day(tmp_path, START, ["2016-01-01"])
    assert first_partition(tmp_path, date(2020, 1, 1)) == date(2020, 1, 1)
    assert note_first_day(tmp_path, date(2020, 1, 1), ["2019-01-01"]) == date(2020, 1, 1)


def test_a_later_day_never_replaces_an_earlier_one(tmp_path: Path) -> None:
    assert note_first_day(tmp_path, START, ["2024-03-01"]) == date(2024, 3, 1)
    written = (tmp_path / FIRST_DAY_FILE).read_text()
    assert set(json.loads(written)) == {"first_day", "written_at"}
    assert note_first_day(tmp_path, START, ["2024-04-01"]) == date(2024, 3, 1)
    assert (tmp_path / FIRST_DAY_FILE).read_text() == written
    assert note_first_day(tmp_path, START, ["2024-02-01"]) == date(2024, 2, 1)
    assert first_partition(tmp_path, START) == date(2024, 2, 1)


def test_a_sweep_without_any_day_writes_nothing(tmp_path: Path) -> None:
    assert note_first_day(tmp_path, START, []) is None
    assert not (tmp_path / FIRST_DAY_FILE).exists()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "7", "{}", '{"first_day": 5}', '{"first_day": "soon"}', '{"first_day": null}', "\ud800"],
)
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / FIRST_DAY_FILE).write_bytes(content.encode("utf-8", "surrogatepass"))
    assert first_partition(tmp_path, START) == START
    assert note_first_day(tmp_path, START, ["2024-03-01"]) == date(2024, 3, 1)


def test_a_first_day_in_the_future_would_leave_no_partition_and_is_not_believed(tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    (tmp_path / FIRST_DAY_FILE).write_text(json.dumps({"first_day": tomorrow.isoformat()}))
    assert first_partition(tmp_path, START) == START


def test_a_folder_that_cannot_be_read_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / FIRST_DAY_FILE).mkdir()
    assert first_partition(tmp_path, START) == START


def test_a_day_before_the_loaded_partitions_is_told_with_the_way_out() -> None:
    require_partitions([])
    require_partitions(["2026-01-01", "2015-01-01"])
    with pytest.raises(OlderThanPartitions, match="2014-12-31 is older than the first partition, 2015-01-01") as told:
        require_partitions(["2026-01-01", "2014-12-31"])
    assert "run the same command again" in str(told.value)
    assert "reload the code location" in str(told.value)
    assert "Nothing was lost" in str(told.value)
