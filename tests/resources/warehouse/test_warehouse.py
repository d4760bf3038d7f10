"""The warehouse: slices that can be said twice, transactions of all or nothing, a lock that names its holder."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.warehouse import Table, Warehouse, WarehouseFull, WarehouseLocked, WarehouseResource

ROWS = Table(
    "room.rows",
    {
        "partition": ("VARCHAR", "the day"),
        "source_id": ("VARCHAR", "the record"),
        "number": ("BIGINT", "nullable"),
        "seen_at": ("TIMESTAMPTZ", "a moment"),
    },
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "home" / "warehouse.duckdb", patience=0.3)


def frame(*ids: str, partition: str = "2026-01-05") -> pd.DataFrame:
    return pd.DataFrame({"partition": partition, "source_id": list(ids)})


def ids(warehouse: Warehouse) -> list[str]:
    return warehouse.query("SELECT source_id FROM room.rows ORDER BY source_id")["source_id"].tolist()


def test_a_slice_said_twice_is_there_once_and_others_stay(warehouse: Warehouse):
    warehouse.append(ROWS, frame("z", partition="2026-01-06"))
    for _ in range(2):
        warehouse.replace_slice(ROWS, "partition", ["2026-01-05"], frame("a", "b"))
    assert ids(warehouse) == ["a", "b", "z"]
    warehouse.replace_slice(ROWS, "partition", ["2026-01-05"], frame())
    assert ids(warehouse) == ["z"]


day = st.sampled_from(["2026-01-05", "2026-01-06", "2026-01-07"])


@given(says=st.lists(st.tuples(st.sets(day, min_size=1), st.lists(st.integers(0, 99), max_size=5)), max_size=5))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_slices_leaves_the_last_word_on_each_day(
    says: list[tuple[set[str], list[int]]], tmp_path_factory: pytest.TempPathFactory
):
    warehouse = Warehouse(tmp_path_factory.mktemp("w") / "w.duckdb")
    warehouse.ensure(ROWS)
    expected: dict[str, list[int]] = {}
    for days, numbers in says:
        expected |= {one: sorted(numbers) for one in days}
        rows = [{"partition": one, "number": number} for one in days for number in numbers]
        columns = ["partition", "number"]
        warehouse.replace_slice(ROWS, "partition", sorted(days), pd.DataFrame(rows, columns=columns))
    held = warehouse.query("SELECT partition, number FROM room.rows ORDER BY number")
    assert {one: held.loc[held["partition"] == one, "number"].tolist() for one in expected} == expected


@pytest.mark.parametrize(
    ("fails", "failure", "told"),
    [
        (RuntimeError("power"), RuntimeError, "power"),
        (
            duckdb.IOException("Could not write file: No space left on device"),
            WarehouseFull,
            r"rolled back.*Free space",
        ),
    ],
    ids=["half-way", "on a full disk, which is told with what is kept and what to do"],
)
def test_a_transaction_that_fails_leaves_nothing(
    warehouse: Warehouse, fails: Exception, failure: type[Exception], told: str
):
    warehouse.append(ROWS, frame("a"))

    def stop_half_way() -> None:
        with warehouse.transaction() as tx:
            tx.replace_slice(ROWS, "partition", ["2026-01-05"], frame("b"))
            raise fails

    with pytest.raises(failure, match=told):
        stop_half_way()
    assert ids(warehouse) == ["a"]


def test_a_failed_body_does_not_keep_the_file(warehouse: Warehouse):
    with pytest.raises(RuntimeError), warehouse.transaction():
        raise RuntimeError
    done = subprocess.run(
        [sys.executable, "-c", f"import duckdb; duckdb.connect({str(warehouse.path)!r}).close()"], check=False
    )
    assert done.returncode == 0


@contextmanager
def held_elsewhere(warehouse: Warehouse, until: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process has the file open until a statement is through."""
    warehouse.ensure(ROWS)
    code = f"import duckdb, sys, time; c = duckdb.connect({str(warehouse.path)!r}); print(1, flush=True); {until}"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield holder
        holder.communicate()


