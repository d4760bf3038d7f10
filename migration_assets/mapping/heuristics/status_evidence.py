"""What the records say of a status that no word explains: is there a closing date, when was the last activity?

It belongs here: the question to the warehouse and the judgement of its answer. Counts and days only, never a value of
a customer. It does not: words (option_labels.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migration_assets.mapping.profile import EMPTY, json_path

if TYPE_CHECKING:
    from resources.warehouse import Connection, Warehouse

ENOUGH_RECORDS = 5
MOSTLY, HARDLY = 0.9, 0.1
LONG_QUIET = 60


@dataclass(frozen=True)
class Use:
    """How tickets with one status look.

    Attributes:
        records: number of tickets.
        closed_share: share of them with a closing date; None where no field holds one.
        quiet_days: median days between their last change and the newest change of any ticket.
    """

    records: int
    closed_share: float | None
    quiet_days: float | None


_USES = """
WITH tickets AS (
    SELECT json_extract_string(raw, ?) AS status, json_extract_string(raw, ?) AS closed,
           TRY_CAST(json_extract_string(raw, '$."modified_date"') AS TIMESTAMP) AS modified
    FROM ivinex.ticket_sweep WHERE collection_type_id = ? AND json_valid(raw)
), newest AS (SELECT max(modified) AS at FROM tickets)
SELECT status, count(*) AS records, avg(CASE WHEN closed IS NULL OR trim(closed) IN {empty} THEN 0.0 ELSE 1.0 END)
           AS closed_share,
       median(date_diff('hour', modified, newest.at)) / 24.0 AS quiet_days
FROM tickets, newest WHERE status IS NOT NULL AND trim(status) NOT IN {empty}
GROUP BY status ORDER BY records DESC, status LIMIT 200
"""


def uses_of(warehouse: Warehouse | Connection, tab: str, status: str, closed: str | None) -> dict[str, Use]:
    """Status as the records carry it -> how it is used.

    Args:
        status: machine name of the field.
        closed: machine name of the field with the closing date, where there is one.
    """
    if not warehouse.exists("ivinex.ticket_sweep"):
        return {}
    frame = warehouse.query(_USES.format(empty=EMPTY), [json_path(status), json_path(closed or "no such field"), tab])
    return {
        str(row["status"]): Use(
            int(row["records"]),
            float(row["closed_share"]) if closed else None,
            None if row["quiet_days"] is None or row["quiet_days"] != row["quiet_days"] else float(row["quiet_days"]),
        )
        for row in frame.to_dict("records")
    }


def status_by_records(use: Use | None, all_uses: dict[str, Use]) -> tuple[str | None, float, str]:
    """Open or closed by the closing dates; silence alone is a hint and decides nothing.

    Returns:
        (value or None, confidence, reason).
    """
    if use is None or use.records == 0:
        return None, 0.0, "no ticket has it, so the records say nothing"
    quiet = "" if use.quiet_days is None else f", silent for {use.quiet_days:.0f} days (median)"
    if use.closed_share is None:
        hint = "; long quiet, it may be closed" if (use.quiet_days or 0) > LONG_QUIET else ""
        return None, 0.3, f"no field holds a closing date to tell by ({use.records} tickets{quiet}{hint})"
    told = f"{use.closed_share:.0%} of its {use.records} tickets have a closing date{quiet}"
    others = [other.closed_share or 0.0 for other in all_uses.values() if other is not use]
    if use.records < ENOUGH_RECORDS:
        return None, 0.4, f"{told}: too few to tell"
    # A date that every status has, or none, tells nothing: it has to part the tickets.
    if use.closed_share >= MOSTLY and min(others, default=1.0) <= HARDLY:
        return "closed", 0.9, told
    if use.closed_share <= HARDLY and max(others, default=0.0) >= MOSTLY:
        return "open", 0.9, told
    return None, 0.4, told
