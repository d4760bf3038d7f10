"""The fewest pages of a site: of each tab a look, its rows, what lies behind them, and the last of them once more."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from benchmarks.fewest_calls import fewest_pages
from migration_assets.ivinex import tables
from resources.warehouse import Warehouse

TABS = [("Tickets", "1"), ("Contacts", "2"), ("Invoices", "3"), ("Hidden", "4"), ("Empty", "5")]


def test_tabs_with_a_role_and_exported_ones_count_alike_and_a_hidden_one_is_a_look(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.append(tables.TABS, pd.DataFrame([{"tab": a, "collection_type_id": b, "listed": True} for a, b in TABS]))
    at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
    read = [("1", 250, at[0]), ("1", 301, at[1]), ("2", 100, at[0]), ("5", 0, at[0])]
    sweeps = [{"collection_type_id": tab, "distinct_ids": rows, "started_at": when} for tab, rows, when in read]
    warehouse.append(tables.SWEEPS, pd.DataFrame(sweeps))
    exported = [("3", "Invoices", 7, "private/Invoices"), ("4", "Hidden", 0, "")]
    found = [
        {"collection_type_id": tab, "tab": name, "records": rows, "file": file, "problem": ""}
        for tab, name, rows, file in exported
    ]
    warehouse.append(tables.UNMAPPED_TABS, pd.DataFrame(found))
    looks, tickets, contacts, invoices, empty = 5, 4 + 2, 1 + 2, 1 + 2, 1
    assert fewest_pages(warehouse, 100) == looks + tickets + contacts + invoices + empty
