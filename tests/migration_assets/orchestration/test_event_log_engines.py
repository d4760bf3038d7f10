"""The event log held open: its engines are kept, and connections that close leave its write-ahead log alone."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migration_assets.orchestration import event_log_engines
from migration_assets.orchestration.event_log_engines import (
    ScriptDirectory,
    cached_event_log_engines,
    revisions_read_once,
)


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


def shard(instance: dg.DagsterInstance, name: str) -> Path:
    return Path(instance.event_log_storage.path_for_shard(name))


def write_something(instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization("a"))


def test_the_write_ahead_log_stays_while_the_log_is_held_open(instance: dg.DagsterInstance):
    write_something(instance)
    waiting = shard(instance, "index").with_name("index.db-wal")
    assert not waiting.exists()
    with cached_event_log_engines(instance):
        write_something(instance)
        assert waiting.stat().st_size > 0
    assert not waiting.exists()


def test_a_log_that_is_no_sqlite_file_is_left_alone():
    with dg.DagsterInstance.ephemeral() as instance, cached_event_log_engines(instance):
        write_something(instance)


def test_an_engine_is_made_once_for_a_database_and_the_latest_are_kept(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    made: list[str] = []
    make = event_log_engines.sqlite_event_log.create_engine

    def counting(url: str, **options: Any) -> Any:
        made.append(url)
        return make(url, **options)

    monkeypatch.setattr(event_log_engines.sqlite_event_log, "create_engine", counting)
    with cached_event_log_engines(instance):
        for _ in range(3):
            write_something(instance)
        assert len(made) == len(set(made)) > 0
        for run in range(event_log_engines.KEPT + 3):
            instance.event_log_storage.get_logs_for_run(f"run-{run}")
        again = len(made)
        instance.event_log_storage.get_logs_for_run(f"run-{event_log_engines.KEPT + 2}")
        assert len(made) == again
        instance.event_log_storage.get_logs_for_run("run-0")
        assert len(made) == again + 1
    before = len(made)
    write_something(instance)
    assert len(made) > before, "outside, Dagster does as it always does"


def test_dagsters_revisions_are_read_once_for_the_files_of_all_runs_which_are_stamped_as_ever(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    def stamp(run: str) -> str:
        with instance.event_log_storage.run_connection(run) as connection:
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()

    read: list[Any] = []
    make = ScriptDirectory.from_config
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda config: read.append(config) or make(config))
    ever, before = stamp("as ever"), len(read)
    assert before > 1
    with revisions_read_once():
        assert {stamp("one"), stamp("two"), stamp("three")} == {ever}
        assert len(read) == before + 1
    stamp("after")
    assert len(read) > before + 1


def test_a_commit_does_not_wait_for_the_disk_while_a_command_works(instance: dg.DagsterInstance):
    levels = []
    with cached_event_log_engines(instance), instance.event_log_storage.index_connection() as connection:
        levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
    with instance.event_log_storage.index_connection() as connection:
        levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
    assert levels == [1, 2]


def test_days_of_a_range_are_planned_and_made_in_few_commits(instance: dg.DagsterInstance):
    days = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-03-01")

    @dg.asset(partitions_def=days, backfill_policy=dg.BackfillPolicy.single_run())
    def a() -> None: ...

    def materialize(first: str, last: str) -> int:
        opened, connect = [0], event_log_engines.sqlite_event_log.SqliteEventLogStorage._connect
        with pytest.MonkeyPatch.context() as patch:

            def counting(self: Any, shard: str) -> Any:
                opened[0] += 1
                return connect(self, shard)

            patch.setattr(event_log_engines.sqlite_event_log.SqliteEventLogStorage, "_connect", counting)
            tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
            dg.materialize([a], instance=instance, tags=tags)
        return opened[0]

    with cached_event_log_engines(instance):
        few, many = materialize("2026-01-01", "2026-01-03"), materialize("2026-01-04", "2026-01-31")
    assert many <= few + 3
    assert len(instance.get_materialized_partitions(dg.AssetKey("a"))) == 31
