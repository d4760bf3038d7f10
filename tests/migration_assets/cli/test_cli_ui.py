"""`migrate ui` as a process: one Ctrl-C during a run, and days that a sweep finds meanwhile.

Backfills over GraphQL are in tests/ui.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from interrupts import hears_ctrl_c
from open_to_others import open_to_others
from own_processes import working_in

from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.orchestration.stale_runs import close_dead_runs
from migration_assets.partitions import note_first_day

ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]

LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } } }"""
FIRST_PARTITION = """query { assetNodeOrError(assetKey: {path: ["ivinex", "tickets"]}) { ... on AssetNode {
  partitionKeyConnection(limit: 1, ascending: true) { results } } } }"""
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "graphql-ws",
}
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@dataclass
class Ui:
    process: "subprocess.Popen[str]"
    address: str
    home: Path

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        # The pages name their operation in the address.
        address = f"{self.address}/graphql?op=Asked"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return next(iter(json.load(answer)["data"].values()))

    def launch(self, job: str) -> str:
        selector = {
            "repositoryName": "__repository__",
            "repositoryLocationName": "ivinex_to_gorgias",
            "jobName": job,
        }
        return self.ask(LAUNCH, p={"selector": selector, "mode": "default", "runConfigData": {}})["run"]["runId"]

    def first_partition(self) -> str:
        """Of ivinex/tickets; empty while the location is loaded."""
        node = self.ask(FIRST_PARTITION)
        return node["partitionKeyConnection"]["results"][0] if "partitionKeyConnection" in node else ""

    def status(self, run_id: str) -> str:
        return self.ask(STATUS, id=run_id)["status"]


@pytest.fixture
def ui(home: Path) -> Iterator[Ui]:
    command = [*MIGRATE, "ui", "--json", "--tickets", "12", "--days", "5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=hears_ctrl_c)
    assert process.stdout is not None
    try:
        yield Ui(process, json.loads(process.stdout.readline())["ui"], home)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(90)
        finally:
            process.kill()


def _until(reached: Callable[[], bool], seconds: float = 150.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.3)


def _websocket(ui: Ui, origin: str) -> int:
    """The answer to a page of that origin that wants a websocket (urllib cannot ask for one)."""
    with closing(http.client.HTTPConnection(ui.address.removeprefix("http://"), timeout=30)) as connection:
        connection.request("GET", "/graphql", headers={**UPGRADE, "Origin": origin})
        return connection.getresponse().status


@pytest.mark.acceptance
@pytest.mark.timeout(300)
def test_one_ctrl_c_ends_active_runs_then_dagster_then_the_sandbox(ui: Ui, monkeypatch: pytest.MonkeyPatch):
    active = ui.launch("discover")
    _until(lambda: ui.status(active) == "STARTED")
    os.kill(ui.process.pid, signal.SIGINT)
    assert ui.process.wait(90) == 0

    assert working_in(ui.home) == []
    assert open_to_others(ui.home) == []
    monkeypatch.setenv("DAGSTER_HOME", str(ui.home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        assert {run.status.value for run in instance.get_runs()} <= ENDED
        assert not instance.event_log_storage.get_concurrency_info("ivinex_api").claimed_slots


@pytest.mark.acceptance
@pytest.mark.timeout(300)
def test_a_killed_ui_leaves_no_process_and_its_run_is_dead_for_the_next_command(
    ui: Ui, monkeypatch: pytest.MonkeyPatch
):
    active = ui.launch("discover")
    _until(lambda: ui.status(active) == "STARTED")
    assert len(working_in(ui.home)) > 4
    os.kill(ui.process.pid, signal.SIGKILL)
    ui.process.wait()
    _until(lambda: working_in(ui.home) == [], 10)
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(ui.address, timeout=5)
    home = ui.home / "dagster"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.get() as instance, single_instance_lock(home, "the next command"):
        assert [run.run_id for run in close_dead_runs(instance, home)] == [active]
        assert not instance.event_log_storage.get_concurrency_info("ivinex_api").claimed_slots


@pytest.mark.acceptance
@pytest.mark.timeout(300)
def test_the_partitions_of_a_running_ui_follow_the_first_day_and_an_active_run_goes_on(ui: Ui):
    active = ui.launch("discover")
    _until(lambda: ui.status(active) == "STARTED")
    first = date.fromisoformat(ui.first_partition()) - timedelta(days=3)
    note_first_day(ui.home, date(2015, 1, 1), [first.isoformat()])
    _until(lambda: ui.first_partition() == first.isoformat())
    _until(lambda: ui.status(active) in ENDED)
    assert ui.status(active) == "SUCCESS"


@pytest.mark.acceptance
@pytest.mark.timeout(300)
def test_no_other_page_starts_a_job_and_no_run_config_names_another_server(ui: Ui):
    mutation = 'mutation{launchRun(executionParams:{selector:{repositoryName:"__repository__",repositoryLocationName:'
    mutation += '"ivinex_to_gorgias",jobName:"report"},mode:"default",runConfigData:"{}"}){__typename}}'
    address = f"{ui.address}/graphql?{urllib.parse.urlencode({'query': mutation})}"
    body = json.dumps({"query": mutation}).encode()
    foreign = {"Content-Type": "application/json", "Origin": "https://evil.example"}
    for request in (
        urllib.request.Request(address),
        urllib.request.Request(address, b""),
        urllib.request.Request(f"{ui.address}/graphql", body, {"Content-Type": "text/plain; application/json"}),
        urllib.request.Request(f"{ui.address}/graphql", body, foreign),
        urllib.request.Request(f"{ui.address}/graphql", body, {**foreign, "Origin": "", "Host": "evil.example"}),
        urllib.request.Request(f"{ui.address}/", headers={"Sec-Fetch-Site": "cross-site"}),
    ):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request, timeout=30)
    assert [_websocket(ui, origin) for origin in (ui.address, "https://evil.example")] == [101, 403]
    selector = {"repositoryName": "__repository__", "repositoryLocationName": "ivinex_to_gorgias", "jobName": "report"}
    config = {"resources": {"gorgias": {"config": {"base_url": "http://127.0.0.1:9", "api_key": {"env": "HOME"}}}}}
    for given in (config, json.dumps(config)):
        said = ui.ask(LAUNCH, p={"selector": selector, "mode": "default", "runConfigData": given})
        assert said["__typename"] == "RunConfigValidationInvalid"
    assert ui.ask("query { runsOrError { ... on Runs { results { jobName } } } }")["results"] == [
        {"jobName": "discover"}
    ]
