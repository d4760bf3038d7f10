"""ivinex/workflows: automation rules, from the admin's workflows.json, since no call lists them."""

import dagster as dg
import pandas as pd

from migration_assets.ivinex import checks
from migration_assets.ivinex.exports import export_tables
from migration_assets.ivinex.exports.export_files import export_file, missing_export_message, record_missing
from migration_assets.ivinex.exports.json_export import read_list
from migration_assets.ivinex.exports.workflow_model import WORKFLOW_KEYS, WORKFLOWS_FILE, Workflow
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"json", "duckdb"},
    metadata=export_tables.WORKFLOWS.metadata(),
    check_specs=[checks.WORKFLOWS.spec],
)
def workflows(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Workflows with triggers, conditions, actions and branches; a missing file is told, not fatal."""
    file = export_file(settings.get().home, WORKFLOWS_FILE)
    problem = "" if file.exists() else missing_export_message(file, WORKFLOW_KEYS)
    found = read_list(file, Workflow) if not problem else []
    rows = [
        {
            "source_id": f"ivinex:workflow:{one.id}",
            "name": one.name,
            "tab": one.tab,
            "active": one.active,
            "content": one.model_dump_json(by_alias=True),
        }
        for one in found
    ]
    warehouse.get().replace(export_tables.WORKFLOWS, pd.DataFrame(rows, columns=list(export_tables.WORKFLOWS.columns)))
    record_missing(ledger.get(), "workflows", file, problem)
    if problem:
        context.log.warning(f"{problem}. The workflows cannot be documented without it.")
    seen = checks.WORKFLOWS.report(
        context, None, lambda: {None: checks.export_seen(WORKFLOWS_FILE, len(found), problem)}
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(found),
            "active": sum(one.active for one in found),
            "with_branches": sum(bool(one.branches) for one in found),
            "problem": problem,
        },
        check_results=[seen],
    )
