"""Both dialects read the same rows, each in its own words, and only what the user may see."""

from __future__ import annotations

import httpx
from served_ivinex import Choose, Serve, records


def test_records_json_gives_ids_and_strings(ivinex: httpx.Client) -> None:
    row = records(ivinex)[1]
    values = {"status": "11", "tags": "21,22", "urgent": "true", "owner": "2", "created_by": "7", "site_id": "1"}
    values |= {"closed": "0000-00-00 00:00:00", "paper": "", "head": "1", "button": "1"}
    assert {name: row[name] for name in values} == values


def test_classic_gives_labels_and_usernames(ivinex: httpx.Client) -> None:
    row = ivinex.post("/API/GetRecords.php", data={"Tab": "Cases"}).json()["Records"][1]
    values = {"status": "New", "tags": "Red,Blue", "owner": "api", "created_by": "ann", "closed": "0000-00-00 00:00:00"}
    assert {name: row[name] for name in values} == values


def test_an_option_or_user_that_is_gone_stays_an_id_in_classic(ivinex: httpx.Client) -> None:
    edit = {"tab": "Cases", "collection_id": "1", "fields": {"status": "999", "owner": "999"}}
    assert ivinex.post("/_sandbox/records", json=edit).status_code == 200
    row = ivinex.get("/API/GetRecords.php", params={"Tab": "Cases"}).json()["Records"][0]
    assert (row["status"], row["owner"]) == ("999", "999")


def test_get_tabs_lists_what_the_user_may_see(ivinex: httpx.Client) -> None:
    tabs = [tab["Tab"] for tab in ivinex.get("/API/GetTabs.php").json()["Tabs"]]
    assert tabs == ["Cases", "Ideas", "Payroll", "People"]
    mine = ivinex.get("/API/GetTabs.php", auth=("ann", "ann")).json()["Tabs"]
    assert mine == [{"CollectionTypeID": "100", "Tab": "Cases"}]


def test_get_fields_tells_options_and_link_targets_and_hides_unlisted_items(ivinex: httpx.Client) -> None:
    fields = {f["FieldName"]: f for f in ivinex.get("/API/GetFields", params={"Tab": "Cases"}).json()["Fields"]}
    assert fields["status"]["Options"][0] == {"OptionID": "11", "DisplayText": "New"}
    assert fields["person"]["LinkedCollectionTypeID"] == "1001"
    assert fields["created_by"]["DataType"] == "USER"
    assert "head" in fields
    assert "button" not in fields


def test_an_empty_tab_lists_no_default_fields_and_is_marked(ivinex: httpx.Client) -> None:
    fields = ivinex.get("/API/GetFields", params={"Tab": "Ideas"}).json()["Fields"]
    assert [field["FieldName"] for field in fields] == ["text"]
    assert ivinex.get("/API/GetRecords", params={"Tab": "Ideas"}).json() == {"Records": [], "empty_fields": True}


def test_an_unreadable_tab_looks_empty_without_the_marker(ivinex: httpx.Client) -> None:
    assert ivinex.get("/API/GetRecords", params={"Tab": "Payroll"}).json() == {"Records": []}
    assert ivinex.get("/API/GetFields", params={"Tab": "Payroll"}).json() == {"Fields": []}
    assert records(ivinex, 400) == []


def test_a_row_filter_hides_rows_without_a_word(ivinex: httpx.Client) -> None:
    ivinex.auth = httpx.BasicAuth("ann", "ann")
    assert [row["collection_id"] for row in records(ivinex)] == ["1", "3", "5"]


def test_pages_are_cut_silently_at_the_cap(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-13": 2})) as client:
        assert [row["collection_id"] for row in records(client, Limit=50)] == ["1", "2"]
        assert [row["collection_id"] for row in records(client, Limit=50, Offset=4)] == ["5"]
        assert records(client, Offset=5) == []


def test_credentials_are_needed_everywhere(ivinex: httpx.Client) -> None:
    for auth, status in ((("api", "no"), 401), (("gone", "gone"), 403), (("noapi", "noapi"), 403)):
        for path in ("/API/Records.php?CollectionTypeID=100", "/API/GetTabs.php"):
            answer = ivinex.get(path, auth=auth)
            assert answer.status_code == status
            assert answer.json()["Status"] == "Error"


def test_classic_takes_credentials_from_form_and_query(ivinex: httpx.Client) -> None:
    given = {"UserName": "api", "Password": "secret"}
    anonymous = httpx.Client(base_url=ivinex.base_url)
    assert anonymous.post("/API/GetTabs.php", data=given).status_code == 200
    assert anonymous.get("/API/GetTabs.php", params=given).status_code == 200
    assert anonymous.get("/API/Records.php", params={**given, "CollectionTypeID": 100}).status_code == 401


def test_a_rewritten_row_and_a_row_in_the_file_look_alike(ivinex: httpx.Client) -> None:
    before = records(ivinex)[2]
    edit = {"tab": "Cases", "collection_id": "3", "fields": {}, "touch": False}
    ivinex.post("/_sandbox/records", json=edit)
    assert records(ivinex)[2] == before
