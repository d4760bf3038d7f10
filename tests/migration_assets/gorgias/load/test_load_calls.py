"""How many runs write tickets: what the forecast multiplies the reads of a run's beginning by."""

from pathlib import Path

import pytest

from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.load.load_calls import load_calls
from resources.ledger import Ledger
from resources.warehouse import Warehouse

RANGES = [["2024-01-01"], ["2024-02-01"]]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "w.duckdb")
    staged_reader.ensure(made)
    with made.transaction() as tx:
        tx.execute(
            "CREATE TABLE IF NOT EXISTS staging.customers (source_id VARCHAR, field_values VARCHAR, data VARCHAR)"
        )
        tx.execute("INSERT INTO staging.customers (source_id) VALUES ('c')")
        for name, day, status in (("1", 0, "open"), ("2", 0, "closed"), ("3", 1, "closed")):
            tx.execute(
                "INSERT INTO staging.tickets (source_id, partition, status, customer_source_id) VALUES (?, ?, ?, 'c')",
                [name, RANGES[day][0], status],
            )
    return made


@pytest.mark.parametrize(("open_first", "passes"), [(True, 3), (False, 2)])
def test_open_tickets_that_go_first_are_a_run_of_their_own_and_no_call_more(
    warehouse: Warehouse, tmp_path: Path, open_first: bool, passes: int
):
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", "a")
    (tickets,) = [one for one in load_calls(warehouse, ledger, RANGES, open_first) if one.phase == "gorgias/tickets"]
    assert (tickets.records, tickets.calls, tickets.passes) == (3, 3, passes)
    ledger.close()
