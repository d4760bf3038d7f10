"""`migrate ui` as a process, and what a person does and sees in it, over the GraphQL that the pages themselves use."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from interrupts import hears_ctrl_c

from resources.warehouse import Warehouse

MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]
LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "ivinex_to_gorgias"}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
PATIENCE = 300.0

_LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
_BACKFILL = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_RUNS = """query($f: RunsFilter!) { runsOrError(filter: $f) { ... on Runs { results {
  runId status tags { key value } } } } }"""
_FAILURES = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
  __typename ... on ExecutionStepFailureEvent { stepKey failureMetadata { description } error { message } } } } } }"""
_MATERIALIZED = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startKey endKey } } } } } }"""
_CHECKED = """query($key: AssetKeyInput!, $name: String!, $day: String!) {
  assetCheckExecutions(assetKey: $key, checkName: $name, partition: $day, limit: 1) {
    status evaluation { success metadataEntries { label ... on IntMetadataEntry { intValue } } } } }"""


def key(asset: str) -> dict[str, list[str]]:
    """`gorgias/tickets` as GraphQL wants it."""
    return {"path": asset.split("/")}


@dataclass
class Ui:
    """A running `migrate ui`."""

    process: "subprocess.Popen[str]"
    address: str
    home: Path
    gorgias: str

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.home / "warehouse.duckdb")

    def ask(self, query: str, **variables: Any) -> Any:
        """The one field that the query asks for."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)
        assert "errors" not in said, said["errors"]
        return next(iter(said["data"].values()))

    def launch(self, job: str, day: str | None = None, assets: Sequence[str] = ()) -> str:
        """Start a job, or "Materialize selected" of some of its assets, and wait for its end; returns the run."""
        tags = [{"key": "dagster/partition", "value": day}] if day else []
        selected = {"assetSelection": [key(asset) for asset in assets], "assetCheckSelection": []} if assets else {}
        parameters = {
            "selector": {**LOCATION, "jobName": job, **selected},
            "mode": "default",
            "runConfigData": {},
            "executionMetadata": {"tags": tags},
        }
        launched = self.ask(_LAUNCH, p=parameters)
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id = launched["run"]["runId"]
        self.until(lambda: self.status(run_id) in ENDED)
        return run_id

    def backfill(self, job: str, days: Sequence[str]) -> str:
        """One run per day of a job, and wait for the end of each; returns the backfill.

        Dagster itself looks at a backfill twice a minute, so it calls it complete up to half a minute later.
        """
        selector = {"partitionSetName": f"{job}_partition_set", "repositorySelector": LOCATION}
        launched = self.ask(_BACKFILL, p={"selector": selector, "partitionNames": list(days)})
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        backfill = launched["backfillId"]

        def over() -> bool:
            runs = self.runs_of(backfill)
            return len(runs) == len(days) and all(status in ENDED for _, status in runs.values())

        self.until(over, PATIENCE + 60 * len(days))
        return backfill

    def status(self, run_id: str) -> str:
        return self.ask(_STATUS, id=run_id)["status"]

    def runs_of(self, backfill: str) -> dict[str, tuple[str, str]]:
        """Day -> run and its status."""
        found = self.ask(_RUNS, f={"tags": [{"key": "dagster/backfill", "value": backfill}]})["results"]
        tags = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in found]
        return {tag["dagster/partition"]: (run["runId"], run["status"]) for run, tag in zip(found, tags, strict=True)}

    def failures(self, run_id: str) -> dict[str, str]:
        """Failed step -> what the run's page shows of it."""
        failed = {}
        for event in self.ask(_FAILURES, id=run_id)["events"]:
            if event["__typename"] == "ExecutionStepFailureEvent":
                told = (event["failureMetadata"] or {}).get("description") or event["error"]["message"]
                failed[event["stepKey"]] = told
        return failed

    def materialized(self, asset: str) -> list[tuple[str, str]]:
        """Ranges of days (first, last) that are materialized."""
        found = self.ask(_MATERIALIZED, key=key(asset))["assetPartitionStatuses"]["ranges"]
        return [(one["startKey"], one["endKey"]) for one in found if one["status"] == "MATERIALIZED"]

    def check(self, asset: str, name: str, day: str) -> tuple[str, dict[str, int]]:
        """The newest status of a check on a day, and the numbers that it shows."""
        found = self.ask(_CHECKED, key=key(asset), name=name, day=day)
        if not found:
            return "NONE", {}
        evaluation = found[0]["evaluation"]
        entries = evaluation["metadataEntries"] if evaluation else []
        return found[0]["status"], {one["label"]: one["intValue"] for one in entries if "intValue" in one}

    def account(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the sandbox's Gorgias, as an agent of the shop would send it."""
        config = json.loads((self.home / "dataset" / "gorgias.json").read_text("utf-8"))
        known = next(one for one in config["auth"] if one.get("email"))
        answer = httpx.request(
            method, f"{self.gorgias}{path}", json=body, auth=(known["email"], known["api_key"]), timeout=30
        )
        assert answer.is_success, answer.text
        return answer.json()

    def until(self, reached: Callable[[], bool], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            assert self.process.poll() is None, "`migrate ui` ended by itself"
            assert time.monotonic() < deadline, "not reached in time"
            time.sleep(0.3)

    def close(self) -> None:
        """One Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(90) == 0
        assert left_behind(self.home) == []


@contextmanager
def running_ui(home: Path, tickets: int, days: int) -> Iterator[Ui]:
    """`migrate ui` on a new sandbox, read and mapped; nothing of it is left behind, whatever happens."""
    foreign = ("MIGRATION_", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    process = subprocess.Popen(
        [*MIGRATE, "ui", "--json", "--tickets", str(tickets), "--days", str(days)],
        env=environment | {"MIGRATION_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        ui = Ui(process, said["ui"], home, said["gorgias"])
        yield ui
        ui.close()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        for number in left_behind(home):
            os.kill(number, signal.SIGKILL)


def left_behind(home: Path) -> list[int]:
    """Processes whose command line or environment names this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in words and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found
