"""What a run of the sample may write."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from migration_assets.gorgias import checks, staged_reader
from migration_assets.gorgias.load.customers import creates
from migration_assets.gorgias.sample_scope import SAMPLE_TAG, sample_only
from migration_assets.staging.people.customers import CUSTOMERS_TABLE as CUSTOMERS
from resources.ledger import Ledger, Outcome
from resources.warehouse import Warehouse

DAY = "2024-01-01"
SAMPLE, LOAD = (SimpleNamespace(run=SimpleNamespace(tags=tags)) for tags in ({SAMPLE_TAG: "yes"}, {}))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:sandbox")
    made.samples.add_to_sample("tickets", {"t1": DAY})
    made.samples.add_to_sample("customers", {"c1": None})
    return made


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "warehouse.duckdb")
    staged_reader.ensure(made)
    rows = [{"source_id": name, "partition": DAY, "customer_source_id": "c1"} for name in ("t1", "t2")]
    made.append(staged_reader.TABLES[0], pd.DataFrame(rows).reindex(columns=list(staged_reader.TABLES[0].columns)))
    channels = '[{"type": "email", "address": "a@b.example", "preferred": true}]'
    people = [{"source_id": name, "external_id": name, "name": name, "channels": channels} for name in ("c1", "c2")]
    made.replace(CUSTOMERS, pd.DataFrame(people).reindex(columns=list(CUSTOMERS.columns)))
    return made


def test_a_run_of_the_sample_is_limited_to_it_and_any_other_is_not(ledger: Ledger):
    assert (sample_only(SAMPLE, ledger, "tickets"), sample_only(SAMPLE, ledger, "customers")) == (["t1"], ["c1"])
    assert sample_only(LOAD, ledger, "tickets") is None


def test_no_other_ticket_and_no_other_customer_is_read(store: Warehouse):
    assert [one.ticket["source_id"] for chunk in staged_reader.chunks(store, [DAY], ["t1"]) for one in chunk] == ["t1"]
    assert (staged_reader.count(store, [DAY], ["t1"]), staged_reader.count(store, [DAY])) == (1, 2)
    assert list(staged_reader.chunks(store, [DAY], [])) == []
    assert [write.key.source_id for write in creates(store, only=["c2"])] == ["c2"]
    assert len(list(creates(store))) == 2


def test_an_end_is_asked_for_of_the_samples_rows_only(store: Warehouse, ledger: Ledger):
    ledger.outcomes.record_outcomes("tickets", "gorgias", [Outcome("t1", "created", partition=DAY)], [DAY])
    assert checks.TICKETS.evaluate(store, ledger, [DAY], ["t1"])[DAY].passed
    assert checks.TICKETS.evaluate(store, ledger, [DAY])[DAY].rows == 2
