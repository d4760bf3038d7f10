"""Purging erases every value of people from a home, whatever database or log held it, and says what stays."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from leak_scan import Terms, raw_leaks

from migration_assets.orchestration.purge import RunsAlive, alone, purge
from migration_assets.orchestration.single_instance_lock import CommandRunning, single_instance_lock
from migration_assets.settings import Settings
from resources.ledger import Ledger, tables
from resources.ledger.records import Loss, Quarantined
from resources.warehouse import Table, Warehouse

NAME, MAIL = "Hannah Clayton", "hannah.clayton1@mail.example"


@dg.asset
def told() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"first": NAME})


@dg.op
def failing() -> None:
    raise ValueError(MAIL)


@dg.job
def broken() -> None:
    failing()


@pytest.fixture
def terms() -> Terms:
    found = Terms()
    found.add("name", NAME)
    found.add("address", MAIL)
    return found


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder, self.dagster = folder, folder / "dagster"
        self.settings = Settings.model_validate({"MIGRATION_HOME": str(folder)})
        self.ledger = Ledger.open(self.settings.ledger_address, self.settings.account)
        self.instance = dg.DagsterInstance.from_config(str(self.dagster))

    def purge(self, by: str = "Ann Lee", reason: str = "hypercare is over", **more: Any) -> Any:
        return purge(*(self.settings, self.dagster, self.instance, self.ledger, by, reason), say=_silent, **more)

    def close(self) -> None:
        self.ledger.close()
        self.instance.dispose()


def _silent(_: str) -> None:
    return


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dagster's folder with two runs that tell of people."""
    folder = tmp_path_factory.mktemp("runs") / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        dg.materialize([told], instance=instance)
        broken.execute_in_process(instance=instance, raise_on_error=False)
    return folder


