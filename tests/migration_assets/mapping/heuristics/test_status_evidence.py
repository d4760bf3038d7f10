"""Where no word tells a status, the records do: asked of a real warehouse."""

import json

import pandas as pd
import pytest

from migration_assets.mapping.heuristics.status_evidence import Use, status_by_records, uses_of
from resources.warehouse import Table, Warehouse

SWEEP = Table("ivinex.ticket_sweep", {name: ("VARCHAR", "") for name in ("source_id", "collection_type_id", "raw")})


@pytest.fixture
def warehouse(tmp_path):
    rows = []
    for number in range(40):
        status, closed = ("11", "2026-01-02 10:00:00") if number % 2 else ("12", "0000-00-00 00:00:00")
        modified = "2026-01-02 10:00:00" if number % 2 else "2026-06-30 10:00:00"
        raw = {"status": status, "done": closed, "modified_date": modified}
        rows.append({"source_id": str(number), "collection_type_id": "7", "raw": json.dumps(raw)})
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.held():
        warehouse.replace(SWEEP, pd.DataFrame(rows))
        yield warehouse


def test_tickets_with_a_closing_date_are_closed_and_the_reason_says_so(warehouse) -> None:
    uses = uses_of(warehouse, "7", "status", "done")
    value, confidence, reason = status_by_records(uses["11"], uses)
    assert (value, confidence) == ("closed", 0.9)
    assert reason.startswith("100% of its 20 tickets have a closing date, silent for 179 days (median)")
    assert status_by_records(uses["12"], uses)[0] == "open"


def test_silence_alone_decides_nothing(warehouse) -> None:
    uses = uses_of(warehouse, "7", "status", None)
    value, confidence, reason = status_by_records(uses["11"], uses)
    assert value is None
    assert confidence < 0.5
    assert "it may be closed" in reason


def test_a_date_that_every_status_has_tells_nothing() -> None:
    uses = {"a": Use(50, 1.0, 3.0), "b": Use(50, 0.98, 3.0)}
    assert status_by_records(uses["a"], uses)[0] is None
    few = {"a": Use(2, 1.0, 3.0), "b": Use(50, 0.0, 3.0)}
    assert status_by_records(few["a"], few)[0] is None
    assert status_by_records(None, uses)[2].startswith("no ticket has it")
