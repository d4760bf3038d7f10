"""What hangs on no ticket is booked as skipped, unless it was written while it hung on one."""

from pathlib import Path

import pandas as pd
import pytest

from migration_assets.ivinex import tables
from migration_assets.ivinex.full_scan.unattached import record_unattached
from resources.ledger import Ledger, Outcome
from resources.warehouse import Warehouse


@pytest.mark.parametrize(("role", "object"), [("activity", "activities"), ("task", "tasks")])
def test_what_is_in_gorgias_is_not_booked_as_skipped(tmp_path: Path, role: str, object: str):
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "shop.example")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    warehouse.append(tables.OF_ROLE[role], pd.DataFrame([{"source_id": f"ivinex:30:{number}"} for number in (1, 2)]))
    warehouse.ensure(tables.LINKS)
    assert record_unattached(warehouse, ledger, role) == 2
    with ledger.transaction() as tx:
        ledger.outcomes.record_written(tx, [Outcome("ivinex:30:1@ivinex:20:1", "created", object="messages")])
    assert record_unattached(warehouse, ledger, role) == 1
    assert ledger.outcomes.outcomes_of(object)["source_id"].tolist() == ["ivinex:30:2"]
    ledger.close()