@pytest.fixture
def home(runs: Path, tmp_path: Path) -> Iterator[Home]:
    """A migrated home in which every place that might holds a name."""
    folder = tmp_path / "home"
    shutil.copytree(runs, folder / "dagster")
    for place in ("private/conflicts/1.json", "files/ab/abcd", "admin_exports/users.csv", "private/answers.ndjson"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(f"{NAME} {MAIL}")
    (folder / "handoff").mkdir()
    (folder / "handoff" / "report.html").write_text("12 tickets")
    (folder / "notes.txt").write_text("mine")
    Warehouse(folder / "warehouse.duckdb").replace(
        Table("staging.customers", {"name": ("VARCHAR", "")}), pd.DataFrame([{"name": NAME}])
    )
    made = Home(folder)
    _fill(made.ledger)
    yield made
    made.close()


def _fill(ledger: Ledger) -> None:
    ledger.quarantine.record("gorgias", "tickets", [Quarantined("ivinex:1:7", "never_possible", f"'{NAME}' is taken")])
    ledger.losses.record_losses(
        "gorgias", "tickets", [Loss(field="subject", kind="cut", source_id="ivinex:1:7", detail=NAME)]
    )
    ledger.quality_gates.record_gate("staging/tickets:schema", "2024-05-01", False, MAIL, "run")
    with ledger.transaction() as tx:
        conflict = {"object": "customers", "source_id": "ivinex:1:8", "field": "name", "gorgias_id": 1, "detail": NAME}
        ledger.conflicts.record_in_transaction(tx, [conflict])
        common = {"account": ledger.account, "object": "customers", "part": "p", "state": "DONE"}
        common |= {"payload_hash": "0" * 64, "fence": 1, "intent_at": ledger.now()}
        common |= {"before": {"name": NAME, "email": MAIL}}
        # More than a page, so that rows lie in pages that are given up.
        numbers = range(200)
        rows = [common | {"source_id": f"ivinex:1:{number}", "detail": f"{NAME} {number}"} for number in numbers]
        tx.execute(tables.writes.insert(), rows)


def test_no_file_of_the_home_holds_a_value_of_a_person_afterwards(home: Home, terms: Terms):
    places = {leak.split(":")[0].split("/")[0] for leak in raw_leaks(home.folder, terms)}
    assert {"private", "files", "admin_exports", "ledger.sqlite-wal", "dagster"} <= places
    home.purge()
    assert raw_leaks(home.folder, terms) == []
    assert not list(home.folder.glob("warehouse.duckdb*"))
    home.close()
    assert raw_leaks(home.folder, terms) == []


def test_ids_hashes_states_counts_and_documents_stay_and_the_result_names_them(home: Home):
    purged = home.purge()
    with home.ledger.reading() as connection:
        writes = connection.execute(tables.writes.select()).mappings().fetchall()
    assert len(writes) == 200
    assert {(row["state"], row["before"], row["detail"]) for row in writes} == {("DONE", None, "")}
    assert writes[0]["payload_hash"] == "0" * 64
    aside = home.ledger.quarantine.rows()
    assert list(aside["source_id"]) == ["ivinex:1:7"]
    assert list(aside["message"]) == [""]
    assert (home.folder / "handoff" / "report.html").read_text() == "12 tickets"
    assert {"ledger.sqlite", "handoff", "dagster"} <= set(purged.stays)
    assert purged.unknown == ["notes.txt"]
    assert purged.columns["writes.before"] == 200
    assert purged.runs == 2
    assert list(home.instance.get_runs()) == []
    text = " ".join(purged.sentences())
    for word in ("private (2 files)", "notes.txt", "uploaded", "backups"):
        assert word in text
    assert json.loads(json.dumps(purged.as_data()))["erased_runs"] == 2


def test_who_had_it_erased_and_why_is_in_the_ledger_and_a_second_time_finds_nothing(home: Home):
    home.purge()
    with home.ledger.reading() as connection:
        rows = connection.execute(tables.decisions.select()).mappings().fetchall()
    assert [(row["topic"], row["choice"], row["decided_by"], row["reason"]) for row in rows] == [
        ("purge", "erased", "Ann Lee", "hypercare is over")
    ]
    again = home.purge()
    assert (again.files, again.columns, again.runs) == ({}, {}, 0)


def test_a_reader_of_the_ledger_does_not_keep_the_values_on_the_disk(home: Home, terms: Terms):
    """A webserver or `migrate status` has it open meanwhile."""
    other = sqlite3.connect(home.folder / "ledger.sqlite")
    other.execute("SELECT count(*) FROM writes").fetchone()
    home.purge()
    assert raw_leaks(home.folder, terms) == []
    other.close()


def test_it_refuses_while_a_run_is_alive_or_another_machine_works_and_erases_nothing(home: Home):
    job = dg.define_asset_job("job").resolve(asset_graph=dg.Definitions([told]).resolve_asset_graph())
    run = home.instance.create_run_for_job(job_def=job, status=dg.DagsterRunStatus.STARTED)
    with pytest.raises(RunsAlive, match=r"1 runs are not at their end: .*Nothing was erased"):
        home.purge()
    assert (home.folder / "private").exists()
    assert home.purge(own_run=run.run_id).runs == 2
    home.instance.delete_run(run.run_id)
    home.ledger.leases.try_lease("another machine", 60)
    with pytest.raises(RunsAlive, match="another machine"):
        home.purge()


@pytest.mark.parametrize("name", ["migrate", "ui"])
def test_the_command_waits_for_no_command_and_no_ui(home: Home, name: str):
    with (
        single_instance_lock(home.dagster, "`migrate run`", name=name),
        pytest.raises(CommandRunning, match="migrate run"),
        alone(home.dagster, home.instance),
    ):
        pytest.fail("it began")


def test_what_a_link_points_to_is_not_erased(home: Home, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "users.csv").write_text("theirs")
    for one in (home.folder / "admin_exports").iterdir():
        one.unlink()
    (home.folder / "admin_exports").rmdir()
    (home.folder / "admin_exports").symlink_to(elsewhere)
    home.purge()
    assert (elsewhere / "users.csv").read_text() == "theirs"
    assert not (home.folder / "admin_exports").is_symlink()
