"""Slices against the sweeps: which days are older, and what a day says that is not what the sweep holds."""

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from ivinex_stage import cut_days

from checks.quality_gates import closed
from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments import file_tables
from migration_assets.ivinex.full_scan.daily_slices import refresh_stale, slice_activities, slice_files, slice_tickets
from migration_assets.ivinex.full_scan.slice_checks import activities_match, files_there, tickets_match
from resources.ledger import Ledger
from resources.warehouse import Warehouse

DAYS = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
FIRST, SECOND, THIRD, EMPTY = DAYS
BOTH = {("ivinex/tickets:matches_sweep", SECOND), ("ivinex/activities:matches_sweep", SECOND)}
SLICES = ("ivinex.tickets", "ivinex.activities", "ivinex.attachments")


def rows_of(warehouse: Warehouse, table: str) -> list[tuple[Any, ...]]:
    return list(warehouse.query(f"SELECT * FROM {table} ORDER BY ALL").itertuples(index=False, name=None))


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """Two tickets on each of three days; each has two activities and, on the second of them, a file."""
    made = Warehouse(tmp_path / "warehouse.duckdb")
    with made.held():
        swept = [(f"t:{day}/{n}", f"hash {n}", day) for day in DAYS[:3] for n in (1, 2)]
        hung = [(f"a:{name}/{n}", name) for name, _, _ in swept for n in (1, 2)]
        made.replace(tables.TICKET_SWEEP, pd.DataFrame(swept, columns=["source_id", "content_hash", "partition"]))
        made.replace(tables.ACTIVITY_SWEEP, pd.DataFrame({"source_id": [one for one, _ in hung], "content_hash": "v1"}))
        made.replace(
            tables.LINKS,
            pd.DataFrame(hung, columns=["from_source_id", "to_source_id"]).assign(role="activity_ticket", via="x"),
        )
        files = [one for one, _ in hung if one.endswith("/2")]
        made.replace(
            file_tables.MENTIONS,
            pd.DataFrame({"source_id": [f"{one}/f" for one in files], "record_source_id": files, "content_hash": "v1"}),
        )
        made.replace(
            file_tables.DOWNLOADS,
            pd.DataFrame({"source_id": [f"{one}/f" for one in files], "status": "ok", "sha256": "5ha"}),
        )
        cut(made)
        yield made


def cut(warehouse: Warehouse) -> None:
    for slicing in (slice_tickets, slice_activities, slice_files):
        slicing(warehouse, DAYS)


TWICE = "INSERT INTO ivinex.ticket_sweep BY NAME SELECT * FROM ivinex.ticket_sweep WHERE source_id LIKE 't:{day}/2'"
CHANGES = {
    "a new version of a ticket": "UPDATE ivinex.ticket_sweep SET content_hash = 'new' WHERE source_id LIKE 't:{day}/1'",
    "a ticket that is new": "INSERT INTO ivinex.ticket_sweep BY NAME SELECT 't:9' AS source_id, '{day}' AS partition",
    "a ticket that is gone": "DELETE FROM ivinex.ticket_sweep WHERE source_id = 't:9'",
    "a ticket that is there twice": TWICE,
    "a new version of an activity": "UPDATE ivinex.activity_sweep SET content_hash = 'v2' WHERE source_id LIKE "
    "'a:t:{day}/1/1'",
    "a file that was downloaded since": "UPDATE ivinex.downloads SET sha256 = 'other' WHERE source_id LIKE "
    "'a:t:{day}/1/2/f'",
    "a file that failed since": "UPDATE ivinex.downloads SET status = 'gone' WHERE source_id LIKE 'a:t:{day}/1/2/f'",
    "activities that hang on it no more": "DELETE FROM ivinex.links WHERE to_source_id LIKE 't:{day}/1'",
}


def test_a_day_that_is_older_than_the_sweep_is_cut_again_and_no_other(warehouse: Warehouse) -> None:
    assert refresh_stale(warehouse, DAYS) == []
    for what, change in CHANGES.items():
        warehouse.execute(change.format(day=SECOND))
        assert refresh_stale(warehouse, [FIRST, THIRD, EMPTY]) == [], what
        assert refresh_stale(warehouse, DAYS) == [SECOND], what
        refreshed = {table: rows_of(warehouse, table) for table in SLICES}
        cut(warehouse)
        assert {table: rows_of(warehouse, table) for table in SLICES} == refreshed, what
        assert refresh_stale(warehouse, DAYS) == [], what


def test_a_ticket_that_changed_its_day_makes_both_days_older(warehouse: Warehouse) -> None:
    warehouse.execute("UPDATE ivinex.ticket_sweep SET partition = ? WHERE source_id = ?", [EMPTY, f"t:{FIRST}/1"])
    assert refresh_stale(warehouse, DAYS) == [FIRST, EMPTY]


