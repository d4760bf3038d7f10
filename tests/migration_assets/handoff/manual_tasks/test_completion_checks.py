"""Checks of the documents: where something is left, one sentence says what, and nothing is stopped by it."""

from pathlib import Path

import dagster as dg
import pandas as pd

from migration_assets.handoff.assets import unattached_activities
from migration_assets.handoff.documents import loss_ledger, undelivered_files
from migration_assets.handoff.manual_tasks import user_actions
from migration_assets.handoff.manual_tasks.task_list import AFTER_HYPERCARE, BEFORE_GO_LIVE, ManualTask
from migration_assets.handoff.results import SHOWN, HandoffDocument, export_evaluation, missing_export
from migration_assets.ivinex import tables
from migration_assets.losses import LossEffect
from migration_assets.settings import Settings
from resources.ledger import LedgerResource
from resources.warehouse import Warehouse, WarehouseResource


def test_undelivered_files_are_counted_by_reason():
    rows = [
        {"file": f"ivinex:file:{n}", "reason": reason} for n, reason in ((1, "expired"), (2, "expired"), (3, "gone"))
    ]
    found = undelivered_files.evaluate_undelivered_files({"delivered": 5, "undelivered": 3, "files": rows})
    assert not found.passed
    assert found.description == "3 of 8 files are not in Gorgias: expired (2); gone (1)"
    whole = undelivered_files.evaluate_undelivered_files({"delivered": 5, "undelivered": 0, "files": []})
    assert whole.passed
    assert whole.description == "all 5 files are on their tickets"


def test_a_missing_export_is_named_with_its_columns_and_what_to_do(tmp_path: Path):
    missing = missing_export(tmp_path / "workflows.json", ("id", "name"))
    found = export_evaluation(missing, "workflows.json", 0, "workflows")
    assert not found.passed
    assert found.description == (
        "admin_exports/workflows.json is missing; it needs id, name. Put it there, then in the UI the jobs discover "
        "and handoff; or `migrate discover` and `migrate run`."
    )
    (tmp_path / "workflows.json").write_text("[]")
    assert missing_export(tmp_path / "workflows.json", ("id", "name")) == ""
    assert export_evaluation("", "workflows.json", 5, "workflows").passed


def test_actions_are_counted_by_when_they_are_due():
    todo = [
        ManualTask(f"a{n}", "title", when, "", "", "")
        for n, when in enumerate((BEFORE_GO_LIVE, *[AFTER_HYPERCARE] * 2))
    ]
    found = user_actions.evaluate_user_actions(todo)
    assert not found.passed
    assert found.description.startswith("to do by hand: 1 before go-live, 2 after hypercare")
    assert user_actions.evaluate_user_actions([]).passed


def test_a_value_in_another_form_is_no_loss():
    kept = {"object": "tickets", "field": "Tickets: Due", "kind": "date as text", "count": 7, "fate": LossEffect.kept}
    lost = kept | {"kind": "left out", "count": 2, "fate": LossEffect.lost}
    assert loss_ledger.evaluate_loss_ledger([kept]).passed
    found = loss_ledger.evaluate_loss_ledger([lost, kept])
    assert not found.passed
    assert found.description == (
        "2 values are lost: tickets Tickets: Due: left out (2); 7 are kept in another form or place"
    )


def test_the_first_rows_of_a_document_are_shown_and_the_rest_counted(tmp_path: Path):
    rows = [{"id": f"ivinex:20:{n}", "name": "Ann"} for n in range(SHOWN + 2)]
    shown = HandoffDocument({"html": tmp_path / "x.html"}, {"rows": len(rows)}, rows, {"id": "ticket"}).metadata()
    assert shown["rows"] == SHOWN + 2
    assert shown["first_rows"].value.count("ivinex:20:") == SHOWN
    assert shown["first_rows"].value.endswith("2 more are in the document.\n")
    assert "Ann" not in shown["first_rows"].value


def test_a_warning_fails_nothing_and_stands_with_the_asset(tmp_path: Path):
    class Given:
        def get(self) -> Settings:
            return Settings(MIGRATION_HOME=tmp_path)  # type: ignore[call-arg]

    warehouse = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    row = {"source_id": "ivinex:30:2", "collection_type_id": "30", "collection_id": "2", "raw": '{"notes": "Anna"}'}
    warehouse.append(tables.ACTIVITY_SWEEP, pd.DataFrame([row]))
    warehouse.replace(tables.LINKS, pd.DataFrame(columns=list(tables.LINKS.columns)))

    result = dg.materialize(
        [unattached_activities],
        resources={
            "warehouse": WarehouseResource(database=str(warehouse.path)),
            "ledger": LedgerResource(url=f"sqlite:///{tmp_path / 'ledger.sqlite'}", account="shop.example"),
            "settings": dg.ResourceDefinition.hardcoded_resource(Given()),
        },
    )

    assert result.success
    (told,) = result.get_asset_check_evaluations()
    assert (told.passed, told.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert told.description == (
        "1 activity hangs on no ticket, so not in Gorgias; the content is in private/unattached_activities.ndjson"
    )
    (made,) = result.get_asset_materialization_events()
    shown = {name: entry.value for name, entry in made.materialization.metadata.items()}
    assert shown["activities"] == 1
    assert "| ivinex:30:2 |" in shown["first_rows"]
    assert "Anna" not in str(shown)
