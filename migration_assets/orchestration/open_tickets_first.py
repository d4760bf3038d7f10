"""The open tickets of all days, loaded before the history: a team can work while the rest follows.

It belongs here: the order of that pass, and how far it is. It does not: which days have open tickets
(staging/conversations/open_tickets.py) and what such a run writes (gorgias/load_scope.py).
"""

import time
from collections import Counter
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from migration_assets.day_ranges import DayRange, plan_sets
from migration_assets.staging.conversations.open_tickets import open_tickets
from migration_assets.wording import counted

if TYPE_CHECKING:
    from migration_assets.orchestration.migration import Migration

OPEN_PHASE = "open tickets"


def load_open_tickets(migration: "Migration", wanted: Container[str]) -> None:
    """Stage the days that have some, and load these tickets with their customers; the newest days first.

    A day whose gate is closed is left out, as it is later. What is loaded here costs the day's own load no call.

    Args:
        wanted: only tickets of these days.
    """
    found = open_tickets(migration.warehouse, migration.confirmed_map())
    there = migration.ledger.known_writes.ended_ids("tickets", "create")
    per_day = Counter(day for name, day in found.items() if day in wanted and name not in there)
    if not per_day:
        return
    started, done, note = time.monotonic(), 0, migration.ledger.progress.noting(OPEN_PHASE, per_day.total())
    # A run stages all tickets of its days.
    ranges = plan_sets(per_day, newest_first=True, held=migration.tickets_per_day())
    note(0)
    for number, days in enumerate(ranges, start=1):
        migration.say(f"open tickets of {days} ({number} of {len(ranges)}): {days.tickets}")
        _stage(migration, days, tickets := sorted(found))
        migration.runner.open_tickets = True
        try:
            with migration.ahead(ranges[number] if number < len(ranges) else None, tickets):
                migration.load_open(days, per_day)
        finally:
            migration.runner.open_tickets = False
        migration.keep()
        done += days.tickets
        note(done)
    minutes = (time.monotonic() - started) / 60
    migration.say(f"open tickets: done in {minutes:.0f} min ({counted(per_day.total(), 'ticket')}); now whole days")


def _stage(migration: "Migration", days: DayRange, tickets: Sequence[str]) -> None:
    if not (migration.files and migration.files.fetch(days.days, tickets)):
        migration.stage_once(days)
        return
    # Of the other tickets the files wait, and so the days are staged again before they are loaded.
    migration.runner.files_of_some = True
    try:
        migration.stage(days)
    finally:
        migration.runner.files_of_some = False
