"""A migration's folder is its owner's alone, and nothing in it leads elsewhere; with real files and real modes."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from migration_assets.orchestration.dagster_home import dagster_home
from migration_assets.orchestration.own_folder import own_folder
from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings


@pytest.fixture(autouse=True, params=[0o022, 0o002], ids=["022", "002"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_its_owners(home: Path):
    own_folder(home)
    assert mode(home) == 0o700


def test_a_folder_that_was_open_is_closed_and_said_so(home: Path, caplog: pytest.LogCaptureFixture):
    home.mkdir()
    (home / "ledger.sqlite").write_text("")
    assert mode(home) & 0o055
    own_folder(home)
    own_folder(home)
    assert mode(home) == 0o700
    assert [str(home) in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize(
    "name",
    [
        *("private", "private/conflicts", "private/any/values.json", "handoff", "handoff/report.html.part"),
        *("files", "files/incoming", "files/ab", "ledger.sqlite", "ledger.sqlite-wal", "warehouse.duckdb"),
        *("warehouse.duckdb.wal", "dagster", "dagster/history", "dagster/dagster.yaml", "dagster-dev.log"),
        *("mapping.tmp", ".handoff.lock"),
    ],
)
@pytest.mark.parametrize("there", [True, False], ids=["to something", "to nothing"])
def test_a_link_in_the_place_of_what_we_write_is_refused_and_what_it_points_to_is_left_alone(
    home: Path, tmp_path: Path, name: str, there: bool
):
    elsewhere = tmp_path / "elsewhere"
    if there:
        elsewhere.mkdir(mode=0o755)
    before = elsewhere.stat() if there else None
    (home / name).parent.mkdir(parents=True)
    (home / name).symlink_to(elsewhere)
    with pytest.raises(SettingsError, match="MIGRATION_HOME") as refused:
        own_folder(home)
    assert str(home / name) in str(refused.value)
    assert elsewhere.exists() is there
    assert (elsewhere.stat() if there else None) == before


def test_what_people_put_there_may_be_a_link(home: Path, tmp_path: Path):
    home.mkdir()
    (home / "admin_exports").symlink_to(tmp_path)
    (home / "mapping.yaml").symlink_to(tmp_path / "mapping.yaml")
    (home / ".#mapping.yaml").symlink_to("ann@machine.1234")
    own_folder(home)


def test_a_folder_that_is_reached_by_a_link_is_the_one_that_it_leads_to(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home.mkdir()
    (tmp_path / "name").symlink_to(home)
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path / "name"))
    monkeypatch.setenv("DAGSTER_HOME", "")
    assert dagster_home(load_settings()) == home / "dagster"
    assert mode(home) == 0o700


def test_a_folder_that_cannot_be_made_says_why(home: Path):
    home.write_text("")
    with pytest.raises(SettingsError, match="cannot be used: File exists"):
        own_folder(home)


def test_somebody_elses_folder_is_refused_with_what_to_do():
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)  # root may use any folder
    try:
        with pytest.raises(SettingsError, match=r"belongs to another user.*chown"):
            own_folder(Path("/"))
    finally:
        os.seteuid(before)
