"""The days on which tickets were created, as the sweeps found them: kept for the partitions, and shown to a person.

Belongs here: what is said of days after a sweep (numbers, the table, the range for a backfill, tickets without a
day). Does not belong here: which day a ticket belongs to (day_assignment.py).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from checks.evaluate import SHOWN, Evaluation
from checks.metadata import first_rows
from migration_assets.ivinex.full_scan.day_assignment import assign_days, quarantine_without_created_date
from migration_assets.partitions import NO_PARTITION, note_first_day, older_than_partitions
from migration_assets.settings import Settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse

MOST_DAYS: Final = 400
"""A longer table of days is one of months."""


@dataclass(frozen=True)
class DaysFound:
    """Tickets by day.

    Attributes:
        tickets: created day -> tickets, in order.
        by_fallback: tickets whose day is not their created one.
        reasons: source id -> why this ticket has no day.
    """

    tickets: dict[str, int]
    by_fallback: int
    reasons: dict[str, str]

    def metadata(self) -> dict[str, Any]:
        """Numbers, the table of days, and the range to paste into the backfill dialog."""
        numbers = {
            "days_with_tickets": len(self.tickets),
            "by_fallback": self.by_fallback,
            "no_partition": len(self.reasons),
        }
        if not self.tickets:
            return numbers
        first, last = min(self.tickets), max(self.tickets)
        return numbers | {
            "first_day": first,
            "last_day": last,
            "backfill_range": f"[{first}...{last}]",
            "tickets_per_day" if len(self.tickets) <= MOST_DAYS else "tickets_per_month": self._table(),
        }

    def evaluation(self) -> Evaluation:
        """Whether every ticket has a day."""
        rows = sum(self.tickets.values()) + len(self.reasons)
        counted = Counter(self.reasons.values())
        why = "; ".join(f"{reason} ({count})" for reason, count in counted.most_common())
        return Evaluation(
            rows=rows,
            failures=Counter({("created_date", reason): count for reason, count in counted.items()}),
            source_ids=sorted(self.reasons)[:SHOWN],
            sentence=f"{rows} tickets on {len(self.tickets)} days, each with a day of its own."
            if not self.reasons
            else f"{len(self.reasons)} of {rows} tickets have no day and stay in quarantine: {why}. partition_fallback "
            "in mapping.yaml may give them one.",
        )

    def _table(self) -> Any:
        rows: list[dict[str, Any]] = [{"day": day, "tickets": count} for day, count in self.tickets.items()]
        if len(rows) > MOST_DAYS:
            days = Counter(day[:7] for day in self.tickets)
            tickets: Counter[str] = Counter()
            for day, count in self.tickets.items():
                tickets[day[:7]] += count
            rows = [{"month": month, "days": days[month], "tickets": tickets[month]} for month in sorted(days)]
        return first_rows(rows or [{"day": "", "tickets": 0}], len(rows))


def settle_days(
    warehouse: Warehouse, ledger: Ledger, settings: Settings, fallback: str, warn: Callable[[str], None]
) -> DaysFound:
    """Give every swept ticket its day, quarantine those without one, and keep the first day for the partitions.

    Args:
        warn: told where the first day lies before the partitions that this process was loaded with.
    """
    by_fallback = assign_days(warehouse, settings.start_date, datetime.now(UTC), fallback)
    reasons = quarantine_without_created_date(warehouse, ledger, settings.start_date)
    rows = warehouse.rows(
        "SELECT partition, count(*) AS tickets FROM ivinex.ticket_sweep WHERE partition <> ? GROUP BY 1 ORDER BY 1",
        [NO_PARTITION],
    )
    found = DaysFound({row["partition"]: int(row["tickets"]) for row in rows}, by_fallback, reasons)
    # Days of tickets that the source has lost since stay partitions as well: they are in Gorgias and read back.
    booked = ledger.outcomes.outcome_counts()
    loaded = booked[(booked["object"] == "tickets") & (booked["partition"] != NO_PARTITION)]["partition"].dropna()
    note_first_day(settings.home, settings.start_date, [*found.tickets, *loaded])
    if found.tickets and (told := older_than_partitions(min(found.tickets))):
        warn(told)
    return found
