"""The order of a migration: what a bad day does, and what is reported of empty days."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from migration_assets.cli.command_errors import Exit, explain
from migration_assets.day_ranges import DayRange
from migration_assets.mapping.confirm import NotConfirmed
from migration_assets.orchestration.backup import keep_after_ranges
from migration_assets.orchestration.decisions import decide_preflight
from migration_assets.orchestration.empty_days import report_empty_days
from migration_assets.orchestration.migration import CUSTOMERS, DAILY_ASSETS, DEFINITIONS, STAGED, Migration
from migration_assets.orchestration.runs import RunFailed
from migration_assets.partitions import OlderThanPartitions
from migration_assets.settings import LoadOrder
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger
from resources.ledger.known_writes import KnownWrites
from resources.warehouse import Table, Warehouse

SWEEP = Table("ivinex.ticket_sweep", {"source_id": ("VARCHAR", ""), "partition": ("VARCHAR", "")})
TICKETS = {"2024-01-01": 2, "2024-01-02": 1, "2024-01-03": 1, "2024-01-10": 3, "none": 4}


class StagingRuns:
    """Stands in for the runner: stages days, with the checks of one day failing."""

    def __init__(self, ledger: Ledger, bad: str = ""):
        self.ledger, self.bad = ledger, bad
        self.instance = dg.DagsterInstance.ephemeral()
        self.loaded: list[str] = []
        self.staged: list[str] = []
        self.open_tickets = False
        self.order = LoadOrder.newest
        self.run_ids: list[str] = []
        self.read = 0

    def own_keys(self, keys: Sequence[dg.AssetKey]) -> list[dg.AssetKey]:
        """One migration alone: as they are."""
        return list(keys)

    def run(self, job: str, days: DayRange | None = None) -> None:
        if days is None:
            self.read += job == "discover"
            return
        if job == "load_days":
            self.loaded.append(("open " if self.open_tickets else "") + str(days))
            return
        self.staged.append(str(days))
        for table in STAGED:
            self.ledger.quality_gates.record_gates(
                [(f"{table}:schema", day, day != self.bad, "3 rows") for day in days.days], "run"
            )
        if self.bad and days.first == days.last == self.bad:
            raise RunFailed("stage_days", "1", "a check failed", causes=["DagsterAssetCheckFailedError"])


@pytest.fixture
def migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Migration]:
    monkeypatch.setattr("migration_assets.day_ranges._most_days", lambda *_: 5)
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:sandbox")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    rows = [(f"{day}/{n}", day) for day, count in TICKETS.items() for n in range(count)]
    with warehouse.held():
        warehouse.replace(SWEEP, pd.DataFrame(rows, columns=["source_id", "partition"]))
        yield Migration(StagingRuns(ledger), warehouse, ledger, tmp_path, order=LoadOrder.oldest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bad", "loaded"),
    [
        ("", ["2024-01-01 to 2024-01-03", "2024-01-10"]),
        ("2024-01-02", ["2 days of 2024-01-01 to 2024-01-03", "2024-01-10"]),
        ("2024-01-10", ["2024-01-01 to 2024-01-03"]),
    ],
)
def test_a_bad_day_closes_itself_and_its_neighbours_are_loaded(migration: Migration, bad: str, loaded: list[str]):
    runs = migration.runner
    runs.bad = bad  # type: ignore[attr-defined]
    migration.days()
    assert runs.loaded == loaded  # type: ignore[attr-defined]
    assert {(gate.check, gate.partition) for gate in migration.closed} == (
        {(f"{table}:schema", bad) for table in STAGED} if bad else set()
    )
    progress = migration.ledger.progress.progress_rows().set_index("phase").loc["days"]
    assert (progress["done"], progress["total"]) == (7, 7)


def test_the_home_is_kept_after_each_range_and_a_place_that_is_gone_ends_no_load(migration: Migration, tmp_path: Path):
    said: list[str] = []
    place = tmp_path / "kept"
    settings = load_settings().model_copy(update={"home": tmp_path, "backup": str(place)})
    keep = keep_after_ranges(settings, migration.ledger, migration.warehouse, said.append)
    kept: list[tuple[list[str], bool]] = []

    def after() -> None:
        keep()
        kept.append((list(migration.runner.loaded), (place / "manifest.json").is_file()))  # type: ignore[attr-defined]

    migration.keep = after
    migration.days()
    first, second = "2024-01-01 to 2024-01-03", "2024-01-10"
    assert kept == [([first], True), ([first, second], True)]
    assert [line.split(":")[0] for line in said] == ["backup", "backup"]
    shutil.rmtree(place)
    place.write_text("the disk is another one now")
    migration.days()
    assert len(migration.runner.loaded) == 4  # type: ignore[attr-defined]
    assert said[-1].startswith("No backup was made after this range, and the load goes on (MIGRATION_BACKUP): ")


@pytest.mark.parametrize("order", list(LoadOrder))
def test_open_tickets_of_all_days_go_first_then_the_newest_days(
    migration: Migration, order: LoadOrder, monkeypatch: pytest.MonkeyPatch
):
    found = {"2024-01-01/0": "2024-01-01", "2024-01-10/0": "2024-01-10", "2024-01-10/1": "2024-01-10"}
    monkeypatch.setattr("migration_assets.orchestration.migration.open_tickets", lambda *_: found)
    monkeypatch.setattr(Migration, "confirmed_map", lambda _: None)
    migration.order = order
    migration.days()
    runs, days = migration.runner, ["2024-01-10", "2024-01-01 to 2024-01-03"]
    first = ["open 2 days of 2024-01-01 to 2024-01-10"]
    assert (
        runs.loaded
        == {  # type: ignore[attr-defined]
            LoadOrder.open_first: first + days,
            LoadOrder.newest: days,
            LoadOrder.oldest: days[::-1],
        }[order]
    )
    if order is LoadOrder.open_first:
        # A day that the first part staged is not staged again.
        assert runs.staged == ["2 days of 2024-01-01 to 2024-01-10", "2024-01-02 to 2024-01-03"]  # type: ignore[attr-defined]
        progress = migration.ledger.progress.progress_rows().set_index("phase").loc["open tickets"]
        assert (progress["done"], progress["total"]) == (3, 3)


def test_a_bad_day_is_left_out_of_the_open_tickets_too_and_named_once(
    migration: Migration, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "migration_assets.orchestration.migration.open_tickets", lambda *_: {"2024-01-10/0": "2024-01-10"}
    )
    monkeypatch.setattr(Migration, "confirmed_map", lambda _: None)
    migration.order = LoadOrder.open_first
    migration.runner.bad = "2024-01-10"  # type: ignore[attr-defined]
    migration.days()
    assert migration.runner.loaded == ["2024-01-01 to 2024-01-03"]  # type: ignore[attr-defined]
    assert len(migration.closed) == len(STAGED)


def test_files_of_the_first_whole_days_come_beside_the_last_open_tickets(
    migration: Migration, monkeypatch: pytest.MonkeyPatch
):
    class Files:
        def __init__(self) -> None:
            self.beside_of: list[tuple[Sequence[str], Sequence[str] | None]] = []

        def fetch(self, days: Sequence[str], tickets: Sequence[str] | None = None) -> bool:
            return False

        @contextmanager
        def beside(self, days: Sequence[str], tickets: Sequence[str] | None = None) -> Iterator[None]:
            self.beside_of.append((days, tickets))
            yield

    files = Files()
    monkeypatch.setattr(migration, "files", files)
    migration.order = LoadOrder.open_first
    monkeypatch.setattr(
        "migration_assets.orchestration.migration.open_tickets", lambda *_: {"2024-01-01/0": "2024-01-01"}
    )
    monkeypatch.setattr(Migration, "confirmed_map", lambda _: None)
    migration.days()
    whole = migration.plan({day: count for day, count in TICKETS.items() if day != "none"})
    assert files.beside_of[0] == (whole[0].days, None)


def test_open_tickets_that_are_there_are_not_asked_for_again(migration: Migration, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "migration_assets.orchestration.migration.open_tickets", lambda *_: {"2024-01-10/0": "2024-01-10"}
    )
    monkeypatch.setattr(Migration, "confirmed_map", lambda _: None)
    monkeypatch.setattr(KnownWrites, "ended_ids", lambda *_: {"2024-01-10/0"})
    migration.order = LoadOrder.open_first
    migration.days()
    assert not [one for one in migration.runner.loaded if one.startswith("open")]  # type: ignore[attr-defined]


def test_what_prepare_holds_is_definitions_and_customers():
    from migration_assets.build import build_definitions

    job = build_definitions(load_settings()).resolve_job_def("prepare")
    assert job.asset_layer.executable_asset_keys == {*DEFINITIONS, *CUSTOMERS}


def test_days_between_ranges_are_reported_once_as_done(migration: Migration):
    migration.days()
    instance = migration.runner.instance
    known = instance.get_materialized_partitions(DAILY_ASSETS[0])
    assert {"2024-01-04", "2024-01-09"} <= known
    assert not known & {"2023-12-31", "2024-01-11", "2024-01-01"}
    assert report_empty_days(instance, DAILY_ASSETS, sorted(known)) == 0


@pytest.mark.parametrize("work", ["discover", "days"])
def test_a_ticket_before_the_loaded_partitions_ends_the_command_and_says_to_run_it_again(
    migration: Migration, work: str
):
    migration.warehouse.append(SWEEP, pd.DataFrame([("old", "2014-12-31")], columns=["source_id", "partition"]))
    with pytest.raises(OlderThanPartitions) as error:
        getattr(migration, work)()
    assert migration.runner.loaded == []  # type: ignore[attr-defined]
    code, told = explain(error.value)
    assert code == Exit.FAILED
    assert told.startswith("A ticket of 2014-12-31 is older than the first partition, 2015-01-01. Nothing was lost")


def test_a_changed_decision_is_told_before_the_source_is_read_for_hours(migration: Migration):
    migration.ledger.decisions.confirm_mapping("v", "f", {}, "Ann")
    for choice in ("create", "fallback"):
        decide_preflight(migration.ledger, migration.warehouse, "missing_users", choice, "Bo")
    with pytest.raises(NotConfirmed, match=r"missing_users was create \(Bo, .* and is fallback"):
        migration.read_source()
    assert migration.runner.read == 0  # type: ignore[attr-defined]


def test_who_ends_a_load_in_its_open_tickets_is_told_how_many_are_through(
    migration: Migration, monkeypatch: pytest.MonkeyPatch
):
    assert migration.how_far().startswith("Ended before the first ticket.")
    monkeypatch.setattr(KnownWrites, "gorgias_ids", lambda self, name: {"ivinex:1:1": 1, "ivinex:1:2": 2})
    assert migration.how_far().startswith("Ended after 2 tickets.")
