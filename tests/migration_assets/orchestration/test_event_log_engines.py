"""The event log held open: its engines are kept, and connections that close leave its write-ahead log alone."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from migration_assets.orchestration import event_log_engines
from migration_assets.orchestration.event_log_engines import cached_event_log_engines


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
