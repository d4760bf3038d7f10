"""Every row of ivinex-api.md 12 is a switch, and every value of it is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from served_ivinex import Choose, Serve, records

from sandbox.ivinex.errors import DatasetError
from sandbox.ivinex.site import load_site
from sandbox.ivinex.switches import SWITCHES, resolve

CASES = {"params": {"Tab": "Cases"}}
VALUES = [(switch.id, value) for switch in SWITCHES.values() for value in switch.values]


def test_there_is_one_switch_per_unknown() -> None:
    assert list(SWITCHES) == [f"A-{number:02d}" for number in range(1, 34)]


def test_the_docs_tell_every_switch_with_its_default() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text()
    for switch in SWITCHES.values():
        assert f"| {switch.id} | {switch.name} | `{json.dumps(switch.default)}` |" in page


@pytest.mark.parametrize(("switch", "value"), VALUES, ids=str)
def test_every_value_is_accepted_and_no_call_breaks(switch: str, value: Any, choose: Choose, serve: Serve) -> None:
    with serve(choose({switch: value})) as client:
        for path in ("GetTabs.php", "GetFields.php", "GetRecords.php", "GetAllRelatedItems.php", "GetUsers.php"):
            assert client.get(f"/API/{path}", **CASES).status_code < 500
        assert client.get("/API/Records.php", params={"CollectionTypeID": 100}).status_code < 500


def test_a_wrong_switch_is_named_with_file_and_key(choose: Choose) -> None:
    with pytest.raises(DatasetError, match=r"site\.json, key switches\.A-99: unknown switch"):
        load_site(choose({"A-99": 1}))
    with pytest.raises(DatasetError, match=r"switches\.A-03: 'yaml' is not a value of 'classic format'"):
        load_site(choose({"A-03": "yaml"}))
    with pytest.raises(DatasetError, match=r"switches\.A-12\.color: unknown key"):
        load_site(choose({"A-12": {"color": "red"}}))
    with pytest.raises(DatasetError, match=r"switches\.A-12\.auth: 'maybe' is not allowed"):
        load_site(choose({"A-12": {"auth": "maybe"}}))
    for bad in (0, True, "100"):
        with pytest.raises(DatasetError, match="a positive whole number"):
            load_site(choose({"A-13": bad}))


def test_a_partial_object_is_completed_from_the_default() -> None:
    chosen = resolve({"A-12": {"auth": "none"}}, "x")["A-12"]
    assert chosen == {"lifetime_seconds": 900, "auth": "none", "host": "same", "form": "list"}


def test_the_url_form(choose: Choose, serve: Serve) -> None:
    for value, php, bare in (("php", 200, 404), ("bare", 404, 200)):
        with serve(choose({"A-01": value})) as client:
            assert client.get("/API/GetTabs.php").status_code == php
            assert client.get("/API/GetTabs").status_code == bare


def test_the_credential_transport(choose: Choose, serve: Serve) -> None:
    given = {"UserName": "api", "Password": "secret"}
    for value in ("post", "get", "basic"):
        with serve(choose({"A-02": value})) as client, httpx.Client(base_url=client.base_url) as bare:
            answers = {
                "post": bare.post("/API/GetTabs.php", data=given),
                "get": bare.get("/API/GetTabs.php", params=given),
                "basic": client.get("/API/GetTabs.php"),
            }
            assert {way for way, answer in answers.items() if answer.status_code == 200} == {value}


def test_xml_keeps_the_names(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-03": "xml"})) as client:
        root = ElementTree.fromstring(client.get("/API/GetRecords.php", **CASES).content)
        assert [element.findtext("subject") for element in root.findall("Records/Record")][:2] == ["Case 1", "Case 2"]
        refusal = client.get("/API/GetTabs.php", auth=("x", "y"))
        assert ElementTree.fromstring(refusal.content).findtext("Status") == "Error"


def test_the_shapes_of_get_tabs_and_get_fields(choose: Choose, serve: Serve) -> None:
    for value, expected in (
        ("modules", {"Module_ID": "100", "Module": "Cases"}),
        ("name_id", {"ID": "100", "Name": "Cases"}),
        ("bare", {"CollectionTypeID": "100", "Tab": "Cases"}),
    ):
        with serve(choose({"A-04": value})) as client:
            body = client.get("/API/GetTabs.php").json()
            assert (body if value == "bare" else next(iter(body.values())))[0] == expected
    with serve(choose({"A-05": "short"})) as client:
        fields = client.get("/API/GetFields.php", **CASES).json()["Fields"]
        status = next(field for field in fields if field["Name"] == "status")
        assert status["Values"][0] == {"ID": "11", "Label": "New"}
    with serve(choose({"A-05": "defaults_always"})) as client:
        ideas = client.get("/API/GetFields.php", params={"Tab": "Ideas"}).json()["Fields"]
        assert ideas[0]["FieldName"] == "collection_id"


def test_paging_that_the_server_ignores(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-06": "ignored", "A-13": 2})) as client:
        far = client.get("/API/GetRecords.php", params={"Tab": "Cases", "Offset": 4, "Limit": 1}).json()["Records"]
        assert [row["collection_id"] for row in far] == ["1", "2"]


def test_values_on_the_wire(choose: Choose, serve: Serve) -> None:
    def first(switches: dict[str, Any], path: str = "GetRecords.php", **more: Any) -> dict[str, Any]:
        with serve(choose(switches)) as client:
            params = {"Tab": "Cases", "CollectionTypeID": 100, "Offset": 1}
            found: dict[str, Any] = client.get(f"/API/{path}", params=params, **more).json()["Records"][0]
            return found

    assert first({"A-08": "ids"})["status"] == "11"
    assert first({"A-08": "ids", "A-33": "yes_no"})["urgent"] == "Yes"
    assert first({"A-33": "one_zero"})["urgent"] == "1"
    assert first({"A-33": "one_zero"}, "Records.php")["urgent"] == "true"
    assert first({"A-20": "utc"}, "Records.php")["created_date"] == "2026-01-05 16:00:00"
    assert first({"A-20": "user"}, "Records.php")["created_date"] == "2026-01-05 11:00:00"
    assert first({"A-21": "empty"}, "Records.php")["closed"] == ""
    assert first({"A-29": "list"}, "Records.php")["tags"] == ["21", "22"]
    assert first({"A-29": "list"})["tags"] == ["Red", "Blue"]
    assert "head" not in first({"A-31": "none"}, "Records.php")


def test_markers_and_refusals(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-07": "none", "A-16": "403", "A-17": "html", "A-18": "200", "A-22": "failed"})) as client:
        assert client.get("/API/GetRecords", params={"Tab": "Ideas"}).json() == {"Records": []}
        assert client.get("/API/GetRecords", params={"Tab": "Payroll"}).status_code == 403
        assert client.get("/API/Records.php?CollectionTypeID=4711").status_code == 403
        page = client.get("/API/GetTabs.php", auth=("api", "wrong"))
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        inactive = client.get("/API/GetTabs.php", auth=("gone", "gone"))
        assert (inactive.status_code, inactive.json()["Status"]) == (200, "failed")


def test_the_end_of_the_rows(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-15": "repeat_last"})) as client:
        assert [row["collection_id"] for row in records(client, Offset=100, Limit=3)] == ["4", "5"]
    with serve(choose({"A-15": "404"})) as client:
        assert client.get("/API/Records.php?CollectionTypeID=100&Offset=100&Limit=3").status_code == 404


def test_an_unstable_order_loses_a_row_between_pages_that_do_not_overlap(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-14": "unstable"})) as client:
        seen = [row["collection_id"] for place in range(6) for row in records(client, Offset=place, Limit=1)]
        assert len(seen) == 5
        assert set(seen) < {"1", "2", "3", "4", "5"}


def test_the_rate_limit(choose: Choose, serve: Serve) -> None:
    now = [1_000.0]
    for retry_after in (True, False):
        folder = choose({"A-19": {"per_second": 2, "retry_after": retry_after}})
        with serve(folder, clock=lambda: now[0]) as client:
            statuses = [client.get("/API/GetTabs.php").status_code for _ in range(3)]
            assert statuses == [200, 200, 429]
            refused = client.get("/API/GetTabs.php")
            assert ("retry-after" in refused.headers) is retry_after
            now[0] += 1
            assert client.get("/API/GetTabs.php").status_code == 200
            assert client.get("/_sandbox/stats").json()["throttled"] == 2


def test_a_rate_given_to_the_server_overrules_the_switch(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-19": {"per_second": 50}}), rate=1, clock=lambda: 1_000.0) as client:
        assert [client.get("/API/GetTabs.php").status_code for _ in range(2)] == [200, 429]


def test_a_redirect_leads_to_a_host_that_catches_credentials(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-32": "redirect"})) as client:
        answer = client.get("/API/Records.php?CollectionTypeID=100")
        assert answer.status_code == 302
        target = httpx.URL(answer.headers["location"])
        assert target.host == "localhost"
        assert client.get(target.copy_with(host="127.0.0.1")).status_code == 400
        assert httpx.get(target.copy_with(host="127.0.0.1")).status_code == 404


def test_what_has_no_call(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-26": "200", "A-24": "404"})) as client:
        assert client.get("/API/GetUsers.php").json()["Status"] == "Error"
        assert client.get("/API/GetWorkflows.php").status_code == 404
        assert client.delete("/API/Records.php?CollectionTypeID=100").status_code == 404
        assert client.get("/API/Nonsense.php").status_code == 404
