"""Events in a batch leave the rows that Dagster leaves for them one by one, in every table and in the same order."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.instance import RUNLESS_RUN_ID

from checks.evaluate import Evaluation
from checks.event_transaction import one_transaction
from checks.step_check import StepCheck

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-02-01")
KEY = dg.AssetKey(["stage", "table"])
CHECKS = [StepCheck(KEY, name, "what it says", partitions_def=DAYS) for name in ("one", "two")]
TABLES = ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions")


@dg.asset(key=KEY, partitions_def=DAYS, check_specs=[check.spec for check in CHECKS])
def table(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    found: dict[str | None, Evaluation] = {day: Evaluation(rows=2) for day in context.partition_keys}
    found["2026-01-04"] = Evaluation(error="It cannot be read.")
    return dg.MaterializeResult(
        metadata={"rows": 2}, check_results=[check.report(context, None, lambda: found) for check in CHECKS]
    )


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[dg.EventLogEntry]:
    """Of a run of five days, of a second one of one day, and of a day that no run made."""
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("made"))) as instance:
        definitions = dg.Definitions(assets=[table], jobs=[dg.define_asset_job("days", selection=[table])])
        tags = {"dagster/asset_partition_range_start": "2026-01-02", "dagster/asset_partition_range_end": "2026-01-06"}
        job = definitions.resolve_job_def("days")
        first = job.execute_in_process(instance=instance, tags=tags)
        second = job.execute_in_process(instance=instance, partition_key="2026-01-03")
        instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition="2026-01-05", metadata={"rows": 0}))
        runs = [one for run in (first, second) for one in instance.all_logs(run.run_id)]
        return [*runs, *instance.all_logs(RUNLESS_RUN_ID)]


def stored(folder: Path, events: list[dg.EventLogEntry], *, together: bool) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of the index and of each run."""
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        if together:
            with one_transaction(instance):
                for event in events:
                    instance.event_log_storage.store_event(event)
        else:
            for event in events:
                instance.event_log_storage.store_event(event)
        assert instance.get_materialized_partitions(KEY) == {f"2026-01-0{day}" for day in range(2, 7)}
    return {
        f"{database.name} {name}": rows
        for database in sorted(folder.rglob("*.db"))
        for name, rows in rows_of(database)
        if rows
    }


def rows_of(database: Path) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    with closing(sqlite3.connect(database)) as connection:
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        for name in sorted(there & {*TABLES}):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            kept = ", ".join(column for column in columns if column != "create_timestamp")
            yield name, connection.execute(f"SELECT {kept} FROM {name}").fetchall()


def test_a_batch_leaves_the_rows_that_single_events_leave(events: list[dg.EventLogEntry], tmp_path: Path):
    alone = stored(tmp_path / "alone", events, together=False)
    assert len(alone) > 4
    assert len(alone["index.db asset_check_executions"]) == 14
    assert stored(tmp_path / "together", events, together=True) == alone


def test_what_nobody_planned_is_added_and_what_comes_twice_is_settled(events: list[dg.EventLogEntry], tmp_path: Path):
    bare = [one for one in events if one.dagster_event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED]
    evaluations = [one for one in bare if one.dagster_event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION]
    alone = stored(tmp_path / "alone", [*bare, *evaluations], together=False)
    assert stored(tmp_path / "together", [*bare, *evaluations], together=True) == alone
