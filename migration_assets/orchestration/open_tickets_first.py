"""The open tickets of all days, loaded before the history: a team can work while the rest follows.

It belongs here: the order of that pass, and how far it is. It does not: which days have open tickets
(staging/conversations/open_tickets.py) and what such a run writes (gorgias/load_scope.py).
"""

import time
from collections.abc import Callable, Mapping

from migration_assets.day_ranges import DayRange, plan_sets
from migration_assets.wording import counted
from resources.ledger import Ledger

OPEN_PHASE = "open tickets"


def load_open_tickets(
    ledger: Ledger,
    say: Callable[[str], None],
    load: Callable[[DayRange, DayRange | None], None],
    open_per_day: Mapping[str, int],
    tickets_per_day: Mapping[str, int],
) -> None:
    """Stage the days that have some, and load these tickets with their customers; the newest days first.

    A day whose gate is closed is left out, as it is later. What is loaded here costs the day's own load no call.

    Args:
        say: told what begins, as one line.
        load: stages a range and loads the open tickets of it; told of the one that follows.
        open_per_day: created day -> open tickets that are not in Gorgias yet.
        tickets_per_day: created day -> tickets, all of which are staged.
    """
    if not open_per_day:
        return
    started, done, total = time.monotonic(), 0, sum(open_per_day.values())
    ranges = plan_sets(open_per_day, newest_first=True, held=tickets_per_day)
    note = ledger.progress.noting(OPEN_PHASE, total)
    note(0)
    for number, days in enumerate(ranges, start=1):
        say(f"open tickets of {days} ({number} of {len(ranges)}): {days.tickets}")
        load(days, ranges[number] if number < len(ranges) else None)
        done += days.tickets
        note(done)
    minutes = (time.monotonic() - started) / 60
    say(f"open tickets: done in {minutes:.0f} min ({counted(total, 'ticket')}); now whole days")
