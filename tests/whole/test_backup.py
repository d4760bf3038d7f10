"""A home kept in a folder and brought back elsewhere goes on where it was, with nothing written twice or lost."""

import json
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from mini_migration import MiniMigration, Outcome, clean_environment, look, mini_migration
from plain_migration import Plain, copy_of

from migration_assets.orchestration.backup import BackupRefused, backup, keep_after_ranges, restore
from migration_assets.settings import Settings
from resources.ledger import Ledger
from sandbox.gorgias.canonical import state

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def kept(plain: Plain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MiniMigration, Path, Any]]:
    """A migration after its load, and its backup."""
    folder = tmp_path_factory.mktemp("kept")
    with clean_environment(), mini_migration(plain.dataset, copy_of(plain.discovered, folder / "home")) as migration:
        migration.load(verified=False)
        place = folder / "backup"
        done = backup(settings_of(migration), migration.ledger, migration.warehouse, str(place), lambda _: None)
        yield migration, place, done


def settings_of(migration: MiniMigration, home: Path | None = None) -> Settings:
    settings = migration.resources["settings"].get()
    return settings.model_copy(update={"home": home}) if home else settings


def ledger_in(home: Path, url: str = "") -> Ledger:
    home.mkdir(mode=0o700, exist_ok=True)
    return Ledger.open(url or f"sqlite:///{home / 'ledger.sqlite'}", "demo:sandbox")


def rows(ledger: Ledger) -> dict[str, Any]:
    return {
        "writes": ledger.known_writes.write_counts().to_dict("records"),
        "outcomes": ledger.outcomes.outcome_counts().to_dict("records"),
        "gates": ledger.quality_gates.gate_rows().drop(columns=["run_id"], errors="ignore").to_dict("records"),
        "map": ledger.decisions.confirmed_mapping(),
    }


def test_a_home_that_is_brought_back_goes_on_with_nothing_written_twice(
    kept: tuple[MiniMigration, Path, Any], tmp_path: Path
):
    first, place, done = kept
    assert (done.tables > 20, done.ledger_rows > 100, done.sent > 20) == (True, True, True)
    before, home = json.loads(state(first.sandbox.gorgias, canonical=True)), tmp_path / "home"
    ledger = ledger_in(home)
    back = restore(settings_of(first, home), nullcontext(ledger), str(place), lambda _: None)
    assert (back.tables, back.ledger_rows) == (done.tables, done.ledger_rows)
    assert rows(ledger) == rows(first.ledger)
    ledger.close()
    again = MiniMigration(first.sandbox, home)
    with again.warehouse.held():
        again.discover()
        assert again.load() == []
        again.delta()
        assert [name for name, result in again.check().items() if not result.passed] == []
        assert again.ledger.conflicts.conflict_rows().empty
        again.close()
    assert json.loads(state(first.sandbox.gorgias, canonical=True)) == before


def test_a_home_that_is_lost_after_a_range_goes_on_elsewhere_from_the_copy_that_the_range_left(
    plain: Plain, tmp_path: Path
):
    lost, place = tmp_path / "home", tmp_path / "kept"
    with clean_environment(), mini_migration(plain.dataset, copy_of(plain.discovered, lost)) as first:
        days = first.stage()
        half = days[: len(days) // 2]
        settings = settings_of(first).model_copy(update={"backup": str(place)})
        said: list[str] = []
        keep = keep_after_ranges(settings, first.ledger, first.warehouse, said.append)
        first.load_days(half)
        keep()
        assert [line.split(":")[0] for line in said] == ["backup"]
        account = json.loads(state(first.sandbox.gorgias, canonical=True))
        there = len([one for one in account["tickets"] if "canary" not in str(one["external_id"])])
        first.close()
        for path in (*lost.glob("ledger.sqlite*"), *lost.glob("warehouse.duckdb*"), lost / "mapping.yaml"):
            path.unlink()

        home = tmp_path / "elsewhere"
        ledger = ledger_in(home)
        restore(settings_of(first, home), nullcontext(ledger), str(place), lambda _: None)
        ledger.close()
        again = MiniMigration(first.sandbox, home)
        with again.warehouse.held():
            assert again.load() == []
            outcome = Outcome()
            look(again, outcome)
            again.close()
    ids = [one["external_id"] for one in outcome.state["tickets"]]
    assert 0 < there < outcome.records
    assert len(ids) == len({*ids})
    assert outcome.state == plain.outcome.state
    assert outcome.conflicts == outcome.differences == []


def test_a_ledger_moves_from_a_file_to_postgresql(
    kept: tuple[MiniMigration, Path, Any], postgres_url: str, tmp_path: Path
):
    first, place, _ = kept
    ledger = ledger_in(tmp_path / "home", postgres_url)
    assert (
        restore(settings_of(first, tmp_path / "home"), nullcontext(ledger), str(place), lambda _: None).ledger_rows
        > 100
    )
    assert rows(ledger) == rows(first.ledger)
    shutil.rmtree(tmp_path / "home")
    # The machine is lost once more, and this ledger is not: it is newer than the copy, and stays.
    assert (
        restore(settings_of(first, tmp_path / "home"), nullcontext(ledger), str(place), lambda _: None).ledger_rows == 0
    )
    ledger.close()


def test_a_second_backup_sends_what_is_new_and_lets_go_what_is_old(kept: tuple[MiniMigration, Path, Any]):
    first, place, done = kept
    first.ledger.decisions.decide("a topic", "a choice", "Ann", "a reason")
    again = backup(settings_of(first), first.ledger, first.warehouse, str(place), lambda _: None)
    assert 0 < again.sent < done.sent / 2
    listed = set(json.loads((place / "manifest.json").read_text())["parts"].values())
    assert {path.name for path in (place / "content").iterdir()} == listed


def test_what_does_not_fit_is_refused_and_nothing_is_changed(kept: tuple[MiniMigration, Path, Any], tmp_path: Path):
    first, place, _ = kept
    home, copy = tmp_path / "home", tmp_path / "copy"
    ledger, settings = ledger_in(home), settings_of(first, home)

    def refused(words: str, where: Path = copy, **changed: Any) -> None:
        with pytest.raises(BackupRefused, match=words):
            restore(settings.model_copy(update=changed), nullcontext(ledger), str(where), lambda _: None)
        assert {path.name.split("-")[0] for path in home.iterdir()} <= {"ledger.sqlite", "warehouse.duckdb"}

    refused("There is no backup", tmp_path / "nowhere")
    shutil.copytree(place, copy)
    refused("is of demo:sandbox", target="staging")
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"ledger_version": 99}))
    refused("made by a newer release")
    (copy / "manifest.json").write_text(json.dumps(manifest))
    (copy / "content" / manifest["parts"]["home/mapping.yaml"]).write_text("roles: {}")
    refused("mapping.yaml in .* is damaged")
    (home / "warehouse.duckdb").touch()
    refused("holds a migration already")
    ledger.close()
