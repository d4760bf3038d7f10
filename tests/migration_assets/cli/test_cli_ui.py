"""`migrate ui` as a data engineer uses it, over GraphQL: jobs, a backfill of days, checks per day, one Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

DAYS = ["2026-06-28", "2026-06-29", "2026-06-30"]
DAILY = (
    *("ivinex/tickets", "ivinex/activities", "staging/tickets", "staging/messages"),
    *("gorgias/tickets", "gorgias/ticket_messages"),
)
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]

LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } } }"""
BACKFILL = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
OF_BACKFILL = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status } } }"""


@dataclass
class Ui:
    process: "subprocess.Popen[str]"
    address: str
    home: Path

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return next(iter(json.load(answer)["data"].values()))

    def launch(self, job: str) -> str:
        selector = {
            "repositoryName": "__repository__",
            "repositoryLocationName": "ivinex_to_gorgias",
            "jobName": job,
        }
        return self.ask(LAUNCH, p={"selector": selector, "mode": "default", "runConfigData": {}})["run"]["runId"]

    def status(self, run_id: str) -> str:
        return self.ask(STATUS, id=run_id)["status"]


@pytest.fixture
def ui(home: Path) -> Iterator[Ui]:
    command = [*MIGRATE, "ui", "--json", "--tickets", "12", "--days", "5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Ui(process, json.loads(process.stdout.readline())["ui"], home)
    finally:
        process.kill()
        process.wait()


def _until(reached: Callable[[], bool], seconds: float = 150.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.3)


def _working_in(home: Path) -> list[str]:
    """Processes whose command line or environment names this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in words and int(entry.name) != os.getpid():
            found.append(entry.name)
    return found


@pytest.mark.timeout(500)
def test_days_are_backfilled_with_their_checks_and_one_ctrl_c_leaves_nothing_behind(
    ui: Ui, monkeypatch: pytest.MonkeyPatch
):
    prepare = ui.launch("prepare")
    _until(lambda: ui.status(prepare) in ENDED)
    assert ui.status(prepare) == "SUCCESS"

    keys = [{"path": key.split("/")} for key in DAILY]
    backfill = ui.ask(BACKFILL, p={"assetSelection": keys, "partitionNames": DAYS})["backfillId"]
    _until(lambda: ui.ask(OF_BACKFILL, id=backfill)["status"] not in {"REQUESTED", "CANCELING"}, 300)
    assert ui.ask(OF_BACKFILL, id=backfill)["status"] == "COMPLETED_SUCCESS"

    active = ui.launch("discover")
    _until(lambda: ui.status(active) == "STARTED")
    os.kill(ui.process.pid, signal.SIGINT)
    assert ui.process.wait(90) == 0

    assert _working_in(ui.home) == []
    monkeypatch.setenv("DAGSTER_HOME", str(ui.home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        assert {run.status.value for run in instance.get_runs()} <= ENDED
        for key in DAILY:
            assert instance.get_materialized_partitions(dg.AssetKey(key.split("/"))) == set(DAYS)
        checked = [
            record.event_log_entry.dagster_event.event_specific_data
            for record in instance.get_event_records(
                dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION), limit=500
            )
        ]
    of_days = {
        (check.asset_key.to_user_string(), check.check_name, check.partition) for check in checked if check.passed
    }
    assert {("staging/tickets", "schema", day) for day in DAYS} <= of_days
    assert {("staging/messages", "balance", day) for day in DAYS} <= of_days
