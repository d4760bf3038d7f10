"""The event log held open: other connections that close leave its write-ahead log alone."""

from pathlib import Path

import dagster as dg
import pytest

from migration_assets.driver.event_log import held_open


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
    with held_open(instance):
        write_something(instance)
        assert waiting.stat().st_size > 0
    assert not waiting.exists()


def test_a_log_that_is_no_sqlite_file_is_left_alone():
    with dg.DagsterInstance.ephemeral() as instance, held_open(instance):
        write_something(instance)
