"""Tabs without a role: every record in a private file, one that cannot be read is told, one may be left out by name."""

import json
import stat

import pandas as pd
import pytest
from ivinex_stage import records

from migration_assets.handoff.documents import unmapped_tabs as document
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.schema.unmapped_tabs import LEFT_OUT, export_tabs
from resources.ivinex.client import IvinexClient
from resources.ivinex.sender import Sender
from resources.ledger import Ledger
from resources.pacing import SteadyPacer
from resources.warehouse import Warehouse


@pytest.fixture
def looked_at(serve, home, tmp_path):
    """The typical site, in which tasks and organizations got no role and a tab may not be read."""
    site = serve("typical")
    warehouse = Warehouse(home / "warehouse.duckdb")
    tabs = [
        ("10102", "Tasks", None, True, ""), ("1002", "Organizations", None, True, ""),
        ("1001", "Contacts", "contact", True, ""), ("900", "Payroll", None, False, "may not be read"),
    ]  # fmt: skip
    rows = [
        {"collection_type_id": number, "tab": tab, "role": role, "listed": True, "readable": readable,
         "empty": False, "problem": problem}
        for number, tab, role, readable, problem in tabs
    ]  # fmt: skip
    warehouse.replace(tables.TABS, pd.DataFrame(rows))
    client = IvinexClient(Sender(site.url, *site.credentials, pacer=SteadyPacer(1e6), sleep=lambda seconds: None))
    return client, warehouse, home


def test_every_record_is_there_as_the_site_gives_it_and_only_its_owner_can_read_it(looked_at, tmp_path):
    client, warehouse, home = looked_at
    found = export_tabs(client, warehouse, home, (), print)
    told = {row["tab"]: (row["records"], row["file"], row["problem"]) for row in found.to_dict("records")}
    for tab, number in (("Tasks", "10102"), ("Organizations", "1002")):
        lines = [json.loads(line) for line in (home / told[tab][1]).read_text("utf-8").splitlines()]
        source = records(tmp_path / "site", tab)
        assert {line["source_id"] for line in lines} == {f"ivinex:{number}:{row['collection_id']}" for row in source}
        assert told[tab] == (len(source), f"private/unmapped/{tab}.ndjson", "")
    assert told["Payroll"] == (0, "", "may not be read")
    assert "Contacts" not in told
    assert stat.S_IMODE((home / "private").stat().st_mode) == 0o700


def test_a_tab_that_is_left_out_by_name_has_no_file_and_the_document_says_why(looked_at):
    client, warehouse, home = looked_at
    export_tabs(client, warehouse, home, (), print)
    found = export_tabs(client, warehouse, home, ("tasks",), print)
    assert [path.name for path in (home / "private" / "unmapped").iterdir()] == ["Organizations.ndjson"]
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", "shop.example")
    written = document.write_unmapped_tabs(warehouse, ledger, home)
    ledger.close()
    assert [row["problem"] for row in written.rows] == ["", "may not be read", LEFT_OUT]
    assert "IVINEX_UNEXPORTED_TABS" in written.paths["md"].read_text()
    assert checks.unmapped_exported(found).failures == {("tabs", "not exported"): 2}
