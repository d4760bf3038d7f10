"""Edits at the source, as a delta test makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from served_ivinex import Choose, Serve, records


def edit(client: httpx.Client, **body: Any) -> httpx.Response:
    """POST /_sandbox/records for a case."""
    return client.post("/_sandbox/records", json={"tab": "Cases", **body})


def rows(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """All cases by id."""
    return {row["collection_id"]: row for row in records(client)}


def test_a_change_is_stamped_with_the_present_site_local_time(folder: Path, serve: Serve) -> None:
    with serve(folder, clock=lambda: 1_784_000_000.0) as client:
        edit(client, collection_id="1", fields={"subject": "Changed"}, user_id="7")
        row = rows(client)["1"]
        assert row["subject"] == "Changed"
        assert row["modified_date"] == "2026-07-13 21:33:20"
        assert (row["modified_by"], row["fields_changed"]) == ("7", "0,51,0")
        assert row["created_date"] == "2026-01-05 09:00:00"


def test_a_change_may_carry_its_own_time_or_none(ivinex: httpx.Client) -> None:
    edit(ivinex, collection_id="1", fields={"subject": "A"}, modified_date="2026-02-01 10:00:00")
    edit(ivinex, collection_id="2", fields={"subject": "B"}, touch=False)
    found = rows(ivinex)
    assert found["1"]["modified_date"] == "2026-02-01 10:00:00"
    assert found["2"]["subject"] == "B"
    assert found["2"]["modified_date"] == "2026-01-05 09:00:00"


def test_records_are_added_and_deleted(ivinex: httpx.Client) -> None:
    added = edit(ivinex, fields={"subject": "Sixth", "created_date": "2026-03-08 02:30:00"}).json()
    assert added == {"collection_id": "6"}
    assert rows(ivinex)["6"]["created_date"] == "2026-03-08 02:30:00"
    edit(ivinex, collection_id="2", fields=None)
    assert sorted(rows(ivinex)) == ["1", "3", "4", "5", "6"]


def test_a_soft_deleted_row_may_be_shown_marked(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-25": "marked"})) as client:
        edit(client, collection_id="2", fields=None)
        found = rows(client)
        assert found["2"]["deleted"] == "1"
        assert "deleted" not in found["1"]


def test_mistakes_in_edits_are_named(ivinex: httpx.Client) -> None:
    assert "no field colour" in edit(ivinex, collection_id="1", fields={"colour": "red"}).json()["error"]
    assert "no record 99" in edit(ivinex, collection_id="99", fields=None).json()["error"]
    assert "no tab" in edit(ivinex, tab="Nothing", fields={}).json()["error"]


def test_the_schema_can_change_between_two_runs(ivinex: httpx.Client) -> None:
    options = [{"OptionID": "11", "DisplayText": "Brand new"}]
    status = {"FieldID": "52", "FieldName": "status", "DisplayText": "State", "DataType": "DROPDOWN"}
    added = {"FieldID": "99", "FieldName": "mood", "DisplayText": "Mood", "DataType": "TEXT"}
    for field in (status | {"Options": options}, added):
        assert ivinex.post("/_sandbox/fields", json={"tab": "Cases", "field": field}).status_code == 200
    fields = ivinex.get("/API/GetFields.php?Tab=Cases").json()["Fields"]
    assert {f["FieldName"]: f["DisplayText"] for f in fields}["status"] == "State"
    assert rows(ivinex)["1"]["mood"] == ""
    assert ivinex.get("/API/GetRecords.php?Tab=Cases").json()["Records"][0]["status"] == "Brand new"


def test_control_is_neither_counted_nor_authenticated(ivinex: httpx.Client) -> None:
    assert httpx.get(f"{ivinex.base_url}/_sandbox/stats").json()["requests"] == {}
    ivinex.get("/API/GetTabs.php")
    assert ivinex.post("/_sandbox/stats/reset").json()["requests"] == {}
