"""`migrate delta` as a user starts it: Dagster's engine, ranges of changed days, the refusal of a cutover."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from connected_settings import connected_to
from mini_migration import dataset_of
from sqlalchemy import select

from resources.ledger import Ledger, tables
from sandbox.serve import running


@pytest.mark.acceptance
@pytest.mark.timeout(1200)
def test_a_delta_moves_a_change_and_a_cutover_waits_until_it_is_verified(
    migrate: Any, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    dataset = dataset_of(tmp_path / "dataset")
    with running(dataset, rate="400000/20", ivinex_rate=None) as sandbox, httpx.Client() as http:
        for name, value in connected_to(sandbox).items():
            monkeypatch.setenv(name, value)
        (home / "admin_exports").mkdir(parents=True)
        for path in (dataset / "admin_exports").iterdir():
            (home / "admin_exports" / path.name).write_bytes(path.read_bytes())
        assert migrate("discover").exit_code == 0
        assert migrate("mapping", "confirm", "--by", "Ann").exit_code == 0
        for point in json.loads(migrate("preflight", "show", "--deltas", "--json").stdout)["points"]:
            if point["open"]:
                words = (point["point"], point["options"][0], "--by", "Ann", "--reason", "a test", "--deltas")
                assert (told := migrate("preflight", "decide", *words)).exit_code == 0, told.output
        assert (told := migrate("run")).exit_code == 0, told.output

        body = {"tab": "Tickets", "collection_id": "70003", "fields": {"order_number": "#00000"}}
        http.post(f"{sandbox.ivinex_url}/_sandbox/records", json=body).raise_for_status()
        told = json.loads(migrate("delta", "--json").stdout)
        assert told["exit_code"] == 0, told
        assert told["delta"]["found"] == {"tickets changed": 1}
        # Surveys and auto-split are switched off for the one write.
        assert (told["delta"]["days"], told["delta"]["writes"], told["delta"]["left"]) == (1, 3, 0)
        again = json.loads(migrate("delta", "--json").stdout)
        assert (again["delta"]["found"], again["delta"]["writes"]) == ({}, 0)

        refused = migrate("delta", "--final")
        assert refused.exit_code == 4
        assert "written or a day old since" in refused.output
        assert migrate("verify").exit_code == 0
        assert migrate("delta", "--by", "Ann").exit_code == 2
        final = json.loads(migrate("delta", "--final", "--by", "Ann Lee", "--json").stdout)
        assert (final["exit_code"], final["delta"]["writes"]) == (0, 0), final
        ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", "demo:sandbox")
        assert ledger.decisions.decided_at("cutover") is not None
        with ledger.reading() as connection:
            rows = connection.execute(select(tables.decisions.c.topic, tables.decisions.c.decided_by)).fetchall()
        assert ("cutover", "Ann Lee") in rows
        ledger.close()
