"""A home is kept and brought back by a job as by the command, and never over one that lives."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Home


def emptied(home: Home, map_too: bool = True) -> None:
    """The home as a new machine has it."""
    for name in ("warehouse.duckdb", "ledger.sqlite", *(["mapping.yaml", "mapping.proposed.yaml"] if map_too else [])):
        (home.folder / name).unlink(missing_ok=True)


def test_a_job_keeps_a_home_and_another_brings_it_back_with_every_row(
    new_home: Callable[[str], Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home, place = new_home("home"), tmp_path / "kept"
    before, text = home.state(), (home.folder / "mapping.yaml").read_text()
    kept = home.job("backup_home", place=str(place))
    assert kept.success, kept.said
    assert (kept.numbers["account"], kept.numbers["sent"] > 0) == ("demo:sandbox", True)
    alive = home.job("restore_home", place=str(place), by="Ann")
    assert (alive.success, "holds a migration already" in alive.said) == (False, True)
    assert alive.numbers == {"exit_code": 2}
    other = new_home("other")
    emptied(other)
    monkeypatch.setenv("MIGRATION_BACKUP", str(place))
    back = other.job("restore_home", by="Ann")
    assert back.success, back.said
    assert back.tags["migrate/by"] == "Ann"
    assert other.state() | {"leases": []} == before | {"leases": []}
    assert (other.folder / "mapping.yaml").read_text() == text


def test_the_command_sends_nothing_that_a_job_has_kept(home: Home, tmp_path: Path):
    place = str(tmp_path / "kept")
    assert home.job("backup_home", place=place).numbers["sent"] > 5
    again = home.command("backup", place)
    assert (again.exit_code, " 0 of them sent now" in " ".join(again.output.split())) == (0, True), again.output


def test_a_place_that_is_not_said_or_cannot_be_written_is_told_with_the_way_out(home: Home, tmp_path: Path):
    nowhere = home.job("backup_home")
    assert (nowhere.success, "MIGRATION_BACKUP" in nowhere.said) == (False, True)
    (tmp_path / "file").write_text("no folder")
    wrong = home.job("backup_home", place=str(tmp_path / "file" / "kept"))
    assert (wrong.success, "cannot be used" in wrong.said, "then do the same again" in wrong.said) == (
        False,
        True,
        True,
    )


def damaged(place: Path, how: str) -> Path:
    """The backup, and one thing in it that is not as it was written."""
    manifest = place / "manifest.json"
    listed = json.loads(manifest.read_text())
    part = place / "content" / next(iter(listed["parts"].values()))
    if how == "changed":
        part.write_text("roles: {}")
    elif how == "missing":
        part.unlink()
    elif how == "cut":
        manifest.write_bytes(manifest.read_bytes()[:40])
    elif how == "without its account":
        manifest.write_text("{}")
    elif how == "without its parts":
        manifest.write_text(json.dumps({name: value for name, value in listed.items() if name != "parts"}))
    elif how == "newer":
        manifest.write_text(json.dumps(listed | {"ledger_version": 99}))
    else:
        manifest.write_text(json.dumps(listed | {"account": "staging:another.gorgias.com"}))
    return place


@pytest.mark.parametrize(
    "how", ["changed", "missing", "cut", "without its account", "without its parts", "newer", "another"]
)
def test_a_backup_that_is_refused_leaves_nothing_behind(home: Home, tmp_path: Path, how: str):
    assert home.command("backup", str(tmp_path / "kept")).exit_code == 0
    place, there = damaged(tmp_path / "kept", how), home.folder
    home.folder = tmp_path / "new" / "home"
    refused = home.command("restore", str(place))
    assert (refused.exit_code, "Nothing was changed" in " ".join(refused.output.split())) == (2, True), refused.output
    assert not (tmp_path / "new").exists()
    home.folder.mkdir(mode=0o700, parents=True)
    assert home.command("restore", str(place)).exit_code == 2
    assert list(home.folder.iterdir()) == []
    home.folder = there
