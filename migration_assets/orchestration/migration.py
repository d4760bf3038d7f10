"""The order of a whole migration: discover, confirmed map, prepare, days in ranges, customers, verification, report.

It belongs here: the order, and what is skipped or refused between phases. It does not: how a job runs
(orchestration/runs.py), what is printed (cli/), and any call to an API.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pandas as pd

from checks.quality_gates import closed, failed, never_looked_at
from checks.verification import BEFORE_LOADS, Verification, verifications
from migration_assets.day_ranges import DayRange, plan_ranges, plan_sets, uncovered, without
from migration_assets.mapping.confirm import NotConfirmed, load_confirmed, require_same_decisions
from migration_assets.mapping.mapping_file import CONFIRM, MappingError
from migration_assets.mapping.model import Mapping
from migration_assets.mapping.source_site import OtherSite
from migration_assets.mapping.staged_map import staged_by_another
from migration_assets.orchestration.closed_gates import ClosedGate
from migration_assets.orchestration.days_moved import DaysMoved
from migration_assets.orchestration.empty_days import report_empty_days
from migration_assets.orchestration.files_ahead import FilesAhead
from migration_assets.orchestration.open_tickets_first import load_open_tickets
from migration_assets.orchestration.period import Period, requested_period
from migration_assets.orchestration.reading_reuse import Reading, mark_carried, note_reading, reusable_reading
from migration_assets.orchestration.runs import RunFailed, Runner
from migration_assets.orchestration.unchanged_days import UnchangedDays
from migration_assets.partitions import daily_partitions, require_partitions
from migration_assets.reconciliation.forecast import tickets_per_day
from migration_assets.settings import LoadOrder
from migration_assets.staging.conversations.open_tickets import open_tickets
from migration_assets.wording import counted
from resources.gorgias.client import Reader
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
PREPARED = ("gorgias/canary", "gorgias/users", "staging/customers")
"""Their checks have a result once what every ticket refers to is there; a ticket brings its customers along."""
CUSTOMERS = tuple(dg.AssetKey(["gorgias", name]) for name in ("customers", "customer_changes"))
DEFINITIONS = (
    dg.AssetKey(["mapping", "confirmed"]),
    *(dg.AssetKey(["staging", name]) for name in ("users", "teams", "custom_fields", "tags", "customers")),
    *(
        dg.AssetKey(["gorgias", name])
        for name in ("preflight", "account_before", "users", "teams", "custom_fields", "tags", "canary")
    ),
)
"""The job prepare but for CUSTOMERS."""
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
        keep: called after each range that was loaded (backup.py).
        zone: what IVINEX_TIMEZONE says; None where it says nothing.
        order: which tickets are loaded first.
        max_age: seconds for which a proved reading of Ivinex is reused by who goes on from it.
        reads: digest of the settings that decide what is read.
        staged: days that this one staged since it read the source.
        files: downloads files ahead of their days; None: each day's asset downloads its own.
        decides: digest of the settings that may decide over rows.
        reader: the account, for a look at its events; None where nobody may ask it.
        all_days: load also what is as it was loaded last.
        schema_changes: what of Ivinex's schema is other now than when the map was confirmed, by name.
    """

    runner: Runner
    warehouse: Warehouse
    ledger: Ledger
    home: Path
    say: Callable[[str], None] = lambda _: None
    closed: list[ClosedGate] = field(default_factory=list)
    failed_check: str = ""
    restore: Callable[[], None] = lambda: None
    keep: Callable[[], None] = lambda: None
    zone: str | None = None
    order: LoadOrder = LoadOrder.open_first
    max_age: float = 0.0
    reads: str = ""
    staged: set[str] = field(default_factory=set)
    files: FilesAhead | None = None
    decides: str = ""
    reader: Callable[[], Reader] | None = None
    all_days: bool = False
    schema_changes: Callable[[], list[str]] = list

    def __post_init__(self) -> None:
        self.unchanged = UnchangedDays(self.warehouse, self.ledger, self.decides, self.reader)

    def discover(self) -> None:
        """Read the source and propose the map.

        Raises:
            OlderThanPartitions: as `tickets_per_day`.
        """
        self.say("discover: reading Ivinex")
        started = datetime.now(UTC)
        self.runner.run("discover")
        self.staged.clear()
        self.tickets_per_day()
        note_reading(self.warehouse, started, datetime.now(UTC), self.reads)

    def read_source(self) -> None:
        """Read the source, unless the last reading is proved, young, and no load or delta went through with it.

        Raises:
            NotConfirmed: a decision of preflight is not as it was confirmed, which no reading can mend.
            OlderThanPartitions: as `tickets_per_day`.
        """
        require_same_decisions(self.ledger)
        reading = self._reading()
        if reading and (changes := self.schema_changes()):
            self.say(f"discover: Ivinex changed since the map was confirmed ({changes[0]}), so it is read again")
            reading = None
        if reading is None:
            self.discover()
            return
        minutes = (datetime.now(UTC) - reading.started_at).total_seconds() / 60
        self.say(
            f"discover: Ivinex was read whole {minutes:.0f} min ago, and that reading is used (SWEEP_MAX_AGE); what "
            "changed in Ivinex since comes with the next delta"
        )
        self.tickets_per_day()

    def _reading(self) -> Reading | None:
        if not self.max_age:
            return None
        try:
            tabs = self.confirmed_map().tabs()
        except (MappingError, NotConfirmed, OtherSite):
            return None
        return reusable_reading(self.warehouse, tabs, self.home, self.reads, self.max_age)

    def load(self) -> None:
        """All that follows the confirmation of the map.

        Raises:
            NotConfirmed: the map is not confirmed, was edited, or the schema drifted. Nothing was written.
            MappingError: mapping.yaml is missing or has mistakes. Nothing was written.
        """
        self.closed.clear()
        self.confirmed_map()
        self.prepare_definitions()
        self.days()
        self.remaining_customers()
        if self.files:
            self.files.fetch_rest()
        self.restore()
        self.verify(everything=False)
        self.report()
        mark_carried(self.warehouse)

    def confirmed_map(self) -> Mapping:
        """The map that was confirmed.

        Raises:
            MappingError, NotConfirmed, OtherSite: as `load_confirmed`.
        """
        return load_confirmed(self.home, self.ledger, self.warehouse, self.zone)

    def require_same_schema(self) -> None:
        """For who begins a load without reading Ivinex.

        Raises:
            NotConfirmed: fields of Ivinex are other than when the map was confirmed; each change is named.
        """
        if changes := self.schema_changes():
            listed = "".join(f"\n  {change}" for change in changes)
            raise NotConfirmed(
                f"Ivinex is not as it was when the map was confirmed:{listed}\nRead it again (the job discover, or "
                f"`migrate discover`), bring mapping.yaml up to date, then confirm it: {CONFIRM}. Nothing was written."
            )

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

    def is_prepared(self) -> bool:
        """Whether what every ticket refers to is in Gorgias, as the confirmed map makes it."""
        stale = staged_by_another(self.warehouse, self.ledger, [UNPARTITIONED])
        return not stale and never_looked_at(self.ledger, PREPARED).empty

    def prepare(self) -> None:
        """Stage and write what tickets refer to, every customer among it."""
        self.say("prepare: users, custom fields, tags, customers")
        self.runner.run("prepare")

    def prepare_definitions(self) -> None:
        """Stage what tickets refer to, and write it but for customers, which tickets bring along."""
        self.say("prepare: users, custom fields, tags; each customer is written just before its first ticket")
        self.runner.run("prepare", only=DEFINITIONS)

    def remaining_customers(self) -> None:
        """Write the customers that no ticket brought, and what changed of customers since."""
        self.say("customers: those that no ticket brought")
        self.runner.run("prepare", only=CUSTOMERS)

    def days(self, first: str | None = None, last: str | None = None) -> DaysMoved:
        """Stage and load every day with tickets, range by range; a day whose gate is closed is left out.

        So is one of which nothing changed since it was loaded, unless `all_days` is set. With LOAD_ORDER=open_first
        the open tickets of all these days are loaded before them.

        Args:
            first, last: days; left out, the first and the last with tickets.

        Raises:
            PeriodRefused: these are no days on which there are tickets.
        """
        before, tickets = len(self.runner.run_ids), self.tickets_per_day()
        period = requested_period(first, last, tickets, partition_bounds())
        of_period = period.of(tickets) if period else {}
        same = set[str]() if self.all_days else self.unchanged.of(list(of_period), self._shown)
        if same:
            self.say(
                f"days: {counted(len(same), 'day')} of {len(of_period)} are as they were loaded and are left out; "
                "`migrate run --all-days` takes them too, and so does the job migrate_range with all_days"
            )
        wanted = {day: count for day, count in of_period.items() if day not in same}
        ranges = self.plan(wanted) if not same else self.plan_only(wanted)
        bare = [day for day in uncovered(period.days, ranges) if day not in same] if period else []
        empty = report_empty_days(self.runner.instance, self.runner.own_keys(DAILY_ASSETS), bare)
        self.load_in_order(wanted, ranges, tickets)
        loaded = self.loaded_per_day()
        return DaysMoved(
            *((period.first, period.last) if period else ("", "")),
            tickets=sum(of_period.values()),
            days=len(of_period),
            unchanged_days=len(same),
            empty_days=empty // len(DAILY_ASSETS),
            ranges=len(ranges),
            loaded=sum(period.of(loaded).values()) if period else 0,
            writes=self.ledger.known_writes.attempts_in(self.runner.run_ids[before:]),
        )

    def plan(self, tickets: dict[str, int]) -> list[DayRange]:
        """These days in ranges, with the empty days between them, in the order of the load."""
        return plan_ranges(tickets, newest_first=self.order is not LoadOrder.oldest)

    def plan_only(self, tickets: dict[str, int], held: dict[str, int] | None = None) -> list[DayRange]:
        """These days and no other, as few runs as possible, in the order of the load.

        Args:
            held: as `plan_sets`.
        """
        return plan_sets(tickets, newest_first=self.order is not LoadOrder.oldest, held=held)

    def _shown(self) -> set[str]:
        """Days that the UI shows as staged, loaded and compared."""
        keys = self.runner.own_keys((*DAILY_ASSETS, *VERIFIED_ASSETS))
        return set.intersection(*(set(self.runner.instance.get_materialized_partitions(key)) for key in keys))

    def load_in_order(self, wanted: dict[str, int], ranges: Sequence[DayRange], tickets: dict[str, int]) -> None:
        """Stage and load these ranges, the open tickets of the days in `wanted` first where the order says so.

        Args:
            tickets: day -> tickets, of all days in the ranges that have some.
        """
        self.runner.order = self.order
        if self.order is LoadOrder.open_first and wanted:
            found, there = (
                open_tickets(self.warehouse, self.confirmed_map()),
                self.ledger.known_writes.ended_ids("tickets", "create"),
            )
            per_day = Counter(day for name, day in found.items() if day in wanted and name not in there)

            def load(days: DayRange, following: DayRange | None) -> None:
                tickets = sorted(found)
                if self.files and self.files.fetch(days.days, tickets):
                    # Of the other tickets the files wait, and so the days are staged again before they are loaded.
                    self.runner.files_of_some = True
                    try:
                        self.stage(days)
                    finally:
                        self.runner.files_of_some = False
                else:
                    self.stage_once(days)
                self.runner.open_tickets = True
                # Beside the last of them come the files of the first whole days.
                ahead = (following, tickets) if following else (next(iter(ranges), None), None)
                try:
                    with self.ahead(*ahead):
                        self.load_open(days, per_day)
                finally:
                    self.runner.open_tickets = False
                self.keep()

            load_open_tickets(self.ledger, self.say, load, per_day, self.tickets_per_day())
        self.load_ranges(ranges, tickets)

    def load_ranges(self, ranges: Sequence[DayRange], tickets: dict[str, int]) -> None:
        """Stage and load these ranges.

        Args:
            tickets: day -> tickets, of all days in the ranges that have some.
        """
        done, note = 0, self.ledger.progress.noting(DAYS_PHASE, sum(days.tickets for days in ranges))
        note(0)
        for number, days in enumerate(ranges, start=1):
            self.say(f"days {days} ({number} of {len(ranges)}): {days.tickets} tickets")
            self.stage_once(days)
            with self.ahead(ranges[number] if number < len(ranges) else None):
                self.load_open(days, tickets)
            self.unchanged.note(days.days)
            self.keep()
            done += days.tickets
            note(done)

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
        self.unchanged.compare_begins()
        self.say("verify: the load planned again, which must contain no write")
        self.runner.run("second_pass")
        states = verifications(self.ledger, [UNPARTITIONED, *tickets])
        unseen = self.unchanged.unseen()
        wanted = [
            key for key, state in states.items() if everything or state is not Verification.fresh or key in unseen
        ]
        if UNPARTITIONED in wanted:
            self.say("verify: users, fields, tags, customers")
            self.runner.run("verify")
            self.unchanged.compared([UNPARTITIONED])
        some = {day: count for day, count in tickets.items() if day in set(wanted)}
        parts = plan_ranges(some) if len(some) == len(tickets) else plan_sets(some)
        bare = [day for day in uncovered(period.days, parts) if day not in tickets] if period else []
        report_empty_days(self.runner.instance, self.runner.own_keys(VERIFIED_ASSETS), bare)
        for number, part in enumerate(parts, start=1):
            self.say(f"verify {part} ({number} of {len(parts)}): {part.tickets} tickets")
            self.runner.run("verify_days", part)
            self.unchanged.compared(part.days)

    def loaded_per_day(self) -> dict[str, int]:
        """Created day -> tickets that are in Gorgias."""
        rows = self.ledger.outcomes.outcomes_of("tickets")
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
        rows = self.ledger.progress.progress_rows().set_index("phase")
        begun = len(self.ledger.known_writes.gorgias_ids("tickets"))
        done = f"after {begun} tickets" if begun else "before the first ticket"
        if DAYS_PHASE in rows.index and (days := rows.loc[DAYS_PHASE])["done"]:
            done = f"after {days['done']} of {days['total']} tickets (whole ranges of days; the rest of this one begun)"
        unsettled = len(self.ledger.known_writes.unsettled())
        doubt = f" {unsettled} writes have no known outcome yet; they are read back first." if unsettled else ""
        return (
            f"Ended {done}. Nothing is lost or doubled.{doubt} Go on with the same command, or the same job in the UI."
        )

    def tickets_per_day(self) -> dict[str, int]:
        """Created day -> tickets in the sweep; those without a usable day are booked under `none` and not loaded.

        Raises:
            OlderThanPartitions: the sweep found a day that this process was loaded without.
        """
        tickets = tickets_per_day(self.warehouse)
        require_partitions(tickets)
        return tickets

    def load_open(self, days: DayRange, tickets: dict[str, int]) -> None:
        """Load the staged days of a range but those whose gate is closed."""
        part = without(days, self._closed_days(days.days), tickets)
        if part is not None:
            self.runner.run("load_days", part)

    def ahead(self, days: DayRange | None, tickets: Sequence[str] | None = None) -> AbstractContextManager[None]:
        """Download the files of these days while the block works.

        Args:
            tickets: leave out the files of all tickets but these.
        """
        return self.files.beside(days.days, tickets) if self.files and days else nullcontext()

    def stage_once(self, days: DayRange) -> None:
        """Stage what was not staged since the source was read."""
        left = without(days, self.staged, dict.fromkeys(days.days, 1))
        if left is not None:
            if self.files:
                # Before the days are looked at: what they are made of holds what came of their files.
                self.files.fetch(left.days)
            self.unchanged.begin(left.days)
            self.stage(left)
            self.staged.update(left.days)

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
        self.closed += [gate for gate in gates if gate not in self.closed]
        return {gate.partition for gate in gates}


def partition_bounds() -> Period:
    """The first and the last daily partition that there are."""
    keys = daily_partitions()
    return Period(str(keys.get_first_partition_key()), str(keys.get_last_partition_key()))
