"""Activities on no ticket: told by id in the handoff, kept whole in the private folder."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from migration_assets.handoff.documents.unattached_activities import write_unattached_activities
from migration_assets.ivinex import tables
from resources.ledger import Ledger, Outcome
from resources.warehouse import Warehouse


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "shop.example")
    yield made
    made.close()


def test_an_activity_without_a_ticket_is_named_and_its_record_kept_in_private(tmp_path: Path, ledger: Ledger):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    rows = [
        {"source_id": f"ivinex:30:{n}", "collection_type_id": "30", "collection_id": str(n), "raw": '{"notes": "Anna"}'}
        for n in (1, 2)
    ]
    link = {"from_source_id": "ivinex:30:1", "to_source_id": "ivinex:20:1", "role": "activity_ticket", "via": "related"}
    warehouse.append(tables.ACTIVITY_SWEEP, pd.DataFrame(rows))
    warehouse.append(tables.LINKS, pd.DataFrame([link]))

    paths = write_unattached_activities(warehouse, ledger, tmp_path).paths

    said = json.loads(paths["json"].read_text())
    assert [row["source_id"] for row in said["activities"]] == ["ivinex:30:2"]
    assert "Anna" not in "".join(path.read_text() for path in paths.values())
    kept = [json.loads(line) for line in (tmp_path / said["records"]).read_text().splitlines()]
    assert kept == [{"source_id": "ivinex:30:2", "record": {"notes": "Anna"}}]


def test_a_source_without_activities_has_an_empty_document(tmp_path: Path, ledger: Ledger):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    paths = write_unattached_activities(warehouse, ledger, tmp_path).paths
    assert json.loads(paths["json"].read_text())["activities"] == []


def test_what_was_written_before_its_ticket_went_is_told_as_kept_in_gorgias(tmp_path: Path, ledger: Ledger):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    rows = [{"source_id": f"ivinex:30:{n}", "collection_type_id": "30", "raw": "{}"} for n in (1, 2, 3, 4)]
    warehouse.append(tables.ACTIVITY_SWEEP, pd.DataFrame(rows))
    warehouse.append(tables.TICKET_SWEEP, pd.DataFrame([{"source_id": "ivinex:20:2"}]))
    warehouse.ensure(tables.LINKS)
    ends = [("ivinex:30:1@ivinex:20:1", "created"), ("ivinex:30:2@ivinex:20:2", "adopted")]
    with ledger.transaction() as tx:
        booked = [Outcome(name, outcome, object="messages") for name, outcome in ends]
        ledger.outcomes.record_written(
            tx, [*booked, Outcome("ivinex:30:4@ivinex:20:1", "rolled_back", object="messages")]
        )

    made = write_unattached_activities(warehouse, ledger, tmp_path)

    said = json.loads(made.paths["json"].read_text())
    assert [row["source_id"] for row in said["activities"]] == ["ivinex:30:3", "ivinex:30:4"]
    assert [(row["source_id"], row["ticket"], row["why"]) for row in said["written_before"]] == [
        ("ivinex:30:1", "ivinex:20:1", "its ticket is gone at the source"),
        ("ivinex:30:2", "ivinex:20:2", "it hangs on its ticket no more"),
    ]
    assert "2 more activities hang on no ticket in Ivinex any more" in made.paths["md"].read_text()
    assert made.found is not None
    assert made.found.sentence.endswith("; 2 others were written before and kept in Gorgias")
    assert made.numbers == {"activities": 2, "written_before": 2}
