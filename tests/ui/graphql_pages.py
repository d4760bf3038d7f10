"""What a person does and sees on the pages of a running `migrate ui`, over the GraphQL that the pages themselves use.

It belongs here: sending a request of request_forms.py and waiting, and reading what pages show. It does not: starting
and ending the process (running_ui.py).
"""

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import request_forms as forms
from request_forms import Asset, Request, key

from resources.ledger import Ledger
from resources.warehouse import Warehouse

ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
PATIENCE = 300.0

_ERRORS = "... on PythonError { message } ... on UnauthorizedError { message }"
_LAUNCHED = f"""__typename ... on LaunchRunSuccess {{ run {{ runId }} }} ... on InvalidSubsetError {{ message }}
  ... on RunConfigValidationInvalid {{ errors {{ message }} }} {_ERRORS}"""
_BACKFILLED = f"__typename ... on LaunchBackfillSuccess {{ backfillId }} {_ERRORS}"
_MUTATIONS = {
    "LaunchPipelineExecution": f"mutation LaunchPipelineExecution($executionParams: ExecutionParams!) {{ "
    f"launchPipelineExecution(executionParams: $executionParams) {{ {_LAUNCHED} }} }}",
    "LaunchPipelineReexecution": f"mutation LaunchPipelineReexecution($reexecutionParams: ReexecutionParams) {{ "
    f"launchPipelineReexecution(reexecutionParams: $reexecutionParams) {{ {_LAUNCHED} }} }}",
    "LaunchPartitionBackfill": f"mutation LaunchPartitionBackfill($backfillParams: LaunchBackfillParams!) {{ "
    f"launchPartitionBackfill(backfillParams: $backfillParams) {{ {_BACKFILLED} }} }}",
    "reexecuteBackfill": f"mutation reexecuteBackfill($reexecutionParams: ReexecutionParams!) {{ "
    f"reexecutePartitionBackfill(reexecutionParams: $reexecutionParams) {{ {_BACKFILLED} }} }}",
}
_ASSETS = """query { assetNodes { assetKey { path } jobNames assetChecksOrError { ... on AssetChecks {
  checks { name jobNames canExecuteIndividually } } } } }"""
_PLAN = """query($p: PipelineSelector!) { executionPlanOrError(pipeline: $p, mode: "default", runConfigData: "{}") {
  __typename ... on ExecutionPlan { steps { outputs { name } } } ... on InvalidSubsetError { message }
  ... on PythonError { message } } }"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_RUNS = """query($f: RunsFilter!) { runsOrError(filter: $f) { ... on Runs { results {
  runId status tags { key value } } } } }"""
_EVENTS = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { __typename
  ... on ExecutionStepFailureEvent { stepKey failureMetadata { description } error { message } }
  ... on AssetCheckEvaluationEvent { evaluation { checkName assetKey { path } partition success description } }
  } } } }"""
