"""A run that no command started looks before its first asset as the command does, and is told the same."""

import re
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from migration_assets.build import build_definitions
from migration_assets.expected_failures import plain_failures
from migration_assets.orchestration import doctor, start_check
from migration_assets.orchestration.doctor import NotStartable
from migration_assets.orchestration.start_check import looked_at, require_startable_once
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger
from resources.server_clock import ServerClock

Spoil = Callable[[Path, pytest.MonkeyPatch], None]


def newer_ledger(home: Path, _: pytest.MonkeyPatch) -> None:
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", "demo:sandbox")
    with ledger.engine.begin() as tx:
        tx.exec_driver_sql("UPDATE schema_version SET version = 99")
    ledger.close()


def newer_warehouse(home: Path, _: pytest.MonkeyPatch) -> None:
    duckdb.connect(str(home / "warehouse.duckdb")).execute(
        "CREATE TABLE schema_version AS SELECT 98 AS version"
    ).close()


def no_database(_: Path, patched: pytest.MonkeyPatch) -> None:
    patched.setenv("LEDGER_URL", "postgresql://a:sesame@127.0.0.1:9/x")


def full_disk(_: Path, patched: pytest.MonkeyPatch) -> None:
    patched.setattr(doctor.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1_000_000}))


def clock_off(_: Path, patched: pytest.MonkeyPatch) -> None:
    patched.setattr(doctor, "look_at_clock", lambda *_: ServerClock(seconds=-4000.0))


def wrong_zone(_: Path, patched: pytest.MonkeyPatch) -> None:
    patched.setenv("IVINEX_TIMEZONE", "America/Dever")


WRONG: dict[str, tuple[Spoil, str]] = {
    "newer ledger": (newer_ledger, "ledger: has schema version 99.*`migrate restore PLACE`"),
    "newer warehouse": (newer_warehouse, "warehouse: has schema version 98.*`migrate restore PLACE`"),
    "no database": (no_database, "ledger: PostgreSQL does not answer.*look at host"),
    "full disk": (full_disk, "disk: 0.0 GB are free.*make room there"),
    "clock off": (clock_off, r"gorgias: answers; its clock is 4000 s from ours: set this machine's clock \(NTP\)"),
    "wrong zone": (wrong_zone, "IVINEX_TIMEZONE.*not an IANA time zone name, such as America/Denver"),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setattr(start_check, "_looked", set())
    monkeypatch.delenv("MIGRATION", raising=False)
    monkeypatch.setenv("MIGRATION_HOME", str(home))
    monkeypatch.setenv("GORGIAS_BASE_URL", "http://127.0.0.1:9")
    return home


def run_one() -> tuple[bool, list[str], str]:
    """Whether it succeeded, what it did, and the one sentence of its failure."""
    done: list[str] = []

    @dg.asset
    def tickets() -> None:
        done.append("read")

    result = dg.materialize(plain_failures([tickets], require_startable_once), raise_on_error=False)
    failed = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    return result.success, done, " ".join(str(failed[0].description).split()) if failed and failed[0] else ""


@pytest.mark.parametrize("case", WRONG)
def test_a_run_that_would_fail_does_nothing_and_is_told_the_way_out(
    home: Path, monkeypatch: pytest.MonkeyPatch, case: str
):
    spoil, words = WRONG[case]
    spoil(home, monkeypatch)
    success, done, said = run_one()
    assert (success, done) == (False, [])
    assert re.search(words, said), said
    assert "sesame" not in said


def test_a_process_looks_once_for_a_home_and_not_where_a_command_has_looked(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    assert run_one() == (True, ["read"], "")
    clock_off(home, monkeypatch)
    assert run_one()[0]
    start_check._looked.clear()
    assert not run_one()[0]
    looked_at(load_settings())
    assert run_one()[0]


def _refuse(_: object) -> None:
    raise NotStartable("Nothing was started")


def test_every_asset_of_the_code_location_looks_first(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(start_check, "require_startable", _refuse)
    assets = [one for one in build_definitions(load_settings()).resolve_asset_graph().assets_defs if one.is_executable]
    functions = {one.op.compute_fn.decorated_fn for one in assets if one.keys}
    assert len(functions) > 40
    for function in functions:
        with pytest.raises(dg.Failure, match="Nothing was started"):
            list(function())
