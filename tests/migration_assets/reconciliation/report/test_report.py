"""The report: files that stand alone, show no record's values, and a check that follows the books."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from migration_assets.ivinex.exports.export_files import record_missing
from migration_assets.ivinex.exports.export_tables import WORKFLOWS
from migration_assets.mapping import mapping_file
from migration_assets.mapping.model import Mapping
from migration_assets.reconciliation.assets import report
from migration_assets.reconciliation.report.report_data import ReportData, collect
from migration_assets.reconciliation.report.report_files import write_handoff
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger, LedgerResource, Loss
from resources.ledger.records import Intent, WriteKey
from resources.ledger.writes import THROTTLED
from resources.warehouse import Warehouse, WarehouseResource

SITE = "shop.ivinex.com"
FILES = {"report.html", "reconciliation.json", "losses.csv", "quarantine.csv", "conflicts.csv"}


@pytest.fixture
def evidence(ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]) -> ReportData:
    loaded()
    losses = [
        Loss("20.<b>due</b>", "left out", count=7),
        Loss("20.due", "date as text", count=5),
        Loss("=cmd", "cut", "ivinex:20:1"),
    ]
    ledger.losses.record_losses("staging", "tickets", losses)
    fence = ledger.leases.try_lease("me", 30).fence
    key = WriteKey("tickets", "ivinex:20:77", "create")
    ledger.writes.begin([Intent(key, "h", partition="2026-01-05")], fence, "run")
    ledger.writes.cancel([key], fence, "run", THROTTLED)
    return collect(ledger, warehouse, mapping, SITE)


def test_every_file_is_in_the_manifest_with_its_hash(evidence: ReportData, tmp_path: Path):
    write_handoff(tmp_path / "handoff", evidence)
    manifest = json.loads((tmp_path / "handoff" / "manifest.json").read_text())
    assert set(manifest["sha256"]) == FILES | {"index.html"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((tmp_path / "handoff" / name).read_bytes()).hexdigest() == digest
    assert {path.name for path in (tmp_path / "handoff").iterdir()} == FILES | {"index.html", "manifest.json"}


def test_the_json_holds_the_books_per_object_and_partition(evidence: ReportData, tmp_path: Path):
    write_handoff(tmp_path, evidence)
    found = json.loads((tmp_path / "reconciliation.json").read_text())
    assert found["balanced"] is True
    assert {(row["object"], row["partition"]) for row in found["books"]} >= {
        ("tickets", "2026-01-05"),
        ("tickets", "none"),
        ("contacts", None),
    }
    assert found["answers_429"] == 1
    assert found["requests"]["Gorgias: tickets create"] == 1
    assert found["losses"] == 13


def test_an_export_that_is_missing_is_named_with_the_file_that_would_fix_it(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, tmp_path: Path
):
    write_handoff(tmp_path, collect(ledger, warehouse, mapping, SITE))
    assert "What could not be documented" not in (tmp_path / "report.html").read_text()
    record_missing(
        ledger,
        "workflows",
        tmp_path / "workflows.json",
        f"{tmp_path}/admin_exports/workflows.json is missing; it needs id, name, tab",
    )
    write_handoff(tmp_path, collect(ledger, warehouse, mapping, SITE))
    page = (tmp_path / "report.html").read_text()
    assert "admin_exports/workflows.json" in page
    assert page.count("it needs id, name, tab") == 1
    assert str(tmp_path) not in page
    assert json.loads((tmp_path / "reconciliation.json").read_text())["missing_exports"] == {
        "workflows.json": f"{tmp_path}/admin_exports/workflows.json is missing; it needs id, name, tab"
    }


def test_what_is_only_documented_is_in_the_books_as_skipped(ledger: Ledger, warehouse: Warehouse, mapping: Mapping):
    warehouse.append(WORKFLOWS, pd.DataFrame([{"source_id": "ivinex:workflow:1", "name": "Close"}]))
    evidence = collect(ledger, warehouse, mapping, SITE)
    (line,) = [row for row in evidence.totals if row.object == "workflows"]
    assert (line.source, line.skipped, line.balanced) == (1, 1, True)
    assert "workflow_inventory" in next(row["reason"] for row in evidence.reasons if row["object"] == "workflows")


def test_the_page_shows_no_value_of_a_record(evidence: ReportData, tmp_path: Path):
    write_handoff(tmp_path, evidence)
    everything = "".join(path.read_text() for path in tmp_path.glob("*.*") if path.suffix in {".html", ".json", ".csv"})
    assert "It is broken" not in everything


def test_a_cell_that_a_spreadsheet_would_run_is_made_text(evidence: ReportData, tmp_path: Path):
    write_handoff(tmp_path, evidence)
    with (tmp_path / "losses.csv").open() as file:
        fields = {row["field"] for row in csv.DictReader(file)}
    assert "'=cmd" in fields


def test_the_same_books_make_the_same_page(evidence: ReportData, tmp_path: Path):
    one = write_handoff(tmp_path / "a", evidence)
    assert write_handoff(tmp_path / "b", evidence) == one


def run_report(home: Path, ledger: Ledger, warehouse: Warehouse) -> dg.ExecuteInProcessResult:
    class Given:
        def get(self) -> Settings:
            return Settings(MIGRATION_HOME=home)  # type: ignore[call-arg]

    @dg.asset(deps=[report])
    def after() -> None:
        """Something that a blocking check must keep from running."""

    return dg.materialize(
        [report, after],
        raise_on_error=False,
        resources={
            "warehouse": WarehouseResource(database=str(warehouse.path)),
            "ledger": LedgerResource(url=str(ledger.engine.url), account=ledger.account),
            "settings": dg.ResourceDefinition.hardcoded_resource(Given()),
            "gorgias": GorgiasResource(base_url="http://127.0.0.1:9"),
        },
    )


def test_the_asset_writes_the_files_and_passes_its_check(
    tmp_path: Path, ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    mapping_file.save(tmp_path / "mapping.yaml", mapping)
    ledger.quality_gates.record_gates(
        [("staging/tickets:balance", "2026-01-05", False, "3 read, 2 staged, 1 missing")], "run"
    )
    result = run_report(tmp_path, ledger, warehouse)
    assert result.success
    told = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert told["books_balance"].passed
    assert told["books_balance"].description == "all 18 lines of the balance add up"
    assert not told["gates_open"].passed
    assert told["gates_open"].severity is dg.AssetCheckSeverity.WARN
    assert told["gates_open"].description == (
        "1 gate is closed: staging/tickets:balance 2026-01-05: 3 read, 2 staged, 1 missing"
    )
    (made, _) = result.get_asset_materialization_events()
    shown = {name: entry.value for name, entry in made.materialization.metadata.items()}
    assert shown["tickets_source"] == 4
    assert shown["gates_closed"] == shown["quarantined"] == 1
    assert shown["verdict"].startswith("Not finished: 1 gate is closed")
    assert "| tickets | 4 | 3 | 0 | 0 | 1 | 0 | yes |" in shown["books"]
    assert shown["closed_gates"].endswith("| staging/tickets:balance | 2026-01-05 | 3 read, 2 staged, 1 missing |\n")
    assert "| tickets | ivinex:20:4 | ivinex | no partition |" in shown["quarantine"]
    assert shown["conflicts"] == "none"
    assert (tmp_path / "handoff" / "report.html").exists()


def test_books_that_do_not_balance_block_and_still_leave_the_report(
    tmp_path: Path, ledger: Ledger, warehouse: Warehouse, mapping: Mapping
):
    mapping_file.save(tmp_path / "mapping.yaml", mapping)
    result = run_report(tmp_path, ledger, warehouse)
    assert not result.success
    told = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert not told["books_balance"].passed
    assert "tickets 2026-01-05: 2 source rows of which nothing is known" in (told["books_balance"].description or "")
    assert told["gates_open"].description == "0 gates are closed"
    assert "do not balance" in (tmp_path / "handoff" / "report.html").read_text()
    assert [event.asset_key.path[-1] for event in result.get_asset_materialization_events()] == ["report"]
