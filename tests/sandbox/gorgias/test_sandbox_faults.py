"""Faults, each over a real socket: what the client sees, and whether the call was carried out."""

import asyncio
import socket
import struct
import threading
import time

import httpx
import pytest

from sandbox.faults import FaultError, FaultPlan, parse_faults


def _names(running):
    return [tag["name"] for tag in running.state()["tags"]]


def _wait_for(condition, seconds=2.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def _seen(client, **options):
    try:
        return str(client.post("/api/tags", json={"name": "new"}, **options).status_code)
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    ("kind", "status", "seen", "done"),
    [
        ("status_before", 500, "500", False),
        ("status_before", 502, "502", False),
        ("status_before", 503, "503", False),
        ("status_after", 500, "500", True),
        ("status_after", 502, "502", True),
        ("status_after", 404, "404", True),
        ("hang_after", None, "ReadTimeout", True),
        ("truncate", None, "RemoteProtocolError: peer closed connection without sending complete message body", True),
    ],
)
def test_a_failure_comes_before_or_after_the_write(running, kind, status, seen, done):
    named = {} if status is None else {"status": status}
    running.faults({"kind": kind, "method": "POST", "route": "/api/tags", **named})
    patience = {"timeout": 0.2} if kind == "hang_after" else {}
    assert _seen(running.unchecked, **patience).startswith(seen)
    assert ("new" in _names(running)) is done


def test_a_status_of_a_proxy_is_a_page_without_gorgias_s_headers(running):
    running.faults({"kind": "status_before", "status": 403})
    page = running.unchecked.get("/api/tags")
    assert page.headers["content-type"] == "text/html"
    assert "x-gorgias-account-api-call-limit" not in page.headers


def test_a_false_empty_list_is_in_the_envelope_of_lists(running):
    running.client.post("/api/tags", json={"name": "new"})
    running.faults({"kind": "empty_list", "route": "/api/tags", "calls": 1})
    assert running.client.get("/api/tags").json()["data"] == []
    assert "new" in _names(running)


@pytest.mark.parametrize(("kind", "done"), [("reset_before", False), ("reset_after", True)])
def test_a_reset_is_a_real_rst(running, kind, done):
    running.faults({"kind": kind, "route": "/api/tags"})
    host, port = running.url.removeprefix("http://").split(":")
    request = running.client.build_request("POST", "/api/tags", json={"name": "new"})
    request = next(running.client.auth.auth_flow(request))
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        connection.sendall(f"POST /api/tags HTTP/1.1\r\n{head}\r\n".encode() + request.content)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        # an orderly end would have been TCP state CLOSE_WAIT (8); a reset leaves CLOSE (7)
        assert struct.unpack("B", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1))[0] == 7
    assert ("new" in _names(running)) is done


def test_a_late_write_is_carried_out_after_the_drop(sandbox):
    slept = []
    release = threading.Event()

    async def sleep(seconds):
        slept.append(seconds)
        while not release.is_set():
            await asyncio.sleep(0.005)

    running = sandbox({"sleep": sleep})
    running.faults({"kind": "late_write", "seconds": 30, "route": "/api/tags", "method": "POST"})
    with pytest.raises(httpx.ReadError):
        running.unchecked.post("/api/tags", json={"name": "late"})
    assert "late" not in _names(running)
    release.set()
    assert _wait_for(lambda: "late" in _names(running))
    assert slept == [30]


def test_a_page_comes_in_place_of_json(running):
    running.faults({"kind": "html", "route": "/api/users/{id}"})
    answer = running.unchecked.get("/api/users/0")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(("retry_after", "header"), [(7, "7"), (None, None)])
def test_a_throttle_is_not_carried_out(running, retry_after, header):
    running.faults({"kind": "throttle", "retry_after": retry_after, "method": "POST"})
    answer = running.unchecked.post("/api/tags", json={"name": "new"})
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, header)
    assert "new" not in _names(running)
    assert running.client.get("/_sandbox/stats").json()["throttled"] == 1


def test_delays_add_up_with_other_faults(sandbox):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    running = sandbox({"sleep": sleep})
    running.faults({"kind": "delay", "seconds": 2}, {"kind": "delay", "seconds": 3}, {"kind": "status_before"})
    assert running.unchecked.get("/api/tags").status_code == 502
    assert slept == [2, 3]


@pytest.mark.parametrize("query", [{}, {"external_id": "t-1"}])
def test_late_visibility_hides_a_new_ticket_from_lists_only(sandbox, make_ticket, clock, query):
    running = sandbox({"clock": clock})
    running.faults({"kind": "late_visibility", "seconds": 5, "route": "/api/tickets", "method": "POST"})
    ticket_id = running.client.post("/api/tickets", json=make_ticket()).json()["id"]
    assert running.client.get("/api/tickets", params=query).json()["data"] == []
    assert running.client.get(f"/api/tickets/{ticket_id}").status_code == 200
    clock.now += 5
    assert len(running.client.get("/api/tickets", params=query).json()["data"]) == 1


def test_the_visibility_switch_hides_from_filtered_lists_only(sandbox, make_ticket, clock):
    running = sandbox({"clock": clock}, switches={"G-08": 2})
    running.client.post("/api/tickets", json=make_ticket())
    found = [len(running.client.get("/api/tickets", params=q).json()["data"]) for q in ({}, {"external_id": "t-1"})]
    assert found == [1, 0]
    clock.now += 2
    assert len(running.client.get("/api/tickets", params={"external_id": "t-1"}).json()["data"]) == 1


def test_calls_are_counted_per_fault(sandbox):
    running = sandbox({"faults": [{"kind": "status_before", "route": "/api/t*", "method": "GET", "calls": [2, 3]}]})
    client = running.unchecked
    paths = ["/api/tags", "/api/users", "/api/teams", "/api/tickets", "/api/tags"]
    assert [client.get(path).status_code for path in paths] == [200, 200, 502, 502, 200]
    (fault,) = client.get("/_sandbox/faults").json()
    assert (fault["seen"], fault["fired"]) == (4, 2)


def test_a_probability_with_a_seed_hits_the_same_calls_again():
    raw = [{"kind": "throttle", "probability": 0.3, "seed": 7}]
    plans = [FaultPlan(parse_faults(raw, "faults.json")) for _ in range(2)]
    one, other = ([bool(plan.for_call("GET", "/api/tags")) for _ in range(200)] for plan in plans)
    assert one == other
    assert 30 < sum(one) < 90


def test_a_new_list_replaces_the_old_one_and_a_bad_one_does_not(running):
    running.faults({"kind": "throttle"})
    answer = running.client.post("/_sandbox/faults", json=[{"kind": "explode"}])
    assert (answer.status_code, "0.kind" in answer.json()["error"]["msg"]) == (400, True)
    assert len(running.client.get("/_sandbox/faults").json()) == 1
    running.faults()
    assert running.client.get("/api/tags").status_code == 200


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ({}, "list"),
        ([{"kind": "delay", "calls": 1, "probability": 0.5}], "not both"),
        ([{"kind": "delay", "secs": 1}], "0.secs"),
        ([{"kind": "status_before", "status": 302}], "0.status"),
        ([{"kind": "delay", "probability": 2}], "0.probability"),
    ],
)
def test_a_bad_fault_is_named(raw, named):
    with pytest.raises(FaultError, match=f"faults.json.*{named}"):
        parse_faults(raw, "faults.json")
