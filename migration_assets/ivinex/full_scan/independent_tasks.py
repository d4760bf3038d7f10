"""ivinex/tasks: every record of the tabs with the role task.

Belongs here: the asset, and the books of tasks that no ticket takes along. Which ticket a task hangs on is found with
the links of the activities (unattached_activities.py), because one answer on a ticket names both.
"""

import dagster as dg

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
from migration_assets.settings import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import Ledger, LedgerResource, Outcome
from resources.warehouse import Warehouse, WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "fields"])],
    metadata=tables.TASKS.metadata(),
    check_specs=[checks.COMPLETE["tasks"].spec],
)
def tasks(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tasks as they are now; those on a ticket become internal notes on it, the others are documented."""
    chosen = settings.get()
    metadata = scan_tabs_of_role(
        ivinex.get(),
        warehouse.get(),
        ledger.get(),
        role="task",
        present=tables.TASKS,
        home=chosen.home,
        zone=chosen.zone,
        files=Files.of(chosen, ivinex),
        log=context.log.info,
    )
    seen = [checks.COMPLETE["tasks"].report(context, None, lambda: {None: checks.sweep_proved(metadata)})]
    return dg.MaterializeResult(metadata=metadata, check_results=seen)


def record_independent(warehouse: Warehouse, ledger: Ledger) -> int:
    """Books tasks that hang on no ticket as skipped (handoff/task_rebuild_scope lists them); returns how many."""
    rows = warehouse.query(
        "SELECT source_id FROM ivinex.tasks t WHERE NOT EXISTS (SELECT 1 FROM ivinex.links l "
        "WHERE l.role = 'task_ticket' AND l.from_source_id = t.source_id) ORDER BY source_id"
    )
    skipped = [Outcome(source_id, "skipped", "independent task") for source_id in rows["source_id"]]
    ledger.record_outcomes("tasks", "ivinex", skipped)
    return len(rows)
