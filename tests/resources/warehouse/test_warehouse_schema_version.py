"""A warehouse says which schema it has: one of an early release goes on, a newer one is left alone."""

from pathlib import Path

import duckdb
import pytest

from resources.warehouse import Warehouse, WarehouseNewer
from resources.warehouse.schema_version import VERSION


def test_one_without_a_note_goes_on_and_is_noted(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).execute("CREATE SCHEMA staging; CREATE TABLE staging.tickets AS SELECT 1 AS n").close()
    assert Warehouse(path).scalar("SELECT n FROM staging.tickets") == 1
    assert Warehouse(path).scalar("SELECT version FROM main.schema_version") == VERSION


def test_a_newer_one_is_refused_with_both_versions_however_often(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).execute(f"CREATE TABLE schema_version AS SELECT {VERSION + 1} AS version").close()
    for _ in range(2):
        with pytest.raises(WarehouseNewer, match=f"version {VERSION + 1}, and this program knows {VERSION}"):
            Warehouse(path).scalar("SELECT 1")
