"""Embedded and Related links, from either end, per record and per tab."""

from __future__ import annotations

import httpx
from served_ivinex import Choose, Serve


def linked(client: httpx.Client, **params: str) -> list[tuple[str, str, str]]:
    """(tab, id, kind) of GetAllRelatedItems."""
    answer = client.get("/API/GetAllRelatedItems.php", params=params).json()
    return [(item["Tab"], item["CollectionID"], item["LinkType"]) for item in answer["RelatedItems"]]


def test_a_record_shows_links_of_both_kinds(ivinex: httpx.Client) -> None:
    assert linked(ivinex, Tab="Cases", CollectionID="2") == [("People", "1", "Embedded"), ("People", "2", "Related")]
    assert linked(ivinex, Tab="People", CollectionID="2") == [("Cases", "2", "Related")]
    assert len(linked(ivinex, Tab="People", CollectionID="1")) == 5


def test_a_related_item_carries_its_whole_record(ivinex: httpx.Client) -> None:
    params = {"Tab": "People", "CollectionID": "2"}
    item = ivinex.get("/API/GetAllRelatedItems.php", params=params).json()["RelatedItems"][0]
    assert item["CollectionTypeID"] == "100"
    assert item["Record"]["subject"] == "Case 2"
    assert item["Record"]["status"] == "New"


def test_without_a_record_the_links_of_the_whole_tab_come(ivinex: httpx.Client) -> None:
    rows = ivinex.get("/API/GetAllRelatedItems.php", params={"Tab": "Cases"}).json()["RelatedItems"]
    assert len(rows) == 6
    assert rows[0] == {
        "FromCollectionTypeID": "100",
        "FromCollectionID": "1",
        "CollectionTypeID": "1001",
        "Tab": "People",
        "CollectionID": "1",
        "LinkType": "Embedded",
    }


def test_the_scope_switch(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-11": "record"})) as client:
        assert client.get("/API/GetAllRelatedItems.php", params={"Tab": "Cases"}).status_code == 400
    with serve(choose({"A-11": "tab"})) as client:
        assert len(linked(client, Tab="Cases", CollectionID="2")) == 6


def test_related_items_of_one_tab(choose: Choose, serve: Serve) -> None:
    params = {"Tab": "People", "CollectionID": "1", "RelatedTab": "Cases"}
    with serve(choose()) as client:
        rows = client.get("/API/GetRelatedItems.php", params=params).json()["RelatedItems"]
        assert [row["subject"] for row in rows] == [f"Case {number}" for number in range(1, 6)]
        assert client.get("/API/GetRelatedItems.php", params={"Tab": "People"}).status_code == 400
    with serve(choose({"A-10": "absent"})) as client:
        assert client.get("/API/GetRelatedItems.php", params=params).status_code == 404


def test_links_follow_a_changed_record_and_end_with_a_deleted_one(ivinex: httpx.Client) -> None:
    ivinex.post("/_sandbox/records", json={"tab": "Cases", "collection_id": "1", "fields": {"person": "2"}})
    assert ("Cases", "1", "Embedded") in linked(ivinex, Tab="People", CollectionID="2")
    assert ("Cases", "1", "Embedded") not in linked(ivinex, Tab="People", CollectionID="1")
    ivinex.post("/_sandbox/records", json={"tab": "Cases", "collection_id": "1", "fields": None})
    assert linked(ivinex, Tab="People", CollectionID="2") == [("Cases", "2", "Related")]


def test_what_the_user_may_not_see_is_not_linked(ivinex: httpx.Client) -> None:
    ivinex.auth = httpx.BasicAuth("ann", "ann")
    assert linked(ivinex, Tab="Cases", CollectionID="1") == []
    assert linked(ivinex, Tab="Cases", CollectionID="2") == []
