"""The command: one line when both listen, a clean end, and errors that name what is wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from sandbox.serve import running


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset")
    command = [sys.executable, "-m", "sandbox", "generate", str(folder), "--tickets", "5", "--seed", "1"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def _start(dataset, *options):
    command = [sys.executable, "-m", "sandbox", "serve", str(dataset), *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def start(dataset):
    processes = []

    def begin(*options):
        processes.append(_start(dataset, *options))
        return processes[-1], json.loads(processes[-1].stdout.readline())

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def _gorgias(addresses):
    return httpx.Client(base_url=addresses["gorgias"], auth=tuple(addresses["gorgias_auth"]))


def test_one_line_tells_both_addresses_and_credentials(start):
    _, addresses = start("--rate", "7/20")
    assert sorted(addresses) == ["gorgias", "gorgias_auth", "ivinex", "ivinex_auth"]
    answer = _gorgias(addresses).get("/api/users/0")
    assert answer.json()["email"] == addresses["gorgias_auth"][0]
    assert answer.headers["X-Gorgias-Account-Api-Call-Limit"] == "1/7"
    assert httpx.get(addresses["ivinex"] + "/_sandbox/stats").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_under_a_hanging_answer(start, tmp_path, number):
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps([{"kind": "hang_after", "route": "/api/tags"}]))
    process, addresses = start("--faults", faults)
    with pytest.raises(httpx.ReadTimeout):
        _gorgias(addresses).get("/api/tags", timeout=0.1)
    with _gorgias(addresses) as kept_open:
        kept_open.get("/api/teams")
        begun = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")
    assert time.monotonic() - begun < 2


def test_the_state_file_outlives_sigkill(start, tmp_path):
    state = tmp_path / "state"
    process, addresses = start("--state-file", state)
    assert _gorgias(addresses).post("/api/tags", json={"name": "kept"}).status_code == 201
    process.kill()
    process.wait()
    _, addresses = start("--state-file", state)
    assert _gorgias(addresses).post("/api/tags", json={"name": "kept"}).status_code == 400


def test_it_ends_when_its_parent_is_killed(dataset):
    script = (
        "import subprocess, sys, os, time\n"
        f"command = [sys.executable, '-m', 'sandbox', 'serve', {str(dataset)!r}, '--parent', str(os.getpid())]\n"
        "child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)\n"
        "print(child.pid, child.stdout.readline(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child, address = parent.stdout.readline().split(" ", 1)
    assert httpx.get(json.loads(address)["gorgias"] + "/_sandbox/stats").status_code == 200
    parent.kill()
    parent.communicate()
    end = time.monotonic() + 5
    while time.monotonic() < end and _serves(json.loads(address)["gorgias"]):
        time.sleep(0.05)
    assert not _serves(json.loads(address)["gorgias"])
    with pytest.raises(ProcessLookupError):
        _until_gone(int(child))


def _serves(url):
    try:
        return httpx.get(url + "/_sandbox/stats").status_code == 200
    except httpx.TransportError:
        return False


def _until_gone(process_id):
    for _ in range(200):
        os.kill(process_id, 0)
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--rate", "fast"], "rate 'fast'"),
        (["--faults", "none.json"], "none.json"),
        (["--gorgias-port", "TAKEN"], "cannot listen"),
        (["NO DATASET"], "gorgias.json"),
    ],
)
def test_what_cannot_be_served_ends_with_code_2_and_is_named(dataset, tmp_path, options, named):
    folder, options = (tmp_path, []) if options == ["NO DATASET"] else (dataset, options)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = _start(folder, *(option.replace("TAKEN", port) for option in options))
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert named in err
    assert "Traceback" not in err


def test_both_sides_run_on_a_thread_for_a_test(dataset):
    with running(dataset, faults=[{"kind": "throttle", "route": "/api/tags"}]) as sandbox:
        client = httpx.Client(base_url=sandbox.gorgias_url, auth=sandbox.gorgias_auth)
        assert client.get("/api/tags").status_code == 429
        assert len(client.get("/api/users").json()["data"]) == len(sandbox.gorgias.users)
        assert httpx.get(sandbox.ivinex_url + "/_sandbox/stats").status_code == 200
        assert sandbox.ivinex_auth[0]
    with pytest.raises(httpx.ConnectError):
        client.get("/api/tags")