def test_a_lock_held_by_another_process_names_it(warehouse: Warehouse):
    with held_elsewhere(warehouse, "sys.stdin.read()") as holder, pytest.raises(WarehouseLocked) as caught:
        warehouse.query("SELECT 1")
    for told in (f"PID {holder.pid}", str(warehouse.path), "nothing was changed"):
        assert told in str(caught.value)


def test_a_lock_that_is_let_go_in_time_is_waited_for(warehouse: Warehouse):
    with held_elsewhere(warehouse, "time.sleep(0.4)"):
        assert Warehouse(warehouse.path, patience=10).scalar("SELECT 1") == 1
    assert [entry.name for entry in warehouse.path.parent.iterdir()] == [warehouse.path.name]


def test_a_file_that_is_no_warehouse_is_not_taken_for_a_lock(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    path.write_text("not a database, and long enough to be read as a header of one" * 10)
    with pytest.raises(duckdb.Error) as caught:
        Warehouse(path, patience=5).query("SELECT 1")
    assert not isinstance(caught.value, WarehouseLocked)


def test_nullable_numbers_stay_numbers_and_times_are_utc(warehouse: Warehouse):
    at = pd.Timestamp("2026-07-01T12:00:00+02:00")
    warehouse.append(
        ROWS,
        pd.DataFrame(
            {"source_id": ["a", "b"], "number": pd.array([2**53 + 1, None], "Int64"), "seen_at": [at, pd.NaT]}
        ),
    )
    kinds = warehouse.query("DESCRIBE room.rows").set_index("column_name")["column_type"]
    assert kinds["number"] == "BIGINT"
    first, second = warehouse.rows("SELECT number, seen_at FROM room.rows ORDER BY source_id")
    assert first == {"number": 2**53 + 1, "seen_at": datetime(2026, 7, 1, 10, tzinfo=UTC)}
    assert second == {"number": None, "seen_at": None}
    assert str(warehouse.query("SELECT seen_at FROM room.rows")["seen_at"].dtype) == "datetime64[us, UTC]"


def test_a_column_that_was_not_declared_is_an_error(warehouse: Warehouse):
    with pytest.raises(duckdb.Error, match="extra"):
        warehouse.append(ROWS, frame("a").assign(extra=1))


def test_replacing_a_table_takes_a_changed_declaration(warehouse: Warehouse):
    warehouse.append(ROWS, frame("a"))
    wider = Table("room.rows", ROWS.columns | {"note": ("VARCHAR", "new")})
    warehouse.replace(wider, frame("b").assign(note="n"))
    assert warehouse.rows("SELECT source_id, note FROM room.rows") == [{"source_id": "b", "note": "n"}]


def test_existence_is_asked_by_schema_and_name(warehouse: Warehouse):
    warehouse.ensure(ROWS)
    assert warehouse.exists(ROWS)
    assert not warehouse.exists("other.rows")


def test_threads_of_one_process_write_beside_each_other(warehouse: Warehouse):
    warehouse.ensure(ROWS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: warehouse.append(ROWS, frame(f"t{number}")), range(8)))
    assert len(ids(warehouse)) == 8


def test_a_declared_table_is_metadata_of_its_asset():
    metadata = ROWS.metadata()
    assert metadata["dagster/table_name"] == "room.rows"
    schema = metadata["dagster/column_schema"]
    assert (schema.columns[0].name, schema.columns[0].type) == ("partition", "VARCHAR")


def test_the_resource_gives_a_transaction_in_place_of_a_bare_connection(tmp_path: Path):
    @dg.asset
    def rows(warehouse: WarehouseResource) -> None:
        with warehouse.get_connection() as tx:
            tx.append(ROWS, frame("a"))

    given = WarehouseResource(database=str(tmp_path / "w.duckdb"), memory_limit="500MB")
    assert dg.materialize([rows], resources={"warehouse": given}).success
    assert ids(given.get()) == ["a"]
    assert given.get().memory_limit == "500MB"
