"""ivinex/groups: which users belong to which group, from the admin's groups.csv, since no call shows groups.

Belongs here: the asset. What a group becomes in Gorgias is decided in staging/teams.
"""

import dagster as dg
import pandas as pd

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.exports.export_files import (
    GROUP_COLUMNS,
    groups_file,
    missing_export_message,
    read_groups,
    record_missing,
)
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"csv", "duckdb"},
    metadata=tables.GROUPS.metadata(),
    check_specs=[checks.GROUPS.spec],
)
def groups(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Memberships from the admin's groups.csv, one row each; a missing file is told, not fatal."""
    home = settings.get().home
    rows = read_groups(home)
    problem = ""
    if rows is None:
        problem = missing_export_message(groups_file(home), GROUP_COLUMNS)
        context.log.warning(f"{problem}. No team can be made without it.")
    frame = pd.DataFrame([vars(row) for row in rows or []], columns=list(tables.GROUPS.columns), dtype="str")
    warehouse.get().replace(tables.GROUPS, frame)
    record_missing(ledger.get(), "teams", groups_file(home), problem)
    seen = checks.GROUPS.report(
        context, None, lambda: {None: checks.export_seen(groups_file(home).name, len(frame), problem)}
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(frame),
            "groups": int(frame["group_id"].nunique()),
            "members": int(frame["user_id"].nunique()),
            "problem": problem,
        },
        check_results=[seen],
    )
