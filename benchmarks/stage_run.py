"""The migrating process of benchmarks/stage.py: discover, confirm, stage; with the time and memory of each phase."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from migration_assets.build import build_definitions
from migration_assets.day_ranges import plan_ranges
from migration_assets.jobs import DAILY_STAGING
from migration_assets.mapping.confirm import confirm
from migration_assets.orchestration.dagster_home import open_instance
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.signals import Signals
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse

PEOPLE = "stage_people"
BOOKKEEPING = ("report_runless_asset_event", "fetch_materializations")
"""Calls of our functions into the instance: Dagster's own time, though inside a step."""


@dataclass(frozen=True)
class Phase:
    """One phase. `peak_mib` is the highest resident memory of the process up to its end."""

    name: str
    seconds: float
    dagster_seconds: float
    cpu_seconds: float
    peak_mib: float


@dataclass
class Measured:
    """A whole cell."""

    tickets: int = 0
    activities: int = 0
    messages: int = 0
    load_average: float = 0.0
    phases: list[Phase] = field(default_factory=list)

    seconds: float = 0.0
    dagster_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0

    @property
    def totals(self) -> tuple[float, float, float]:
        """Seconds, Dagster's part of them, and seconds of CPU, of all phases."""
        return self.seconds, self.dagster_seconds, self.cpu_seconds


def stage_account(environment: dict[str, str]) -> Measured:
    """Read and stage everything; run in a process of its own."""
    os.environ.update(environment)
    settings = load_settings().require_complete()
    found = Measured()
    definitions = dg.Definitions.merge(build_definitions(settings), dg.Definitions(jobs=[_people()]))
    warehouse = Warehouse(settings.home / "warehouse.duckdb")
    ledger = Ledger.open(settings.ledger_address, settings.account)
    with open_instance(settings) as instance, Signals(print) as signals, _clock(instance) as runless:
        runner = Runner(definitions, instance, "benchmark", signals)

        def phase(name: str, work: Callable[[], Any]) -> None:
            runs, before, cpu, noted = len(runner.run_ids), time.monotonic(), time.process_time(), sum(runless)
            work()
            ours = sum(_inside_functions(instance, run_id) for run_id in runner.run_ids[runs:]) - sum(runless) + noted
            seconds = time.monotonic() - before
            dagsters = seconds - ours if len(runner.run_ids) > runs else 0.0
            found.phases.append(Phase(name, seconds, dagsters, time.process_time() - cpu, peak_mib()))

        phase("discover", lambda: runner.run("discover"))
        phase("confirm", lambda: confirm(settings.home, ledger, warehouse, "benchmark"))
        phase("people", lambda: runner.run(PEOPLE))
        rows = warehouse.query(
            "SELECT partition, count(*) AS n FROM ivinex.ticket_sweep WHERE partition <> 'none' GROUP BY 1"
        )
        ranges = plan_ranges({day: int(n) for day, n in rows.itertuples(index=False)})
        phase("days", lambda: [runner.run("stage_days", days) for days in ranges])
    found.tickets, found.activities, found.messages = (
        warehouse.scalar(f"SELECT count(*) FROM {table}")
        for table in ("staging.tickets", "ivinex.activities", "staging.messages")
    )
    found.seconds = sum(one.seconds for one in found.phases)
    found.dagster_seconds = sum(one.dagster_seconds for one in found.phases)
    found.cpu_seconds = sum(one.cpu_seconds for one in found.phases)
    found.peak_mib, found.load_average = peak_mib(), os.getloadavg()[1]
    return found


def peak_mib() -> float:
    """The highest resident memory of this process so far."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def _people() -> Any:
    selection = dg.AssetSelection.assets(["mapping", "confirmed"]) | (
        dg.AssetSelection.groups("staging") - DAILY_STAGING
    )
    return dg.define_asset_job(PEOPLE, selection=selection)


def _inside_functions(instance: dg.DagsterInstance, run_id: str) -> float:
    """Seconds from each step's start to the first thing that its function handed back."""
    started: dict[str, float] = {}
    total = 0.0
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None or entry.step_key is None:
            continue
        if event.event_type is dg.DagsterEventType.STEP_START:
            started[entry.step_key] = entry.timestamp
        elif event.event_type in _HANDED_BACK and entry.step_key in started:
            total += entry.timestamp - started.pop(entry.step_key)
    return total


_HANDED_BACK = {
    dg.DagsterEventType.STEP_OUTPUT,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.STEP_FAILURE,
}


@contextmanager
def _clock(instance: dg.DagsterInstance) -> Iterator[list[float]]:
    """Seconds of each call of ours into the instance, as they come."""
    spent: list[float] = []

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            before = time.monotonic()
            try:
                return call(*args, **options)
            finally:
                spent.append(time.monotonic() - before)

        return wrapped

    for name in BOOKKEEPING:
        setattr(instance, name, timed(getattr(instance, name)))
    yield spent
