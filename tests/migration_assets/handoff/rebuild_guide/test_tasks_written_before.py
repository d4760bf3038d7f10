"""A task whose ticket is gone at the source is in Gorgias as a note, and nothing to rebuild."""

from pathlib import Path

import pandas as pd

from migration_assets.handoff.rebuild_guide.task_rebuild_scope import (
    TASK_REBUILD_SCOPE_OPEN,
    TASK_REBUILD_SCOPE_WRITTEN,
    write_task_rebuild_scope,
)
from migration_assets.ivinex import tables
from resources.ledger import Ledger, Outcome
from resources.warehouse import Warehouse


def test_a_task_that_was_written_before_its_ticket_went_has_its_home_in_gorgias(tmp_path: Path):
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "shop.example")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    rows = [{"source_id": f"ivinex:40:{n}", "collection_type_id": "40", "raw": "{}"} for n in (1, 2)]
    warehouse.append(tables.TASKS, pd.DataFrame(rows))
    warehouse.ensure(tables.LINKS, tables.FIELDS)
    with ledger.transaction() as tx:
        ledger.outcomes.record_written(tx, [Outcome("ivinex:40:1@ivinex:20:1", "created", object="messages")])
    made = write_task_rebuild_scope(warehouse, ledger, tmp_path)
    ledger.close()
    homes = {row["source_id"]: row["home"] for row in made.rows}
    assert homes == {"ivinex:40:1": TASK_REBUILD_SCOPE_WRITTEN, "ivinex:40:2": TASK_REBUILD_SCOPE_OPEN}
    assert made.numbers["written_before"] == 1
