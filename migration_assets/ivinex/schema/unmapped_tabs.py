"""ivinex/unmapped_tabs: tabs without a role, counted and exported whole, since nothing of them goes to Gorgias.

Belongs here: the table and the export. Does not belong here: what the admin is told of it (handoff/unmapped_tabs).
"""

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from checks.step_result import StepResult
from migration_assets import documents
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.source_step import SourceStep
from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import ErrorAnswer, Forbidden
from resources.ivinex.response_parser import Tab
from resources.warehouse import Warehouse

FOLDER = "unmapped"
LEFT_OUT = "left out by IVINEX_UNEXPORTED_TABS"
_ASKED = """
    SELECT collection_type_id, tab, readable, problem FROM ivinex.tabs
    WHERE role IS NULL AND listed ORDER BY try_cast(collection_type_id AS BIGINT), tab
"""


def export_tabs(
    client: IvinexClient, warehouse: Warehouse, home: Path, left_out: Collection[str], log: Callable[[str], None]
) -> pd.DataFrame:
    """Write one file a tab; returns rows of `ivinex.unmapped_tabs`, which it replaces.

    Raises:
        IvinexFailure: a page could not be read, for another reason than the tab's permission.
    """
    folder = documents.private_folder(home, FOLDER)
    skipped = {name.casefold() for name in left_out}
    found: list[dict[str, Any]] = []
    for row in warehouse.rows(_ASKED):
        number = row["collection_type_id"]
        tab = Tab(row["tab"], number, number != row["tab"])
        told: dict[str, Any] = {"collection_type_id": tab.collection_type_id, "tab": tab.name, "records": 0, "file": ""}
        told["problem"] = row["problem"] if not row["readable"] else ""
        if tab.name.casefold() in skipped:
            told["problem"] = LEFT_OUT
        if not told["problem"]:
            try:
                told["records"] = _export(client, tab, folder / file_name(tab))
                told["file"] = f"private/{FOLDER}/{file_name(tab)}"
            except (Forbidden, ErrorAnswer) as failure:
                told["problem"] = f"it cannot be read: {type(failure).__name__}"
        if not told["file"]:
            (folder / file_name(tab)).unlink(missing_ok=True)
        log(f"tab {tab.name}: {told['records']} records" + (f", {told['problem']}" if told["problem"] else ""))
        found.append(told)
    frame = pd.DataFrame(found, columns=list(tables.UNMAPPED_TABS.columns))
    warehouse.replace(tables.UNMAPPED_TABS, frame.astype({"records": "int64"}))
    return frame


def file_name(tab: Tab) -> str:
    """The tab's name as far as a file may have it, with its number where that is another one."""
    plain = re.sub(r"[^\w.-]+", "_", tab.name).strip("._")[:80]
    return f"{plain}.ndjson" if plain == tab.name else f"{plain}_{tab.collection_type_id}.ndjson"


def _export(client: IvinexClient, tab: Tab, file: Path) -> int:
    """Every record once, as the site gives it; the file appears when it is whole."""
    part, records = file.with_suffix(".part"), 0
    with part.open("wb") as lines:
        for page in client.walk(tab):
            for record in page.fresh:
                source_id = f"ivinex:{tab.collection_type_id}:{record.get('collection_id', '')}"
                lines.write(orjson.dumps({"source_id": source_id, "record": record}) + b"\n")
                records += 1
    part.replace(file)
    return records


def fill_unmapped_tabs(step: SourceStep) -> StepResult:
    """Every tab without a role with its number of records; their content is in MIGRATION_HOME/private/unmapped."""
    settings = step.settings
    found = export_tabs(
        step.ivinex.get(), step.warehouse, settings.home, settings.ivinex_unexported_tabs, step.log.info
    )
    metadata = {
        "dagster/row_count": len(found),
        "records": int(found["records"].sum()) if len(found) else 0,
        "exported": int((found["file"] != "").sum()),
        "not_exported": int((found["problem"] != "").sum()),
    }
    return StepResult(metadata, [lambda: checks.unmapped_exported(found)])