_MATERIALIZED = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startKey endKey } } } } } }"""
_CHECKED = """query($key: AssetKeyInput!, $name: String!, $day: String) {
  assetCheckExecutions(assetKey: $key, checkName: $name, partition: $day, limit: 1) {
    status evaluation { success description metadataEntries { label ... on IntMetadataEntry { intValue } } } } }"""


class Refused(Exception):
    """The page shows an error in place of a run."""


class Checked(NamedTuple):
    """The newest execution of a check: its status, its sentence, and the numbers that it shows."""

    status: str
    sentence: str
    numbers: dict[str, int]


@dataclass
class Ui:
    """A running `migrate ui`.

    Attributes:
        account_name: whose rows of the ledger are this migration's.
        settings: what it was started with.
    """

    process: "subprocess.Popen[str]"
    address: str
    home: Path
    gorgias: str
    account_name: str
    settings: Mapping[str, str]

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.home / "warehouse.duckdb")

    @property
    def ledger(self) -> Ledger:
        return Ledger.open(f"sqlite:///{self.home / 'ledger.sqlite'}", self.account_name)

    def ask(self, query: str, **variables: Any) -> Any:
        """The one field that the query asks for."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)
        assert "errors" not in said, said["errors"]
        return next(iter(said["data"].values()))

    def assets(self, job: str = forms.ASSETS_ALONE, only: Collection[str] = ()) -> list[Asset]:
        """The assets of a job with their checks, as its page lists them; `only` some of them."""
        nodes = [node for node in self._nodes if job in node["jobNames"]]
        found = [_asset("/".join(node["assetKey"]["path"]), node["assetChecksOrError"]["checks"]) for node in nodes]
        return [asset for asset in found if not only or asset.key in only]

    def send(self, request: Request) -> str:
        """The run or backfill that the request starts.

        Raises:
            Refused: with the words that the page shows.
        """
        said = self.ask(_MUTATIONS[request.mutation], **request.variables)
        if said["__typename"] == "LaunchRunSuccess":
            return said["run"]["runId"]
        if said["__typename"] == "LaunchBackfillSuccess":
            return said["backfillId"]
        raise Refused(said.get("message") or str(said))

    def planned(self, request: Request) -> set[tuple[str, str]]:
        """Asset and check of every check that a run of this request would evaluate, without starting one.

        Raises:
            Refused: the page would start none.
        """
        plan = self.ask(_PLAN, p=request.selector)
        if plan["__typename"] != "ExecutionPlan":
            raise Refused(plan["message"])
        outputs = {output["name"] for step in plan["steps"] for output in step["outputs"]}
        known = [(asset.key, name) for asset in self.assets() for name in asset.checks]
        return {(asset, name) for asset, name in known if f"{asset.replace('/', '__')}_{name}" in outputs}

    def run(self, request: Request) -> str:
        """Send it and wait for the end of the run; returns the run."""
        run_id = self.send(request)
        self.until(lambda: self.status(run_id) in ENDED)
        return run_id

    def launch(self, job: str, day: str | None = None) -> str:
        """ "Materialize all" of a job, of one day or without days, to its end; returns the run."""
        return self.run(forms.materialize(job, self.assets(job), day))

    def backfill(self, job: str, days: Sequence[str]) -> str:
        """ "Materialize all" of a job for several days, to the end of all its runs; returns the backfill."""
        backfill = self.send(forms.backfill(job, self.assets(job), days))
        self.until_over(backfill, len(days))
        return backfill

    def until_over(self, backfill: str, days: int) -> None:
        """Wait for the runs of a backfill.

        Dagster itself looks at a backfill twice a minute, so it calls it complete up to half a minute later.
        """

        def over() -> bool:
            runs = self.runs_of(backfill)
            return len(runs) == days and all(status in ENDED for _, status in runs.values())

        self.until(over, PATIENCE + 60 * days)

    def status(self, run_id: str) -> str:
        return self.ask(_STATUS, id=run_id)["status"]

    def runs_of(self, backfill: str) -> dict[str, tuple[str, str]]:
        """Day -> run and its status."""
        found = self.ask(_RUNS, f={"tags": [{"key": "dagster/backfill", "value": backfill}]})["results"]
        tags = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in found]
        return {tag["dagster/partition"]: (run["runId"], run["status"]) for run, tag in zip(found, tags, strict=True)}

    def failures(self, run_id: str) -> dict[str, str]:
        """Failed step -> what the run's page shows of it."""
        return {
            event["stepKey"]: (event["failureMetadata"] or {}).get("description") or event["error"]["message"]
            for event in self._events(run_id, "ExecutionStepFailureEvent")
        }

    def evaluated(self, run_id: str) -> dict[tuple[str, str, str | None], tuple[bool, str]]:
        """Asset, check, day -> passed and sentence, of every evaluation in the run."""
        found = [event["evaluation"] for event in self._events(run_id, "AssetCheckEvaluationEvent")]
        return {
            ("/".join(one["assetKey"]["path"]), one["checkName"], one["partition"]): (
                one["success"],
                one["description"] or "",
            )
            for one in found
        }

    def materialized(self, asset: str) -> list[tuple[str, str]]:
        """Ranges of days (first, last) that are materialized."""
        found = self.ask(_MATERIALIZED, key=key(asset))["assetPartitionStatuses"]["ranges"]
        return [(one["startKey"], one["endKey"]) for one in found if one["status"] == "MATERIALIZED"]

    def check(self, asset: str, name: str, day: str | None = None) -> Checked:
        """The newest execution of a check, of a day where it has days."""
        found = self.ask(_CHECKED, key=key(asset), name=name, day=day)
        if not found:
            return Checked("NONE", "", {})
        evaluation = found[0]["evaluation"] or {"description": "", "metadataEntries": []}
        entries = evaluation["metadataEntries"]
        numbers = {one["label"]: one["intValue"] for one in entries if "intValue" in one}
        return Checked(found[0]["status"], evaluation["description"] or "", numbers)

    def account(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the sandbox's Gorgias, as an agent of the shop would send it."""
        config = json.loads((self.home / "dataset" / "gorgias.json").read_text("utf-8"))
        known = next(one for one in config["auth"] if one.get("email"))
        answer = httpx.request(
            method, f"{self.gorgias}{path}", json=body, auth=(known["email"], known["api_key"]), timeout=30
        )
        assert answer.is_success, answer.text
        return answer.json()

    def writes(self) -> int:
        """Requests so far that asked Gorgias to change something."""
        requests = httpx.get(f"{self.gorgias}/_sandbox/stats", timeout=30).json()["requests"]
        return sum(count for route, count in requests.items() if not route.startswith("GET "))

    def closed_gates(self) -> list[tuple[str, str]]:
        """Check and day of every closed gate."""
        ledger = self.ledger
        try:
            rows = ledger.gate_rows()
        finally:
            ledger.close()
        rows = rows[~rows["passed"] & ~rows["overridden"]]
        return list(zip(rows["check_name"], rows["partition"], strict=True))

    def until(self, reached: Callable[[], bool], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            assert self.process.poll() is None, "`migrate ui` ended by itself"
            assert time.monotonic() < deadline, "not reached in time"
            time.sleep(0.3)

    @cached_property
    def _nodes(self) -> list[dict[str, Any]]:
        return self.ask(_ASSETS)

    def _events(self, run_id: str, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.ask(_EVENTS, id=run_id)["events"] if event["__typename"] == kind]


def _asset(name: str, checks: list[dict[str, Any]]) -> Asset:
    alone = frozenset(check["name"] for check in checks if check["canExecuteIndividually"] == "CAN_EXECUTE")
    return Asset(name, {check["name"]: tuple(check["jobNames"]) for check in checks}, alone)
