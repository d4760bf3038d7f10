"""ivinex/groups: who is in which group, from the admin's groups.csv, since no call shows it."""

import pandas as pd

from checks.step_result import StepResult
from migration_assets.ivinex import tables
from migration_assets.ivinex.exports.export_files import (
    GROUP_COLUMNS,
    groups_file,
    missing_export_message,
    read_groups,
)
from migration_assets.ivinex.exports.present import filled_export
from migration_assets.ivinex.source_step import SourceStep


def fill_groups(step: SourceStep) -> StepResult:
    """Memberships from the admin's groups.csv, one row each; a missing file is told, not fatal."""
    file, rows = groups_file(step.settings.home), read_groups(step.settings.home)
    problem = missing_export_message(file, GROUP_COLUMNS) if rows is None else ""
    frame = pd.DataFrame([vars(row) for row in rows or []], columns=list(tables.GROUPS.columns), dtype="str")
    step.warehouse.replace(tables.GROUPS, frame)
    numbers = {
        "dagster/row_count": len(frame),
        "groups": int(frame["group_id"].nunique()),
        "members": int(frame["user_id"].nunique()),
    }
    return filled_export(step, "teams", file, numbers, problem, "No team can be made")
