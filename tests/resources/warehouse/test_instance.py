"""The process's DuckDB: one instance for many batches, a file that is free in between, a new start after a fault."""

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from resources.warehouse import Warehouse, instance


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "o'clock" / "warehouse.duckdb", patience=0.3)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The databases that were connected to, in order: one for each instance."""
    instance.end_idle()
    seen: list[str] = []
    connect = duckdb.connect

    def counting(database: str, **options: object) -> duckdb.DuckDBPyConnection:
        seen.append(database)
        return connect(database, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(duckdb, "connect", counting)
    return seen


def free(path: Path) -> bool:
    """Whether another process can write the file, and finds all of it there."""
    code = f"import duckdb; duckdb.connect({str(path)!r}).execute('SELECT * FROM room.t').fetchall()"
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_many_batches_share_an_instance_and_leave_the_file_to_other_processes(warehouse: Warehouse, started: list[str]):
    warehouse.execute("CREATE SCHEMA room")
    warehouse.execute("CREATE TABLE room.t AS SELECT 1 AS one")
    assert warehouse.scalar("SELECT one FROM room.t") == 1
    assert started == [":memory:"]
    assert sorted(entry.name for entry in warehouse.path.parent.iterdir()) == ["warehouse.duckdb"]
    assert free(warehouse.path)


def test_the_file_is_held_until_the_last_of_its_users_ends(warehouse: Warehouse):
    warehouse.execute("CREATE SCHEMA room")
    warehouse.execute("CREATE TABLE room.t AS SELECT 1 AS one")
    seen: list[int] = []
    with warehouse.held():
        other = threading.Thread(target=lambda: seen.append(warehouse.scalar("SELECT one FROM room.t")))
        other.start()
        other.join()
        assert seen == [1]
        assert not free(warehouse.path)
    assert free(warehouse.path)


def test_after_a_failed_batch_the_next_one_has_a_new_instance(warehouse: Warehouse, started: list[str]):
    with pytest.raises(duckdb.Error, match="nowhere"):
        warehouse.query("SELECT * FROM nowhere")
    assert warehouse.scalar("SELECT 1") == 1
    assert len(started) == 2


def test_another_file_takes_the_instance_that_nobody_uses(tmp_path: Path, started: list[str]):
    one, two = Warehouse(tmp_path / "one.duckdb"), Warehouse(tmp_path / "two.duckdb")
    for warehouse in (one, two, one):
        assert warehouse.scalar("SELECT current_database()") == instance.NAME
        assert warehouse.scalar("SELECT current_setting('temp_directory')") == f"{warehouse.path}.tmp"
    assert len(started) == 1
    with one.held(), two.held():
        assert one.scalar("SELECT 1") == two.scalar("SELECT 1") == 1
    assert len(started) == 2


def test_a_file_that_a_signal_left_attached_is_not_taken_for_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    one, two = Warehouse(tmp_path / "one.duckdb"), Warehouse(tmp_path / "two.duckdb")
    one.execute("CREATE TABLE main.of_one AS SELECT 1 AS one")
    with monkeypatch.context() as patch:
        patch.setattr(instance, "_detach", lambda *_: None)
        assert one.exists("main.of_one")
    assert not two.exists("main.of_one")
    assert one.exists("main.of_one")


def test_a_forked_child_starts_its_own_instance(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, started: list[str]
):
    assert warehouse.scalar("SELECT 1") == 1
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert warehouse.scalar("SELECT 1") == 1
    assert len(started) == 2


def test_sorting_beyond_the_memory_is_done_beside_the_file(tmp_path: Path):
    path = tmp_path / "small.duckdb"
    small = Warehouse(path, memory_limit="60MB")
    with small.transaction() as tx:
        assert tx.scalar("SELECT current_setting('temp_directory')") == f"{path}.tmp"
        assert tx.scalar("SELECT current_setting('TimeZone')") == "UTC"
        tx.execute("CREATE TABLE t AS SELECT hash(range)::VARCHAR || repeat('x', 80) AS v FROM range(1000000)")
        assert len(str(tx.scalar("SELECT v FROM t ORDER BY v DESC LIMIT 1 OFFSET 500000"))) > 80
        assert list(Path(f"{path}.tmp").iterdir())
    instance.end_idle()
    assert not Path(f"{path}.tmp").exists()


def test_a_signal_before_the_detaching_does_not_lock_out_the_next_batch(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(instance, "_detach", interrupted)
        with pytest.raises(KeyboardInterrupt):
            warehouse.scalar("SELECT 1")
    warehouse.execute("CREATE SCHEMA room")
    warehouse.execute("CREATE TABLE room.t AS SELECT 1 AS one")
    assert free(warehouse.path)


def test_each_warehouse_has_the_memory_that_it_asks_for(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    limits = [Warehouse(path, limit).scalar("SELECT current_setting('memory_limit')") for limit in ("100MB", "300MB")]
    assert len(set(limits)) == 2


def test_what_is_committed_is_kept_where_the_disk_has_no_room_to_detach(warehouse: Warehouse):
    warehouse.execute("CREATE SCHEMA room")
    warehouse.execute("CREATE TABLE room.t AS SELECT 1 AS one")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (warehouse.path.stat().st_size, before[1]))
    try:
        warehouse.execute("INSERT INTO room.t SELECT (random() * 1e9)::INTEGER FROM range(20000)")
        assert warehouse.path.with_name("warehouse.duckdb.wal").exists()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert warehouse.scalar("SELECT count(*) FROM room.t") == 20_001


def test_while_a_job_runs_the_file_is_let_go_a_moment_after_its_last_use(warehouse: Warehouse):
    with instance.lingering():
        warehouse.scalar("SELECT 1")
        assert instance.is_attached(warehouse.path)
        with warehouse.transaction() as tx:
            tx.execute("CREATE SCHEMA room")
            tx.execute("CREATE TABLE room.t AS SELECT 1 AS one")
        deadline = time.monotonic() + 5
        while instance.is_attached(warehouse.path) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert free(warehouse.path)
        warehouse.scalar("SELECT 1")
    assert not instance.is_attached(warehouse.path)
    warehouse.scalar("SELECT 1")
    assert not instance.is_attached(warehouse.path)


def test_while_a_job_runs_another_file_closes_what_was_kept_of_the_last_one(tmp_path: Path):
    one, two = Warehouse(tmp_path / "one.duckdb"), Warehouse(tmp_path / "two.duckdb")
    with instance.lingering():
        with one.held():
            one.scalar("SELECT 1")
            (kept,) = instance._INSTANCES[instance._key(one.path)].idle
        two.scalar("SELECT 1")
        with pytest.raises(duckdb.ConnectionException):
            kept.execute("SELECT 1")


def test_who_waits_for_the_file_is_not_kept_waiting_and_a_forgotten_mark_counts_for_nothing(warehouse: Warehouse):
    warehouse.scalar("SELECT 1")
    with instance.lingering():
        instance.wait_for(warehouse.path)
        warehouse.scalar("SELECT 1")
        assert not instance.is_attached(warehouse.path)
        mark = warehouse.path.with_name(warehouse.path.name + instance.WAITING)
        os.utime(mark, (0, 0))
        warehouse.scalar("SELECT 1")
        assert instance.is_attached(warehouse.path)
        instance.wait_no_more(warehouse.path)
        assert not mark.exists()
