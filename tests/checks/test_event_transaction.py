"""Events of many days in one transaction: all there afterwards, none where an error ended it, and few connections."""

from pathlib import Path

import dagster as dg
import pytest

from checks.event_transaction import one_transaction

KEY = dg.AssetKey("a")


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


def write(instance: dg.DagsterInstance, *days: str) -> None:
    for day in days:
        instance.report_runless_asset_event(dg.AssetCheckEvaluation(asset_key=KEY, check_name="c", passed=True))
        instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=day))


def made(instance: dg.DagsterInstance) -> set[str]:
    return set(instance.get_materialized_partitions(KEY))


def test_all_is_there_when_it_ends_and_nothing_is_in_other_eyes_before(instance: dg.DagsterInstance, tmp_path: Path):
    write(instance, "0")
    beside = dg.DagsterInstance.local_temp(str(tmp_path))
    with one_transaction(instance):
        write(instance, "1", "2")
        assert made(instance) == {"0", "1", "2"}
        assert made(beside) == {"0"}
    assert made(beside) == {"0", "1", "2"}
    write(instance, "3")
    assert made(beside) == {"0", "1", "2", "3"}


def test_an_error_leaves_none_of_it_and_the_log_as_it_was(instance: dg.DagsterInstance):
    write(instance, "0")

    def write_and_fail() -> None:
        with one_transaction(instance):
            write(instance, "1")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_and_fail()
    assert made(instance) == {"0"}
    write(instance, "2")
    assert made(instance) == {"0", "2"}


def test_within_another_it_is_one_and_a_log_that_is_no_sqlite_file_is_left_alone(instance: dg.DagsterInstance):
    with one_transaction(instance), one_transaction(instance):
        write(instance, "1")
    assert made(instance) == {"1"}
    with dg.DagsterInstance.ephemeral() as other, one_transaction(other):
        write(other, "1")
        assert made(other) == {"1"}
    with one_transaction(None):
        pass
