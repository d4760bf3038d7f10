"""The admin's exports as people and Excel make them: read whatever the form, or refused by file, line and column."""

import csv
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_assets.ivinex import tables
from migration_assets.ivinex.exports.change_history import fill
from migration_assets.ivinex.exports.export_files import (
    HISTORY_COLUMNS,
    ExportProblem,
    read_rows,
    record_missing,
)
from migration_assets.ivinex.exports.json_export import read_list
from migration_assets.ivinex.exports.saved_view_model import SavedView
from migration_assets.ivinex.exports.workflow_model import Workflow
from migration_assets.losses import EXPORT_MISSING
from resources.ledger import Ledger
from resources.warehouse import Warehouse

DENVER = ZoneInfo("America/Denver")
HEAD = "changed_date,tab,collection_id,field,old_value,new_value,changed_by"
ROW = "2026-01-05 10:00:00,Tickets,7,Status,New,Open,ann"
WORKFLOW = {
    "id": 1,
    "name": "Close",
    "tab": "Tickets",
    "trigger": {"type": "Record Updated"},
    "actions": [{"type": "Update Existing Record", "set": {"Escalated": True, "Due": None}}],
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    store = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    store.append(tables.TABS, pd.DataFrame([{"collection_type_id": "20", "tab": "Tickets", "role": "ticket"}]))
    return store


def history(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "change_history.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        f"{HEAD}\n{ROW}\n",
        f"\ufeff{HEAD}\r\n{ROW}\r\n",
        f"{HEAD}\n{ROW}\n".replace(",", ";"),
        f"sep=;\r\n{HEAD}\r\n{ROW}\r\n".replace(",", ";"),
        f"{HEAD}\n{ROW}\n".replace(",", "\t"),
        'Date,Module,Record ID,Field,Old,New,User\n2026-01-05 10:00:00,Tickets,"=""7""",Status,New,Open,ann\n\n',
    ],
)
def test_a_history_is_read_whatever_the_spreadsheet_did(tmp_path: Path, warehouse: Warehouse, content: str) -> None:
    fill(warehouse, history(tmp_path, content), DENVER)
    (row,) = warehouse.rows("SELECT * FROM ivinex.change_history")
    assert row["record_source_id"] == "ivinex:20:7"
    assert row["changed_at"].isoformat() == "2026-01-05T17:00:00+00:00"
    assert (row["field"], row["old_value"], row["new_value"], row["changed_by"]) == ("Status", "New", "Open", "ann")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("tab,field\n", "line 1: missing columns changed_date, collection_id"),
        (f"{HEAD}\n{ROW}\n{ROW.replace('7', 'seven')}\n", "line 3, column collection_id: a record id is a number"),
        (f"{HEAD}\n{ROW},more\n", "line 2: 8 columns where the first has 7"),
        (f'{HEAD}\n{ROW}\n"open', "line 3"),
        (f"{HEAD}\n{ROW}\n{ROW}M\xfcller\n".encode("latin-1"), "line 3: is not UTF-8"),
        ("", "line 1: missing columns"),
    ],
)
def test_a_bad_history_is_named_by_file_line_and_column(
    tmp_path: Path, warehouse: Warehouse, content: str | bytes, words: str
) -> None:
    file = history(tmp_path, f"{HEAD}\n{ROW}\n")
    fill(warehouse, file, DENVER)
    with pytest.raises(ExportProblem, match=words) as caught:
        fill(warehouse, history(tmp_path, content), DENVER)
    assert "change_history.csv" in str(caught.value)
    assert warehouse.scalar("SELECT count(*) FROM ivinex.change_history") == 1


def test_a_change_without_usable_time_or_of_an_unknown_tab_is_kept_and_told_apart(
    tmp_path: Path, warehouse: Warehouse
) -> None:
    odd = [ROW.replace("2026-01-05 10:00:00", "0000-00-00 00:00:00"), ROW.replace("Tickets", "Payroll")]
    fill(warehouse, history(tmp_path, "\n".join([HEAD, *odd])), DENVER)
    rows = warehouse.rows("SELECT changed_at, record_source_id, changed_date, tab FROM ivinex.change_history")
    assert rows[0]["changed_at"] is None
    assert rows[0]["changed_date"] == "0000-00-00 00:00:00"
    assert (rows[1]["record_source_id"], rows[1]["tab"]) == (None, "Payroll")


def test_a_value_longer_than_a_field_of_the_csv_module_is_read(tmp_path: Path) -> None:
    file = history(tmp_path, f"{HEAD}\n{ROW.replace('New', 'x' * 200_000)}\n")
    ((_, row),) = read_rows(file, HISTORY_COLUMNS, {})
    assert len(row["old_value"]) == 200_000


@given(
    values=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20).map(str.strip),
        min_size=1,
    ),
    delimiter=st.sampled_from(",;\t"),
)
def test_what_a_csv_writer_wrote_comes_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[str], delimiter: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerow(["a", "b", "c"])
        writer.writerows([["1", value, "2"] for value in values])
    read = [row["b"] for _, row in read_rows(file, {"a": ("a",), "b": ("b",)}, {"c": ("c",)})]
    assert read == [value if not value.startswith('="') else row for value, row in zip(values, read, strict=True)]


def listed(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "workflows.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=2), encoding="utf-8")
    return file


def test_a_workflow_is_read_with_numbers_and_booleans_as_the_product_writes_them(tmp_path: Path) -> None:
    (found,) = read_list(listed(tmp_path, "\ufeff" + json.dumps([WORKFLOW])), Workflow)
    assert (found.id, found.active) == ("1", True)
    assert found.actions[0].assign == {"Escalated": "true", "Due": ""}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[\n  {"id": "1",\n   "name": }\n]', "line 3, column 12: is not JSON"),
        ("{}", "line 1: expected a list"),
        ([WORKFLOW, {**WORKFLOW, "id": 2, "trigger": {}}], r"line 23, \[1\]\.trigger\.type: is missing"),
        ([{**WORKFLOW, "action": []}], r"line 18, \[0\]\.action: unknown key; known: id, group, .*else"),
        ([WORKFLOW, WORKFLOW], r"\[1\]\.id: is that of \[0\] already"),
        ([{**WORKFLOW, "filter": [{"operator": "Equal"}]}], r"\[0\]\.filter\[0\]\.field: is missing"),
    ],
)
def test_a_bad_list_is_named_by_file_line_and_place(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(ExportProblem, match=words) as caught:
        read_list(listed(tmp_path, content), Workflow)
    assert "workflows.json" in str(caught.value)


def test_many_mistakes_are_told_at_once_and_counted(tmp_path: Path) -> None:
    with pytest.raises(ExportProblem, match="and 2 more") as caught:
        read_list(listed(tmp_path, [{"id": str(number), "tab": "T"} for number in range(12)]), SavedView)
    assert str(caught.value).count("is missing") == 10


def test_a_file_with_tabs_is_still_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(ExportProblem, match=r"line 2, \[0\]\.name: is missing"):
        read_list(listed(tmp_path, '[\n\t{"id": "1",\n\t"tab": "T"}\n]'), SavedView)


def test_a_missing_export_is_a_loss_until_it_is_there(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:test")
    file = tmp_path / "workflows.json"
    record_missing(ledger, "workflows", file, "workflows.json is missing")
    (row,) = ledger.losses.loss_rows().to_dict("records")
    assert (row["kind"], row["field"]) == (EXPORT_MISSING, "workflows.json")
    record_missing(ledger, "workflows", file, "")
    assert ledger.losses.loss_rows().empty
    ledger.close()
