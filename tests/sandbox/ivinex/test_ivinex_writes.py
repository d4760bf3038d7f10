"""Writes work and are counted, so that a reader's silence can be proved."""

from __future__ import annotations

from typing import Any

import httpx
from served_ivinex import Choose, Serve, records


def post(client: httpx.Client, *records: dict[str, Any]) -> Any:
    """POST of records."""
    return client.post("/API/Records.php", json={"Records": list(records)}).json()


def case(client: httpx.Client, number: int) -> dict[str, Any]:
    """One case as Records JSON shows it."""
    return next(row for row in records(client) if row["collection_id"] == str(number))


def test_reading_counts_no_write(ivinex: httpx.Client) -> None:
    ivinex.get("/API/GetTabs.php")
    ivinex.post("/API/GetRecords.php", data={"Tab": "Cases"})
    stats = ivinex.get("/_sandbox/stats").json()
    assert stats["writes"] == 0
    assert stats["requests"] == {"GetRecords": 1, "GetTabs": 1}
    assert stats["first"] <= stats["last"]


def test_a_post_creates_and_updates(ivinex: httpx.Client) -> None:
    made = post(ivinex, {"CollectionTypeID": 100, "subject": "New one", "status": 12, "person": 2})
    assert made == [
        {"CollectionTypeID": 100, "CollectionID": 6, "Status": "Success", "Message": "", "RelatedRecords": []}
    ]
    assert case(ivinex, 6)["status"] == "12"
    post(ivinex, {"CollectionTypeID": 100, "CollectionID": 6, "urgent": True})
    changed = case(ivinex, 6)
    assert (changed["subject"], changed["urgent"], changed["fields_changed"]) == ("New one", "true", "0,54,0")
    assert changed["modified_by"] == "2"
    assert ivinex.get("/_sandbox/stats").json()["writes"] == 2


def test_a_bad_record_is_refused_alone_unless_writes_are_atomic(choose: Choose, serve: Serve) -> None:
    good, bad = {"CollectionTypeID": 100, "subject": "x"}, {"CollectionTypeID": 100, "colour": "red"}
    with serve(choose()) as client:
        assert [result["Status"] for result in post(client, good, bad)] == ["Success", "Error"]
        assert len(records(client)) == 6
    with serve(choose({"A-23": {"atomic": True, "max_records": 2}})) as client:
        post(client, good, bad)
        assert len(records(client)) == 5
        assert client.post("/API/Records.php", json={"Records": [good] * 3}).status_code == 400


def test_classic_writes(ivinex: httpx.Client) -> None:
    added = ivinex.post("/API/AddRecord.php", data={"Tab": "Cases", "subject": "Classic", "status": "Done"}).json()
    assert added[0]["CollectionID"] == 6
    assert case(ivinex, 6)["status"] == "12"
    ivinex.post("/API/UpdateRecord.php", data={"Tab": "Cases", "CollectionID": "6", "subject": "Changed"})
    assert case(ivinex, 6)["subject"] == "Changed"
    linked = ivinex.post("/API/LinkRecords.php", data={"From": "100:6", "To": "1001:1"}).json()
    assert linked[0]["Status"] == "Success"
    params = {"Tab": "Cases", "CollectionID": "6"}
    assert ivinex.get("/API/GetAllRelatedItems", params=params).json()["RelatedItems"][0]["CollectionID"] == "1"
    assert ivinex.get("/_sandbox/stats").json()["writes"] == 3


def test_refused_writes_say_why_and_count(ivinex: httpx.Client) -> None:
    for values, message in (
        ({"colour": "red"}, "Unknown field colour."),
        ({"status": "Lost"}, "Unknown option for status."),
        ({"created_date": "2020-01-01 00:00:00"}, "Unknown field created_date."),
    ):
        answer = ivinex.post("/API/AddRecord.php", data={"Tab": "Cases", **values}).json()[0]
        assert (answer["Status"], answer["Message"]) == ("Error", message)
    assert post(ivinex, {"CollectionTypeID": 400, "amount": "1"})[0]["Status"] == "Error"
    assert ivinex.get("/_sandbox/stats").json()["writes"] == 4
