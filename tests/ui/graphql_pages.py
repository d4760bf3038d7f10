"""What a person does and sees on the pages of a running `migrate ui`, over the GraphQL that the pages themselves use.

It belongs here: sending a request of request_forms.py and waiting, and reading what pages show. It does not: starting
and ending the process (running_ui.py), and what no page shows (behind_the_pages.py).
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

import graphql_documents as documents
import request_forms as forms
from ui_request import ASSETS_ALONE, Asset, Request, key

ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
UNDERWAY = {"REQUESTED", "CANCELING", "FAILING"}
PATIENCE = 300.0


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

    def ask(self, query: str, **variables: Any) -> Any:
        """The one field that the query asks for."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.load(answer)
        assert "errors" not in said, said["errors"]
        return next(iter(said["data"].values()))

    def assets(self, job: str = ASSETS_ALONE, only: Collection[str] = ()) -> list[Asset]:
        """The assets of a job with their checks, as its page lists them; `only` some of them."""
        nodes = [node for node in self._nodes if job in node["jobNames"]]
        found = [_asset("/".join(node["assetKey"]["path"]), node["assetChecksOrError"]["checks"]) for node in nodes]
        return [asset for asset in found if not only or asset.key in only]

    def send(self, request: Request) -> str:
        """The run or backfill that the request starts.

        Raises:
            Refused: with the words that the page shows.
        """
        said = self.ask(documents.MUTATIONS[request.mutation], **request.variables)
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
        plan = self.ask(documents.PLAN, p=request.selector)
        if plan["__typename"] != "ExecutionPlan":
            raise Refused(plan["message"])
        # A check of its asset's step is an output of that step; one with a step of its own is that step.
        named = {name for step in plan["steps"] for name in (step["key"], *(one["name"] for one in step["outputs"]))}
        known = [(asset.key, name) for asset in self.assets() for name in asset.checks]
        return {(asset, name) for asset, name in known if f"{asset.replace('/', '__')}_{name}" in named}

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

        Dagster itself looks at a backfill twice a minute, so it calls it complete up to half a minute later
        (`until_complete`).
        """

        def over() -> bool:
            runs = self.runs_of(backfill)
            return len(runs) == days and all(status in ENDED for _, status in runs.values())

        self.until(over, PATIENCE + 60 * days)

    def until_complete(self, backfill: str) -> None:
        """Wait until Dagster calls the backfill over; before that it cannot be executed again."""
        self.until(lambda: self.ask(documents.BACKFILL, id=backfill)["status"] not in UNDERWAY)

    def status(self, run_id: str) -> str:
        return self.ask(documents.STATUS, id=run_id)["status"]

    def runs_of(self, backfill: str) -> dict[str, tuple[str, str]]:
        """Day -> run and its status."""
        found = self.ask(documents.RUNS, f={"tags": [{"key": "dagster/backfill", "value": backfill}]})["results"]
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
        found = self.ask(documents.MATERIALIZED, key=key(asset))["assetPartitionStatuses"]["ranges"]
        return [(one["startKey"], one["endKey"]) for one in found if one["status"] == "MATERIALIZED"]

    def check(self, asset: str, name: str, day: str | None = None) -> Checked:
        """The newest execution of a check, of a day where it has days."""
        found = self.ask(documents.CHECKED, key=key(asset), name=name, day=day)
        if not found:
            return Checked("NONE", "", {})
        evaluation = found[0]["evaluation"] or {"description": "", "metadataEntries": []}
        entries = evaluation["metadataEntries"]
        numbers = {one["label"]: one["intValue"] for one in entries if "intValue" in one}
        return Checked(found[0]["status"], evaluation["description"] or "", numbers)

    def until(self, reached: Callable[[], bool], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not reached():
            assert self.process.poll() is None, "`migrate ui` ended by itself"
            assert time.monotonic() < deadline, "not reached in time"
            time.sleep(0.3)

    @cached_property
    def _nodes(self) -> list[dict[str, Any]]:
        return self.ask(documents.ASSETS)

    def _events(self, run_id: str, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.ask(documents.EVENTS, id=run_id)["events"] if event["__typename"] == kind]


def _asset(name: str, checks: list[dict[str, Any]]) -> Asset:
    alone = frozenset(check["name"] for check in checks if check["canExecuteIndividually"] == "CAN_EXECUTE")
    return Asset(name, {check["name"]: tuple(check["jobNames"]) for check in checks}, alone)
