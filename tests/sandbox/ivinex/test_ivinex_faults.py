"""Misfortunes of the wire: each kind, and when it strikes."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from served_ivinex import Choose, Serve, records

CASES = {"CollectionTypeID": 100}


def arm(client: httpx.Client, *faults: dict[str, Any]) -> None:
    """Puts faults in force."""
    assert client.post("/_sandbox/faults", json=list(faults)).status_code == 200


def ids(client: httpx.Client, **more: int) -> list[str]:
    """Ids of a page of cases."""
    return [row["collection_id"] for row in records(client, **more)]


def test_a_500_once_and_then_success(ivinex: httpx.Client) -> None:
    arm(ivinex, {"kind": "error_500", "route": "Records", "calls": 1})
    assert ivinex.get("/API/Records.php", params=CASES).status_code == 500
    assert ivinex.get("/API/Records.php", params=CASES).status_code == 200


def test_a_connection_dropped_in_mid_body(ivinex: httpx.Client) -> None:
    arm(ivinex, {"kind": "drop", "calls": [1]})
    with pytest.raises(httpx.RemoteProtocolError):
        ivinex.get("/API/Records.php", params=CASES)
    assert len(ids(ivinex)) == 5


def test_bodies_that_cannot_be_read(ivinex: httpx.Client) -> None:
    arm(ivinex, {"kind": "html", "calls": 1}, {"kind": "truncate", "calls": 2}, {"kind": "invalid_utf8", "calls": 3})
    html, truncated, invalid = (ivinex.get("/API/Records.php", params=CASES) for _ in range(3))
    assert html.content.startswith(b"<!DOCTYPE html>")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        truncated.json()
    with pytest.raises(UnicodeDecodeError):
        invalid.content.decode()


def test_a_slow_answer(ivinex: httpx.Client) -> None:
    arm(ivinex, {"kind": "delay", "seconds": 0.2, "calls": 1})
    start = time.monotonic()
    ids(ivinex)
    assert time.monotonic() - start > 0.19


def test_a_row_met_twice_and_a_row_that_comes_while_paging(ivinex: httpx.Client) -> None:
    arm(ivinex, {"kind": "duplicate_row", "tab": "Cases"})
    assert ids(ivinex, Limit=3) == ["1", "2", "3"]
    assert ids(ivinex, Limit=3, Offset=3) == ["3", "4", "5"]
    assert ids(ivinex, Offset=5) == []
    arm(ivinex, {"kind": "row_added", "tab": "Cases", "calls": 2})
    assert len(ids(ivinex)) == 5
    assert ids(ivinex) == ["1", "2", "3", "4", "5", "6"]


def test_a_fault_with_a_probability_strikes_alike_for_one_seed(ivinex: httpx.Client) -> None:
    def struck() -> list[int]:
        arm(ivinex, {"kind": "error_500", "probability": 0.5, "seed": 4})
        return [ivinex.get("/API/Records.php", params=CASES).status_code for _ in range(12)]

    first = struck()
    assert set(first) == {200, 500}
    assert struck() == first


def test_an_unknown_fault_is_refused(ivinex: httpx.Client) -> None:
    answer = ivinex.post("/_sandbox/faults", json=[{"kind": "earthquake"}])
    assert answer.status_code == 400
    assert ivinex.get("/_sandbox/faults").json() == []


def test_faults_of_site_json_are_in_force_from_the_start(choose: Choose, serve: Serve) -> None:
    with serve(choose(faults=[{"kind": "error_500", "route": "GetTabs"}])) as client:
        assert client.get("/API/GetTabs.php").status_code == 500
        assert client.get("/API/Records.php", params=CASES).status_code == 200