def test_days_that_were_never_cut_are_cut(tmp_path: Path, warehouse: Warehouse) -> None:
    for table in SLICES:
        warehouse.execute(f"DROP TABLE {table}")
    assert refresh_stale(warehouse, DAYS) == [FIRST, SECOND, THIRD]
    assert refresh_stale(Warehouse(tmp_path / "empty.duckdb"), DAYS) == []


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (tickets_match, "3 tickets in the full scan, 3 in the day, 1 of them twice"),
        (activities_match, "4 activities on tickets in the full scan, 6 in"),
    ],
)
def test_a_ticket_that_is_in_the_sweep_twice_fails_in_its_own_day(
    warehouse: Warehouse, match: Callable[..., Any], words: str
) -> None:
    warehouse.execute(TWICE.format(day=SECOND))
    cut(warehouse)
    found = match(warehouse, DAYS)
    assert [day for day, result in found.items() if not result.passed] == [SECOND]
    assert words in found[SECOND].description
    assert SECOND in found[SECOND].source_ids[0]
    assert "from failure" in found[SECOND].description


@pytest.mark.parametrize("match", [tickets_match, activities_match])
def test_rows_that_a_day_lacks_are_counted(warehouse: Warehouse, match: Callable[..., Any]) -> None:
    for table in SLICES[:2]:
        warehouse.execute(f"DELETE FROM {table} WHERE partition = ? AND source_id LIKE '%/1'", [SECOND])
    found = match(warehouse, DAYS)
    assert {day: result.passed for day, result in found.items()} == {day: day != SECOND for day in DAYS}
    assert ("row", "not as many as in the full scan") in found[SECOND].failures
    assert found[EMPTY].rows == 0


def test_files_that_are_not_there_are_counted_by_reason(warehouse: Warehouse) -> None:
    warehouse.execute("UPDATE ivinex.downloads SET status = 'gone' WHERE source_id = ?", [f"a:t:{SECOND}/1/2/f"])
    warehouse.execute("UPDATE ivinex.downloads SET status = 'pending' WHERE source_id = ?", [f"a:t:{THIRD}/1/2/f"])
    cut(warehouse)
    found = files_there(warehouse, DAYS, later=False)
    assert {day: dict(result.failures) for day, result in found.items()} == {
        FIRST: {},
        SECOND: {("status", "gone"): 1},
        THIRD: {("status", "pending"): 1},
        EMPTY: {},
    }
    assert found[SECOND].description.startswith("2 files, 1 in the store, 1 not downloaded: gone (1).")
    assert found[SECOND].source_ids == [f"a:t:{SECOND}/1/2/f"]
    later = files_there(warehouse, DAYS, later=True)
    assert [day for day, result in later.items() if not result.passed] == [SECOND]
    assert "1 left for the pass with FILES=with_tickets" in later[THIRD].description


Slicing = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def slicing(warehouse: Warehouse, tmp_path: Path) -> Iterator[Slicing]:
    """The two assets as the UI runs them, on one instance and one ledger."""
    silent = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield partial(cut_days, tmp_path, instance=instance, raise_on_error=False, run_config=silent)


def closed_days(home: Path) -> set[tuple[str, str]]:
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", "test")
    rows = closed(ledger, ["ivinex/tickets", "ivinex/activities"], DAYS)
    ledger.close()
    return {(row["check_name"], row["partition"]) for row in rows.to_dict("records")}


def test_a_bad_day_fails_where_it_is_cut_and_is_cut_again_after_the_repair(
    warehouse: Warehouse, slicing: Slicing, tmp_path: Path
) -> None:
    warehouse.execute(TWICE.format(day=SECOND))
    failed = slicing(partition_key=SECOND)
    steps = {event.step_key: event.step_failure_data for event in failed.all_events if event.is_step_failure}
    assert set(steps) == {"ivinex__tickets", "ivinex__activities"}
    assert "DagsterAssetCheckFailedError" in steps["ivinex__tickets"].error.cls_name
    assert closed_days(tmp_path) == {
        ("ivinex/tickets:matches_sweep", SECOND),
        ("ivinex/activities:matches_sweep", SECOND),
    }

    warehouse.execute("CREATE OR REPLACE TABLE ivinex.ticket_sweep AS SELECT DISTINCT * FROM ivinex.ticket_sweep")
    assert slicing(partition_key=SECOND).success
    assert closed_days(tmp_path) == set()


def test_in_a_range_a_bad_day_closes_itself_only(warehouse: Warehouse, slicing: Slicing, tmp_path: Path) -> None:
    warehouse.execute(TWICE.format(day=SECOND))
    tags = {"dagster/asset_partition_range_start": FIRST, "dagster/asset_partition_range_end": EMPTY}
    assert slicing(tags=tags).success
    assert closed_days(tmp_path) == {
        ("ivinex/tickets:matches_sweep", SECOND),
        ("ivinex/activities:matches_sweep", SECOND),
    }
