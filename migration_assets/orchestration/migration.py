"""The order of a whole migration: discover, confirmed map, prepare, days in ranges, verification, report.

It belongs here: the order, and what is skipped or refused between phases. It does not: how a job runs
(orchestration/runs.py), what is printed (cli/), and any call to an API.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pandas as pd

from checks.gates import closed, failed
from checks.verification import NO_MAIL, Verification, verifications
from migration_assets.mapping.confirm import load_confirmed
from migration_assets.orchestration.empty_days import report_empty_days
from migration_assets.orchestration.ranges import DayRange, gaps, open_parts, plan_ranges
from migration_assets.orchestration.runs import RunFailed, Runner
from resources.ledger import Ledger
from resources.ledger.gates import WHOLE
from resources.warehouse import Warehouse

DAYS_PHASE = "days"
STAGED = ("staging/tickets", "staging/messages", "staging/attachments")
DAILY_ASSETS = tuple(
    dg.AssetKey(key.split("/"))
    for key in (
        *("ivinex/tickets", "ivinex/activities", "ivinex/attachments", *STAGED),
        *("gorgias/files", "gorgias/tickets", "gorgias/ticket_messages", "gorgias/ticket_changes"),
    )
)
VERIFIED_ASSETS = tuple(dg.AssetKey(["reconciliation", name]) for name in ("readback", "comparison"))


@dataclass(frozen=True)
class ClosedGate:
    """A check that keeps a day from being loaded."""

    check: str
    partition: str
    detail: str


@dataclass
class Migration:
    """One migration on one target account.

    Attributes:
        say: told what begins, as one line.
        closed: gates that kept days from being loaded, filled by `days`.
        failed_check: what a blocking check of the report said, if one failed.
    """

    runner: Runner
    warehouse: Warehouse
    ledger: Ledger
    home: Path
    say: Callable[[str], None] = lambda _: None
    closed: list[ClosedGate] = field(default_factory=list)
    failed_check: str = ""

    def discover(self) -> None:
        """Read the source and propose the map."""
        self.say("discover: reading Ivinex")
        self.runner.run("discover")

    def load(self) -> None:
        """All that follows the confirmation of the map.

        Raises:
            NotConfirmed: the map is not confirmed, was edited, or the schema drifted. Nothing was written.
            MappingError: mapping.yaml is missing or has mistakes. Nothing was written.
        """
        self.closed.clear()
        load_confirmed(self.home, self.ledger, self.warehouse)
        self.prepare()
        self.days()
        self.verify(everything=False)
        self.report()

    def prepare(self) -> None:
        """Stage and write what tickets refer to."""
        self.say("prepare: users, custom fields, tags, customers")
        self.runner.run("prepare")

    def days(self) -> None:
        """Stage and load every day with tickets, range by range; a day whose gate is closed is left out."""
        tickets = self.tickets_per_day()
        ranges = plan_ranges(tickets)
        report_empty_days(self.runner.instance, DAILY_ASSETS, gaps(ranges))
        self.load_ranges(ranges, tickets)

    def load_ranges(self, ranges: Sequence[DayRange], tickets: dict[str, int]) -> None:
        """Stage and load these ranges.

        Args:
            tickets: day -> tickets, of all days in the ranges that have some.
        """
        started, done, total = time.monotonic(), 0, sum(days.tickets for days in ranges)
        self.ledger.note_progress(DAYS_PHASE, 0, total, 0)
        for number, days in enumerate(ranges, start=1):
            self.say(f"days {days} ({number} of {len(ranges)}): {days.tickets} tickets")
            self._stage(days)
            for part in open_parts(days, self._closed_days(days.days), tickets):
                self.runner.run("load_days", part)
            done += days.tickets
            self.ledger.note_progress(DAYS_PHASE, done, total, done / (time.monotonic() - started))

    def verify(self, everything: bool = True) -> None:
        """Plan the load again, read back what was written, and compare it. Writes nothing to Gorgias.

        Args:
            everything: else only what was not verified since it was written, or more than a day ago.
        """
        self.say("verify: the load planned again, which must contain no write")
        self.runner.run("second_pass")
        tickets = self.loaded_per_day()
        states = verifications(self.ledger, [WHOLE, *tickets])
        wanted = [key for key, state in states.items() if everything or state is not Verification.fresh]
        if WHOLE in wanted:
            self.say("verify: users, fields, tags, customers")
            self.runner.run("verify")
        ranges = plan_ranges(tickets)
        report_empty_days(self.runner.instance, VERIFIED_ASSETS, gaps(ranges))
        parts = [part for days in ranges for part in open_parts(days, set(tickets) - set(wanted), tickets)]
        for number, part in enumerate(parts, start=1):
            self.say(f"verify {part} ({number} of {len(parts)}): {part.tickets} tickets")
            self.runner.run("verify_days", part)

    def loaded_per_day(self) -> dict[str, int]:
        """Created day -> tickets that are in Gorgias."""
        rows = self.ledger.outcomes_of("tickets")
        there = rows[rows["outcome"].isin(["created", "adopted"])]
        return {str(day): int(count) for day, count in there["partition"].value_counts().sort_index().items()}

    def report(self) -> None:
        """Write the books, the evidence and the handoff. A check that fails is the result, not the command's end."""
        self.say("report: the books, and documents for the admin")
        self.failed_check = ""
        try:
            self.runner.run("report")
        except RunFailed as failure:
            if not failure.check_failed:
                raise
            self.failed_check = str(failure)
        self.runner.run("handoff")

    def tickets_per_day(self) -> dict[str, int]:
        """Created day -> tickets in the sweep; those without a usable day are booked under `none` and not loaded."""
        rows = self.warehouse.query(
            "SELECT partition, count(*) AS tickets FROM ivinex.ticket_sweep WHERE partition <> 'none' GROUP BY 1"
        )
        return dict(zip(rows["partition"], (int(count) for count in rows["tickets"]), strict=True))

    def _stage(self, days: DayRange) -> None:
        """In a range a failed check closes its day's gate only; in a run of one day it fails the run as well."""
        try:
            self.runner.run("stage_days", days)
        except RunFailed as failure:
            if not failure.check_failed:
                raise

    def _closed_days(self, days: Sequence[str]) -> set[str]:
        shut = pd.concat([closed(self.ledger, STAGED, days), failed(self.ledger, [NO_MAIL], days)])
        gates = [ClosedGate(*map(str, row)) for row in shut.itertuples(index=False)]
        self.closed += gates
        return {gate.partition for gate in gates}
