"""What does a year of days cost by one click, beside the command? The same dataset, twice, into two empty accounts.

    python -m benchmarks.year [--tickets 400] [--days 365]

The command: `migrate run`. The UI: `migrate ui`, and the jobs prepare, migrate_range, verify_range, report and handoff
started one after another by the requests that the pages send. Wall time is from the first start to the last end; CPU
is that of all processes, Dagster's own included. Prints a table and writes results/year.json.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.delta import confirmed, migrate
from benchmarks.served import machine, served_home, write_result

RESULTS = Path(__file__).parent / "results" / "year.json"
JOBS = ("prepare", "migrate_range", "verify_range", "report", "handoff")
_LAUNCH = """mutation($p: ExecutionParams!) { launchPipelineExecution(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_STATES = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startKey endKey } } } } } }"""
LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "ivinex_to_gorgias"}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def ask(address: str, query: str, **variables: Any) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(
        f"{address}/graphql", body, {"Content-Type": "application/json", "Origin": address}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return next(iter(json.load(answer)["data"].values()))


def start(address: str, job: str) -> str:
    """Start a job from the launchpad and wait; returns how it ended."""
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {job}", err=True)
    launched = ask(
        address,
        _LAUNCH,
        p={"selector": {**LOCATION, "pipelineName": job}, "mode": "default", "runConfigData": "{}"},
    )
    if launched["__typename"] != "LaunchRunSuccess":
        raise SystemExit(f"{job}: {launched}")
    while (status := ask(address, _STATUS, id=launched["run"]["runId"])["status"]) not in ENDED:
        time.sleep(0.5)
    return str(status)


def by_command(environment: dict[str, str]) -> dict[str, Any]:
    started, cpu = time.monotonic(), _cpu()
    said = migrate(environment, "run")
    return {"seconds": time.monotonic() - started, "cpu": _cpu() - cpu, "balanced": said["exit_code"] == 0}


def by_ui(environment: dict[str, str]) -> dict[str, Any]:
    used = CpuOfHome(environment["MIGRATION_HOME"])
    used.start()
    command = [sys.executable, "-c", "from migration_assets.cli import main; main()", "ui", "--json"]
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = json.loads(process.stdout.readline())["ui"]
    begun = time.monotonic()
    ends = {job: (start(address, job), time.monotonic() - begun) for job in JOBS}
    ranges = ask(address, _STATES, key={"path": ["gorgias", "tickets"]})["assetPartitionStatuses"]["ranges"]
    used.end()
    process.send_signal(signal.SIGINT)
    process.wait()
    return {
        "seconds": ends[JOBS[-1]][1],
        "cpu": used.seconds,
        "balanced": {status for status, _ in ends.values()} == {"SUCCESS"},
        "jobs": ends,
        "ranges": ranges,
    }


class CpuOfHome(threading.Thread):
    """CPU seconds of all processes that work in a home; the workers of runs are nobody's children any more.

    Looked at four times a second, so that at most a quarter of a second of each process is missed.
    """

    def __init__(self, home: str):
        super().__init__(daemon=True)
        self._home, self._over, self._seen = home.encode(), threading.Event(), dict[str, float]()

    def run(self) -> None:
        while not self._over.wait(0.25):
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    if self._home in (entry / "environ").read_bytes():
                        fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                        self._seen[entry.name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                except OSError:
                    continue

    def end(self) -> None:
        self._over.set()
        self.join()

    @property
    def seconds(self) -> float:
        return sum(self._seen.values())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@click.command()
@click.option("--tickets", default=400, show_default=True)
@click.option("--days", default=365, show_default=True)
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path))
def main(tickets: int, days: int, out: Path) -> None:
    """Measure; exit code 1 where one of them does not end balanced, or the UI does not show the days as one range."""
    cells: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        dataset = Path(scratch) / "dataset"
        size = ["--tickets", str(tickets), "--days", str(days), "--seed", "7"]
        subprocess.run([sys.executable, "-m", "sandbox", "generate", str(dataset), *size], check=True)
        for name, measured in (("migrate run", by_command), ("the jobs in the UI", by_ui)):
            with served_home(dataset) as (_, environment):
                migrate(environment, "discover")
                confirmed(environment)
                cells[name] = measured(environment)
    table = Table("", "wall s", "CPU s", "balanced", title=f"{tickets} tickets in {days} days")
    for name, cell in cells.items():
        table.add_row(name, f"{cell['seconds']:.0f}", f"{cell['cpu']:.0f}", str(cell["balanced"]))
    Console().print(table)
    measured_on = machine() | {"load_average": round(os.getloadavg()[0], 1)}
    write_result(out, machine=measured_on, tickets=tickets, days=days, cells=cells)
    click.echo(f"the UI shows: {cells['the jobs in the UI']['ranges']}")
    shown = len(cells["the jobs in the UI"]["ranges"]) == 1
    sys.exit(not (shown and all(cell["balanced"] for cell in cells.values())))


if __name__ == "__main__":
    main()
