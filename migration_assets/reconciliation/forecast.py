"""reconciliation/forecast: what the rest of the migration costs, phase by phase, before it is begun.

It belongs here: the table, and the forecast as one value. It does not: the counting (forecast_calls.py,
gorgias/load/load_calls.py) and what follows from it (forecast_outlook.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from checks.metadata import markdown
from checks.quality_gates import closed
from checks.step_result import StepResult
from migration_assets.day_ranges import plan_ranges
from migration_assets.gorgias.load.load_calls import PhaseCalls
from migration_assets.gorgias.preflight.point import OFF
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.ivinex import tables
from migration_assets.reconciliation import forecast_outlook as outlook
from migration_assets.reconciliation.forecast_calls import all_calls
from migration_assets.settings import LoadOrder, Settings
from migration_assets.wording import counted
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.warehouse import Table, Warehouse

FORECAST = Table(
    "reconciliation.forecast",
    {
        "phase": ("VARCHAR", "as its progress is shown"),
        "records": ("BIGINT", "staged records that it concerns"),
        "calls": ("BIGINT", "requests that are still to be sent"),
        "hours": ("DOUBLE", "at the pace of the allowance and share, or of the sample where it was slower"),
        "made_at": ("TIMESTAMPTZ", "when"),
    },
)
STAGED = ("staging/tickets", "staging/messages", "staging/attachments")
_GB = 1_000_000_000


@dataclass(frozen=True)
class Forecast:
    """What is still to be done, from what is staged and what the ledger knows.

    Attributes:
        phases: in order.
        unstaged: tickets of days that were not staged yet, in no number here.
        closed_days: days whose gate is closed, in no number here.
        first: of the open tickets that are still to be loaded: `tickets`, `calls`, `hours`; empty where they do not
            go first.
        freeze, billable, storage: as forecast_outlook.py says.
        shorter: what would make it shorter.
    """

    phases: list[PhaseCalls]
    pace: outlook.Pace
    unstaged: int
    closed_days: int
    first: dict[str, Any]
    freeze: dict[str, Any]
    billable: dict[str, int]
    storage: dict[str, int]
    shorter: list[str]

    @property
    def calls(self) -> int:
        return sum(one.calls for one in self.phases)

    @property
    def hours(self) -> float:
        return self.pace.hours(self.calls)

    def as_numbers(self) -> dict[str, Any]:
        """For the metadata of a run, and for --json beside the phases."""
        return {
            "calls": self.calls,
            "hours": round(self.hours, 2),
            "calls_per_second": round(self.pace.real, 3),
            "calls_per_second_allowed": round(self.pace.allowed, 3),
            "measured_by_sample": bool(self.pace.measured[0]),
            "tickets_not_staged": self.unstaged,
            "closed_days": self.closed_days,
            **{f"open_first_{name}": value for name, value in self.first.items()},
            **{f"freeze_{name}": value for name, value in self.freeze.items()},
            **self.billable,
            **self.storage,
        }

    def sentences(self) -> Iterator[str]:
        """For a person."""
        by = "as the sample measured" if self.pace.real < self.pace.allowed else "the allowance and share"
        yield f"{self.calls:,} calls, {outlook.hours_text(self.hours)} at {self.pace.real:.2f} calls a second ({by})."
        if self.first:
            yield (
                f"Open tickets go first (LOAD_ORDER): {counted(self.first['tickets'], 'ticket')} with their customers, "
                f"{self.first['calls']:,} calls, {outlook.hours_text(self.first['hours'])}; then the newest days."
            )
        if self.unstaged:
            yield (
                f"{counted(self.unstaged, 'ticket')} are not staged and in no number: `migrate forecast` stages them, "
                "in the UI the job forecast_load."
            )
        if self.closed_days:
            yield f"{counted(self.closed_days, 'day')} are closed and in no number: `migrate gates list`."
        hours, ivinex, calls, changed = (
            self.freeze[name] for name in ("hours", "ivinex_calls", "gorgias_calls", "changed_a_day")
        )
        yield (
            f"Freeze of the final delta: {outlook.hours_text(hours)} ({ivinex:,} calls to Ivinex, {calls:,} to "
            f"Gorgias), if {changed:,} tickets change a day as on the last one that was read."
        )
        yield (
            "Billable tickets: being moved makes none, as far as Gorgias says (of imported tickets no page speaks). "
            f"{counted(self.billable['open_tickets'], 'open ticket')} may be answered by a person, a rule or AI Agent, "
            f"and then each counts; {self.billable['open_and_silent']:,} of them were silent for more than "
            f"{outlook.SILENT_DAYS} days: an answer by e-mail opens a new ticket there, which counts once answered."
        )
        files, text = (self.storage[name] / _GB for name in ("file_bytes", "text_bytes"))
        yield f"Storage in Gorgias: {files:.2f} GB of files, {text:.2f} GB of text."
        yield from (f"Shorter: {one}" for one in self.shorter)


def make_forecast(
    warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource, settings: Settings, ranges: list[list[str]]
) -> Forecast:
    """Nothing is asked of Gorgias or of Ivinex.

    Args:
        ranges: days with tickets, as a load cuts them into runs.
    """
    warehouse.ensure(tables.TICKET_SWEEP)
    shut = set(closed(ledger, STAGED, [day for days in ranges for day in days])["partition"])
    loadable = [[day for day in days if day not in shut] for days in ranges]
    switched = len([topic for topic in ledger.decisions.topics_decided(OFF) if not topic.endswith(" in deltas")])
    read_back = settings.file_compare_max_bytes, settings.file_compare_share, settings.customer_read_share
    open_first = settings.load_order is LoadOrder.open_first
    wanted = [days for days in loadable if days]
    phases = all_calls(warehouse, ledger, wanted, switched, *read_back, open_first)
    pace = outlook.Pace(gorgias.calls_per_second, ledger.samples.sample_pace())
    unstaged = warehouse.scalar(
        "SELECT count(*) FROM ivinex.ticket_sweep WHERE partition <> 'none' AND partition NOT IN "
        "(SELECT DISTINCT partition FROM staging.tickets) AND NOT list_contains(?, partition)",
        [sorted(shut)],
    )
    share, token = settings.gorgias_budget_share, bool(settings.gorgias_access_token)
    return Forecast(
        phases,
        pace,
        int(unstaged),
        len(shut),
        outlook.open_first(warehouse, ledger, pace) if open_first else {},
        outlook.freeze(warehouse, phases, pace, settings.ivinex_requests_per_second),
        outlook.billable(warehouse),
        outlook.storage(warehouse),
        list(outlook.shorter(phases, pace, share, token)),
    )


def run_ranges(warehouse: Warehouse) -> list[list[str]]:
    """The days with tickets, as a load cuts them into runs."""
    there = warehouse.exists("ivinex.ticket_sweep")
    return [days.days for days in plan_ranges(tickets_per_day(warehouse))] if there else []


def tickets_per_day(warehouse: Warehouse) -> dict[str, int]:
    """Created day -> tickets in the sweep, those without a usable day apart."""
    rows = warehouse.rows(
        "SELECT partition, count(*) AS n FROM ivinex.ticket_sweep WHERE partition <> 'none' GROUP BY 1"
    )
    return {row["partition"]: row["n"] for row in rows}


def fill_forecast(step: TargetStep) -> StepResult:
    """Calls of the rest of the migration by phase, from staged rows and the ledger: what is there costs nothing.

    With hours, the freeze of the final delta, billable tickets, storage, and what would make it shorter. Nothing is
    asked of Gorgias. The job forecast_load stages what is not staged, and ends with this.
    """
    warehouse, at = step.warehouse, datetime.now(UTC)
    made = make_forecast(warehouse, step.ledger, step.gorgias, step.settings, run_ranges(warehouse))
    rows = [(one.phase, one.records, one.calls, made.pace.hours(one.calls), at) for one in made.phases]
    frame = pd.DataFrame(rows, columns=list(FORECAST.columns)).astype({"made_at": "datetime64[us, UTC]"})
    warehouse.replace(FORECAST, frame)
    for sentence in made.sentences():
        step.context.log.info(sentence)
    shown = frame[["phase", "records", "calls", "hours"]].round(2)
    return StepResult(
        {
            **made.as_numbers(),
            "phases": markdown(shown.to_markdown(index=False)),
            "what_it_means": markdown("\n\n".join(made.sentences())),
        }
    )
