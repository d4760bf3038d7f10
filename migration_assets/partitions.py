"""Daily partitions of everything that belongs to a ticket: the day of its creation, in UTC.

A created day never changes, so a record belongs to one partition for ever (design.md 3). Tickets without a
usable day are booked under `NO_PARTITION` and are no partition of Dagster's.
"""

import dagster as dg

NO_PARTITION = "none"


def daily_partitions(start: str | None = None) -> dg.DailyPartitionsDefinition:
    """All days from MIGRATION_START_DATE up to and including today (UTC).

    `end_offset=1` admits the running day, which the final delta of a cutover needs.
    """
    from migration_assets.settings import load_settings

    return dg.DailyPartitionsDefinition(
        start_date=start or load_settings().start_date.isoformat(), timezone="UTC", end_offset=1
    )
