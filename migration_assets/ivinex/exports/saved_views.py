"""ivinex/saved_views: stored searches, from the admin's saved_views.json, since no call lists them."""

import dagster as dg
import pandas as pd

from migration_assets.ivinex import checks
from migration_assets.ivinex.exports import export_tables
from migration_assets.ivinex.exports.export_files import export_file, missing_export_message, record_missing
from migration_assets.ivinex.exports.json_export import read_list
from migration_assets.ivinex.exports.saved_view_model import SAVED_VIEW_KEYS, SAVED_VIEWS_FILE, SavedView
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"json", "duckdb"},
    metadata=export_tables.SAVED_VIEWS.metadata(),
    check_specs=[checks.SAVED_VIEWS.spec],
)
def saved_views(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Saved views with criteria, columns and order; a missing file is told, not fatal."""
    file = export_file(settings.get().home, SAVED_VIEWS_FILE)
    problem = "" if file.exists() else missing_export_message(file, SAVED_VIEW_KEYS)
    found = read_list(file, SavedView) if not problem else []
    rows = [
        {
            "source_id": f"ivinex:view:{one.id}",
            "name": one.name,
            "tab": one.tab,
            "content": one.model_dump_json(by_alias=True),
        }
        for one in found
    ]
    warehouse.get().replace(
        export_tables.SAVED_VIEWS, pd.DataFrame(rows, columns=list(export_tables.SAVED_VIEWS.columns))
    )
    record_missing(ledger.get(), "saved_views", file, problem)
    if problem:
        context.log.warning(f"{problem}. The saved views cannot be documented without it.")
    seen = checks.SAVED_VIEWS.report(
        context, None, lambda: {None: checks.export_seen(SAVED_VIEWS_FILE, len(found), problem)}
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(found),
            "tabs": len({one.tab for one in found}),
            "problem": problem,
        },
        check_results=[seen],
    )
