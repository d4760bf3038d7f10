"""ivinex/change_history: who changed which field when, from the admin's change_history.csv, since no call shows it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from checks.step_result import StepResult
from migration_assets.ivinex.exports import export_tables
from migration_assets.ivinex.exports.export_files import (
    HISTORY_COLUMNS,
    HISTORY_FILE,
    ExportProblem,
    export_file,
    missing_export_message,
    read_rows,
)
from migration_assets.ivinex.exports.present import filled_export
from migration_assets.ivinex.source_step import SourceStep
from resources.batches import batches
from resources.ivinex import wire_columns
from resources.warehouse import Warehouse

CHUNK = 50_000


def fill(warehouse: Warehouse, file: Path, zone: ZoneInfo) -> None:
    """Refill `ivinex.change_history` in one transaction, a chunk of lines at a time; no file gives no rows.

    Raises:
        ExportProblem: as `read_rows`, or a record id that is no number. The table is as it was.
    """
    with warehouse.transaction() as tx:
        known = tx.rows("SELECT lower(tab) AS tab, collection_type_id FROM ivinex.tabs", if_exists="ivinex.tabs")
        tabs = {row["tab"]: row["collection_type_id"] for row in known}
        tx.replace(export_tables.CHANGE_HISTORY, pd.DataFrame())
        rows = read_rows(file, HISTORY_COLUMNS, {}) if file.exists() else iter(())
        for lines in batches(rows, CHUNK):
            tx.append(export_tables.CHANGE_HISTORY, frame_of(_checked(file, lines), tabs, zone))


def frame_of(lines: Iterable[tuple[int, dict[str, str]]], tabs: dict[str, str], zone: ZoneInfo) -> pd.DataFrame:
    """Rows of `ivinex.change_history`.

    Args:
        tabs: name in lower case -> number.
    """
    frame = pd.DataFrame([{"line": number, **cells} for number, cells in lines])
    frame["source_id"] = "ivinex:change:" + frame["line"].astype(str)
    frame["changed_at"] = wire_columns.moments(frame["changed_date"], zone)["at"]
    frame["collection_type_id"] = frame["tab"].str.lower().map(tabs).astype("str")
    frame["record_source_id"] = "ivinex:" + frame["collection_type_id"] + ":" + frame["collection_id"]
    return frame


def _checked(file: Path, lines: list[tuple[int, dict[str, str]]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, cells in lines:
        if not cells["collection_id"].isdecimal():
            raise ExportProblem(f"{file}, line {number}, column collection_id: a record id is a number")
        yield number, cells


def change_history_numbers(warehouse: Warehouse) -> dict[str, int]:
    (row,) = warehouse.rows(
        'SELECT count(*) AS "dagster/row_count", count(DISTINCT record_source_id) AS records, '
        "count(*) FILTER (changed_at IS NULL) AS without_time, "
        "count(*) FILTER (record_source_id IS NULL) AS of_unknown_tabs FROM ivinex.change_history"
    )
    return row


def fill_change_history(step: SourceStep) -> StepResult:
    """Field changes with the record they belong to and their time in UTC; a missing file is told, not fatal."""
    file = export_file(step.settings.home, HISTORY_FILE)
    problem = "" if file.exists() else missing_export_message(file, HISTORY_COLUMNS)
    fill(step.warehouse, file, step.settings.zone)
    numbers = change_history_numbers(step.warehouse)
    return filled_export(step, "change_history", file, numbers, problem, "The change history cannot be exported")
