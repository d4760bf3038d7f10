"""`migrate verify` on a served account: what differs is told with exit code 3, and so is a file of the evidence."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from connected_settings import account_of, connected_to_nobody
from target_account import CONFIG, connect, load

from migration_assets import documents
from resources.ledger import Ledger
from resources.warehouse import Warehouse
from sandbox.serve import running_gorgias


def test_what_differs_is_told_by_object_with_calls_and_exit_code_3(
    migrate: Callable[..., Result], ledger: Ledger, home: Path, monkeypatch: pytest.MonkeyPatch
):
    documents.publish(home, "kept", {"a": 1}, "# kept\n")
    documents.publish(home, "spoilt", {"a": 1}, "# as made\n")
    (home / "handoff" / "spoilt.md").write_text("# another\n")
    action = {"id": "teams", "title": "Make the teams", "check": {"kind": "teams_present", "names": ["Nobody made it"]}}
    documents.publish(home, "user_actions", {"actions": [action]}, "# to do\n")
    with running_gorgias(CONFIG) as served:
        target = connect(served.gorgias_url, served.gorgias_auth, ledger, Warehouse(home / "warehouse.duckdb"))
        load(target, 3)
        target.gate.close()
        target.connection.close()
        served.gorgias.tickets.rows[target.tickets["ivinex:20:2"]]["priority"] = "high"
        account = account_of(served.gorgias_url, served.gorgias_auth, "4000")
        for name, value in connected_to_nobody(**account).items():
            monkeypatch.setenv(name, value)
        result = migrate("verify", "--manifest", "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == said["exit_code"] == 3, (result.stdout, result.stderr)
    assert [(one["id"], one["state"]) for one in said["actions"]] == [("teams", "open")]
    assert said["files"] == {"spoilt.md": "changed"}
    assert (said["differences"], said["changed_by_people"], said["not_compared"]) == (1, 0, 0)
    (first,) = said["first"]
    assert (first["source_id"], first["field"], first["kind"]) == ("ivinex:20:2", "priority", "altered")
    tickets = next(row for row in said["objects"] if row["object"] == "tickets")
    assert tickets == {
        **{"object": "tickets", "written": 3, "compared": 3, "equal": 2, "differences": {"altered": 1}},
        **{"calls": 1, "calls_minimum": 1},
    }
    gates = ledger.quality_gates.gate_rows(["reconciliation/comparison:tickets_compared"])
    assert gates[["partition", "passed"]].values.tolist() == [["2026-01-05", False]]
    listed = migrate("gates", "list")
    assert listed.exit_code == 4
    assert "reconciliation/comparison:tickets_compared" in listed.stdout
