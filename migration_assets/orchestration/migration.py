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

from checks.quality_gates import closed, failed, never_looked_at
from checks.verification import BEFORE_LOADS, Verification, verifications
from migration_assets.day_ranges import DayRange, open_parts, plan_ranges, uncovered
from migration_assets.mapping.confirm import load_confirmed
from migration_assets.mapping.model import Mapping
from migration_assets.orchestration.closed_gates import ClosedGate
from migration_assets.orchestration.days_moved import DaysMoved
from migration_assets.orchestration.empty_days import report_empty_days
from migration_assets.orchestration.period import Period, requested_period
from migration_assets.orchestration.runs import RunFailed, Runner
from migration_assets.partitions import daily_partitions, require_partitions
from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED
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
PREPARED = ("gorgias/canary", "gorgias/users", "gorgias/customers")
"""Their checks have a result once the job prepare is through."""
VERIFIED_ASSETS = tuple(dg.AssetKey(["reconciliation", name]) for name in ("readback", "comparison"))


class NotPrepared(Exception):
    """Days were to be loaded before what their tickets refer to."""


@dataclass
class Migration:
    """One migration on one target account.

    Attributes:
        say: told what begins, as one line.
        closed: gates that kept days from being loaded, filled by `days`.
        failed_check: what a blocking check of the report said, if one failed.
        restore: puts back in Gorgias what was switched off for the load.
        zone: what IVINEX_TIMEZONE says; None where it says nothing.
    """

    runner: Runner
    warehouse: Warehouse
    ledger: Ledger
    home: Path
    say: Callable[[str], None] = lambda _: None
    closed: list[ClosedGate] = field(default_factory=list)
    failed_check: str = ""
    restore: Callable[[], None] = lambda: None
    zone: str | None = None

    def discover(self) -> None:
        """Read the source and propose the map.

        Raises:
            OlderThanPartitions: as `tickets_per_day`.
        """
        self.say("discover: reading Ivinex")
        self.runner.run("discover")
        self.tickets_per_day()

    def load(self) -> None:
        """All that follows the confirmation of the map.

        Raises:
            NotConfirmed: the map is not confirmed, was edited, or the schema drifted. Nothing was written.
            MappingError: mapping.yaml is missing or has mistakes. Nothing was written.
        """
        self.closed.clear()
        self.confirmed_map()
        self.prepare()
        self.days()
        self.restore()
        self.verify(everything=False)
        self.report()

    def confirmed_map(self) -> Mapping:
        """The map that was confirmed.

        Raises:
            MappingError, NotConfirmed, OtherSite: as `load_confirmed`.
        """
        return load_confirmed(self.home, self.ledger, self.warehouse, self.zone)

    def require_prepared(self) -> None:
        """
        Raises:
            NotPrepared: what tickets refer to was not staged and written yet. Nothing was written.
        """
        missing = never_looked_at(self.ledger, PREPARED)["check_name"]
        if len(missing):
            raise NotPrepared(
                f"What tickets refer to is not in Gorgias yet ({', '.join(one.split(':')[0] for one in missing)}), so "
                "no day can be loaded. Start the job prepare first; the command `migrate run` does it by itself. "
                "Nothing was written."
            )

    def prepare(self) -> None:
        """Stage and write what tickets refer to."""
        self.say("prepare: users, custom fields, tags, customers")
        self.runner.run("prepare")

    def days(self, first: str | None = None, last: str | None = None) -> DaysMoved:
        """Stage and load every day with tickets, range by range; a day whose gate is closed is left out.

        Args:
            first, last: days; left out, the first and the last with tickets.

        Raises:
            PeriodRefused: these are no days on which there are tickets.
        """
        before, tickets = len(self.runner.run_ids), self.tickets_per_day()
        period = requested_period(first, last, tickets, partition_bounds())
        wanted = period.of(tickets) if period else {}
        ranges = plan_ranges(wanted)
        without = uncovered(period.days, ranges) if period else []
        empty = report_empty_days(self.runner.instance, self.runner.own_keys(DAILY_ASSETS), without)
        self.load_ranges(ranges, tickets)
        loaded = self.loaded_per_day()
        return DaysMoved(
            *((period.first, period.last) if period else ("", "")),
            tickets=sum(wanted.values()),
            days=len(wanted),
            empty_days=empty // len(DAILY_ASSETS),
            ranges=len(ranges),
            loaded=sum(period.of(loaded).values()) if period else 0,
            writes=self.ledger.attempts_in(self.runner.run_ids[before:]),
        )

    def load_ranges(self, ranges: Sequence[DayRange], tickets: dict[str, int]) -> None:
        """Stage and load these ranges.

        Args:
            tickets: day -> tickets, of all days in the ranges that have some.
        """
        started, done, total = time.monotonic(), 0, sum(days.tickets for days in ranges)
        self.ledger.note_progress(DAYS_PHASE, 0, total, 0)
        for number, days in enumerate(ranges, start=1):
            self.say(f"days {days} ({number} of {len(ranges)}): {days.tickets} tickets")
            self.stage(days)
            self.load_open(days, tickets)
            done += days.tickets
            self.ledger.note_progress(DAYS_PHASE, done, total, done / (time.monotonic() - started))

    def verify(self, everything: bool = True, first: str | None = None, last: str | None = None) -> None:
        """Plan the load again, read back what was written, and compare it. Writes nothing to Gorgias.

        Args:
            everything: else only what was not verified since it was written, or more than a day ago.
            first, last: days; left out, the first and the last with tickets in Gorgias.

        Raises:
            PeriodRefused: these are no days of which tickets are in Gorgias.
        """
        tickets = self.loaded_per_day()
        period = requested_period(first, last, tickets, partition_bounds())
        tickets = period.of(tickets) if period else {}
        self.say("verify: the load planned again, which must contain no write")
        self.runner.run("second_pass")
        states = verifications(self.ledger, [UNPARTITIONED, *tickets])
        wanted = [key for key, state in states.items() if everything or state is not Verification.fresh]
        if UNPARTITIONED in wanted:
            self.say("verify: users, fields, tags, customers")
            self.runner.run("verify")
        ranges = plan_ranges(tickets)
        without = uncovered(period.days, ranges) if period else []
        report_empty_days(self.runner.instance, self.runner.own_keys(VERIFIED_ASSETS), without)
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
        self.say("report: the balance, and documents for the admin")
        self.failed_check = ""
        try:
            self.runner.run("report")
        except RunFailed as failure:
            if not failure.check_failed:
                raise
            self.failed_check = str(failure)
        self.runner.run("handoff")

    def how_far(self) -> str:
        """For who ended it: how far it came, and how to go on."""
        rows = self.ledger.progress_rows().set_index("phase")
        done = "before the first ticket"
        if DAYS_PHASE in rows.index:
            days = rows.loc[DAYS_PHASE]
            done = f"after {days['done']} of {days['total']} tickets (whole ranges of days; the rest of this one begun)"
        unsettled = len(self.ledger.unsettled())
        doubt = f" {unsettled} writes have no known outcome yet; they are read back first." if unsettled else ""
        return (
            f"Ended {done}. Nothing is lost or doubled.{doubt} Go on with the same command, or the same job in the UI."
        )

    def tickets_per_day(self) -> dict[str, int]:
        """Created day -> tickets in the sweep; those without a usable day are booked under `none` and not loaded.

        Raises:
            OlderThanPartitions: the sweep found a day that this process was loaded without.
        """
        rows = self.warehouse.query(
            "SELECT partition, count(*) AS tickets FROM ivinex.ticket_sweep WHERE partition <> 'none' GROUP BY 1"
        )
        require_partitions(rows["partition"])
        return dict(zip(rows["partition"], (int(count) for count in rows["tickets"]), strict=True))

    def load_open(self, days: DayRange, tickets: dict[str, int]) -> None:
        """Load the staged days of a range but those whose gate is closed."""
        for part in open_parts(days, self._closed_days(days.days), tickets):
            self.runner.run("load_days", part)

    def stage(self, days: DayRange) -> None:
        """In a range a failed check closes its day's gate only; in a run of one day it fails the run as well."""
        try:
            self.runner.run("stage_days", days)
        except RunFailed as failure:
            if not failure.check_failed:
                raise

    def _closed_days(self, days: Sequence[str]) -> set[str]:
        shut = pd.concat([closed(self.ledger, STAGED, days), failed(self.ledger, BEFORE_LOADS, days)])
        gates = [ClosedGate(*map(str, row)) for row in shut.itertuples(index=False)]
        self.closed += gates
        return {gate.partition for gate in gates}


def partition_bounds() -> Period:
    """The first and the last daily partition that there are."""
    keys = daily_partitions()
    return Period(str(keys.get_first_partition_key()), str(keys.get_last_partition_key()))
