"""Which day a ticket belongs to, and which tickets belong to none.

Belongs here: the partition of `ivinex.ticket_sweep` and the books of tickets without one (docs/reading-ivinex.md).
Does not belong here: slicing (daily_slices.py), and what a person is shown of the days (days_found.py).
"""

from datetime import date, datetime

import pandas as pd

from migration_assets.partitions import NO_PARTITION
from resources.ledger import Ledger, Outcome, Quarantined
from resources.warehouse import Warehouse

_DAY = "strftime({at}, '%Y-%m-%d')"
_USABLE = "({at} >= $start AND {at} <= $now)"
_FALLBACK = {
    "none": None,
    "modified_date": "t.modified_at",
    "first_activity": "(SELECT min(a.created_at) FROM ivinex.links l JOIN ivinex.activity_sweep a "
    "ON a.source_id = l.from_source_id WHERE l.role = 'activity_ticket' AND l.to_source_id = t.source_id)",
}


STAGE = "ivinex"
"""What the ledger calls the stage that sets tickets without a day aside."""


def assign_days(warehouse: Warehouse, start: date, now: datetime, fallback: str) -> int:
    """Sets `partition` of every swept ticket: its created day in UTC, else the fallback's day, else `none`.

    Args:
        start: MIGRATION_START_DATE; what was created before belongs to no day.
        now: UTC; what was created later belongs to no day.
        fallback: `partition_fallback` of mapping.yaml: none, first_activity or modified_date.

    Returns:
        How many tickets have their day from the fallback.
    """
    scope = {"start": pd.Timestamp(start, tz="UTC"), "now": pd.Timestamp(now)}
    usable = _USABLE.format(at="t.created_at")
    other = _FALLBACK[fallback]
    second = f"WHEN {_USABLE.format(at=other)} THEN {_DAY.format(at=other)}" if other else ""
    with warehouse.transaction() as tx:
        tx.execute(
            f"""
            UPDATE ivinex.ticket_sweep t SET partition =
            CASE WHEN {usable} THEN {_DAY.format(at="t.created_at")} {second} ELSE '{NO_PARTITION}' END
            """,  # noqa: S608
            scope,
        )
        by_fallback = tx.scalar(
            f"SELECT count(*) FROM ivinex.ticket_sweep t WHERE partition <> '{NO_PARTITION}' "  # noqa: S608
            f"AND NOT coalesce({usable}, false)",
            scope,
        )
    return int(by_fallback)


def quarantine_without_created_date(warehouse: Warehouse, ledger: Ledger, start: date) -> dict[str, str]:
    """Books the tickets of partition `none` as quarantined; returns source id -> the reason why it has no day.

    One that has a day by now stays set aside, on that day, until it is written, so that a replay brings it.
    """
    rows = warehouse.query(
        "SELECT source_id, content_hash, created_at, raw ->> '$.created_date' AS created_raw "
        "FROM ivinex.ticket_sweep WHERE partition = ? ORDER BY source_id",
        [NO_PARTITION],
    )
    reasons = [_why(*times, start) for times in zip(rows["created_at"], rows["created_raw"], strict=True)]
    ledger.quarantine.record(
        "tickets",
        STAGE,
        [
            *_with_a_day_now(warehouse, ledger),
            *(
                Quarantined(
                    source_id,
                    "needs_mapping",
                    f"no partition: {reason} (partition_fallback may give it a day)",
                    source_version=content_hash,
                    partition=NO_PARTITION,
                )
                for source_id, content_hash, reason in zip(
                    rows["source_id"], rows["content_hash"], reasons, strict=True
                )
            ),
        ],
    )
    return dict(zip(rows["source_id"], reasons, strict=True))


def _with_a_day_now(warehouse: Warehouse, ledger: Ledger) -> list[Quarantined]:
    """Tickets that had no day, have one since they or the map were changed, and are not written yet."""
    aside = ledger.quarantine.rows()
    aside = aside[(aside["object"] == "tickets") & (aside["stage"] == STAGE)]
    written = set() if aside.empty else ledger.known_writes.ended_ids("tickets", "create")
    if not written:  # before the first load all tickets are still to be loaded
        return []
    days = warehouse.rows(
        "SELECT source_id, partition FROM ivinex.ticket_sweep WHERE partition <> ? AND list_contains(?, source_id)",
        [NO_PARTITION, list(aside["source_id"])],
    )
    versions = dict(zip(aside["source_id"], aside["source_version"], strict=True))
    return [
        Quarantined(
            row["source_id"],
            "transient",
            "had no day, has one now and is not loaded yet: replay it, or load its day",
            source_version=versions[row["source_id"]],
            partition=row["partition"],
        )
        for row in days
        if row["source_id"] not in written
    ]


def record_messages_without_created_date(warehouse: Warehouse, ledger: Ledger) -> int:
    """Books the activities and tasks of dayless tickets as quarantined for their parent's reason; returns how many."""
    rows = warehouse.query(
        "SELECT l.from_source_id, l.to_source_id FROM ivinex.links l JOIN ivinex.ticket_sweep t "
        "ON t.source_id = l.to_source_id WHERE l.role IN ('activity_ticket', 'task_ticket') AND t.partition = ?",
        [NO_PARTITION],
    )
    reason = "the ticket belongs to no partition"
    ledger.outcomes.record_outcomes(
        "messages",
        "ivinex",
        [
            Outcome(f"{record}@{ticket}", "quarantined", reason, NO_PARTITION)
            for record, ticket in rows.itertuples(index=False)
        ],
        partitions=[NO_PARTITION],
    )
    return len(rows)


def _why(created_at: pd.Timestamp, created_raw: object, start: date) -> str:
    if not pd.isna(created_at):
        return "created before MIGRATION_START_DATE" if created_at.date() < start else "created in the future"
    unset = not isinstance(created_raw, str) or not created_raw.strip("0-: ")
    return "created date is not set" if unset else "created date is impossible"
