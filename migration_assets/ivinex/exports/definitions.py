"""ivinex/workflows and ivinex/saved_views: what the admin exports as JSON lists and only handoff documents show."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from checks.step_result import StepResult
from migration_assets.ivinex.exports import export_tables
from migration_assets.ivinex.exports.export_files import export_file, missing_export_message
from migration_assets.ivinex.exports.json_export import Kind, read_list
from migration_assets.ivinex.exports.present import filled_export
from migration_assets.ivinex.exports.saved_view_model import SAVED_VIEW_KEYS, SAVED_VIEWS_FILE, SavedView
from migration_assets.ivinex.exports.workflow_model import WORKFLOW_KEYS, WORKFLOWS_FILE, Workflow
from migration_assets.ivinex.source_step import SourceStep
from resources.warehouse import Table


def fill_workflows(step: SourceStep) -> StepResult:
    """Workflows with triggers, conditions, actions and branches; a missing file is told, not fatal."""

    def row(one: Workflow) -> dict[str, Any]:
        return {"source_id": f"ivinex:workflow:{one.id}", "name": one.name, "tab": one.tab, "active": one.active}

    def numbers(found: Sequence[Workflow]) -> dict[str, int]:
        return {
            "active": sum(one.active for one in found),
            "with_branches": sum(bool(one.branches) for one in found),
        }

    return _fill(step, WORKFLOWS_FILE, Workflow, WORKFLOW_KEYS, export_tables.WORKFLOWS, row, numbers)


def fill_saved_views(step: SourceStep) -> StepResult:
    """Saved views with criteria, columns and order; a missing file is told, not fatal."""

    def row(one: SavedView) -> dict[str, Any]:
        return {"source_id": f"ivinex:view:{one.id}", "name": one.name, "tab": one.tab}

    def numbers(found: Sequence[SavedView]) -> dict[str, int]:
        return {"tabs": len({one.tab for one in found})}

    return _fill(step, SAVED_VIEWS_FILE, SavedView, SAVED_VIEW_KEYS, export_tables.SAVED_VIEWS, row, numbers)


def _fill(
    step: SourceStep,
    file_name: str,
    kind: type[Kind],
    keys: Iterable[str],
    table: Table,
    row: Callable[[Kind], dict[str, Any]],
    numbers: Callable[[Sequence[Kind]], dict[str, int]],
) -> StepResult:
    """
    Args:
        row: an object as a row of the table, without its `content`.
        numbers: of all objects, for the UI.
    """
    file, name = export_file(step.settings.home, file_name), table.name.partition(".")[2]
    problem = "" if file.exists() else missing_export_message(file, keys)
    found = read_list(file, kind) if not problem else []
    rows = [row(one) | {"content": one.model_dump_json(by_alias=True)} for one in found]
    step.warehouse.replace(table, pd.DataFrame(rows, columns=list(table.columns)))
    shown = {"dagster/row_count": len(found), **numbers(found)}
    return filled_export(step, name, file, shown, problem, f"The {name.replace('_', ' ')} cannot be documented")
