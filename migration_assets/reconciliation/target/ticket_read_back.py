"""reconciliation/readback [d]: the tickets of a day as Gorgias holds them, with messages and custom field values.

It belongs here: which tickets of a day are read, and how. It does not: comparing them
(comparison/ticket_comparison.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from checks.step_result import StepResult
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.gorgias.target_events import days_touched
from migration_assets.reconciliation.target.account_acts import read_surveys
from migration_assets.reconciliation.target.call_counts import CallCounter, minimum_pages
from migration_assets.reconciliation.target.file_contents import read_contents
from migration_assets.reconciliation.target.object_comparison import loaded_days
from migration_assets.reconciliation.target.single_reads import read_tickets
from migration_assets.reconciliation.target.target_tables import (
    LISTED,
    LISTS_MARK,
    MESSAGES,
    SURVEYS,
    TICKETS,
    upgrade,
)
from migration_assets.run_tags import ID_TAG
from resources.gorgias.client import Reader
from resources.gorgias.downloads import FileReader
from resources.ledger import Ledger
from resources.warehouse import Warehouse

PHASE = "verify: tickets"
FRESH = timedelta(hours=1)
"""How old a sweep may be whose rows stand for a read of the day, if nothing happened to the day since."""
_SWEPT = f"""
    SELECT t.gorgias_id, t.partition, t.read_at FROM {TICKETS.name} t
    JOIN {LISTED.name} l ON l.object = 'tickets' AND l.gorgias_id = t.gorgias_id AND l.read_at = t.read_at
    WHERE list_contains(?, t.partition) AND t.read_at > ?
"""
"""Tickets whose rows a sweep made: it gives its rows and its list one time."""


def read_back(
    reader: Reader,
    ledger: Ledger,
    warehouse: Warehouse,
    counter: CallCounter,
    keys: Sequence[str],
    files: FileReader | None = None,
    share: float = 1.0,
    command: str = "",
) -> int:
    """Read the tickets of these days, but for those that a fresh sweep has read whole; then the files on them.

    Args:
        files: reads their contents; None: none is read.
        share: of the files that `files` may read.
        command: whose run this is; what it has read of files for other days is not read again.

    Returns:
        How many tickets are in scope.
    """
    at = datetime.now(UTC)
    days = loaded_days(ledger, list(keys))
    with warehouse.transaction() as tx:
        tx.ensure(TICKETS, MESSAGES, LISTED, LISTS_MARK)
        upgrade(tx)
    swept = _read_by_lists(reader, ledger, warehouse, keys, at)
    counter.take("events", int(bool(swept)))
    with warehouse.transaction() as tx:
        kept = [number for number in days if number in swept]
        for table, column in ((TICKETS, "gorgias_id"), (MESSAGES, "ticket_id")):
            tx.execute(
                f"DELETE FROM {table.name} WHERE list_contains(?, partition) AND NOT list_contains(?, {column})",
                [list(keys), kept],
            )
    wanted = {number: day for number, day in days.items() if number not in swept}
    if wanted:
        read_tickets(reader, warehouse, wanted, at, ledger.progress.noting(PHASE, len(wanted)))
    counter.take("tickets", len(wanted))
    read_surveys(reader, ledger, warehouse)
    counter.take("surveys", minimum_pages(warehouse.scalar(f"SELECT count(*) FROM {SURVEYS.name}")))
    if files is not None:
        counter.take("files", read_contents(files, ledger, warehouse, keys, share, command))
    counter.keep(warehouse, list(keys), at)
    return len(days)


def _read_by_lists(reader: Reader, ledger: Ledger, warehouse: Warehouse, keys: Sequence[str], at: datetime) -> set[int]:
    """Tickets that a fresh sweep has read whole, of days that neither we nor anybody else has touched since."""
    written = ledger.times.last_written(list(keys))
    rows = [
        row
        for row in warehouse.rows(_SWEPT, [list(keys), at - FRESH])
        if row["partition"] not in written or row["read_at"] > written[row["partition"]]
    ]
    mark = warehouse.scalar(f"SELECT newest_event FROM {LISTS_MARK.name}") if rows else None
    if mark is None:
        return {row["gorgias_id"] for row in rows}
    touched = days_touched(reader, ledger, mark)
    return set() if touched is None else {row["gorgias_id"] for row in rows if row["partition"] not in touched}


def read_days_back(step: TargetStep) -> StepResult:
    """Every loaded ticket of the day read back whole, with messages and custom field values, and the files on it.

    Where the account's list rows show values (recorded: they do), the day is a slice of the full scan, without a call;
    else each ticket is one call. Files up to FILE_COMPARE_MAX_BYTES are read and hashed, one call each.
    """
    days, settings, connection = list(step.context.partition_keys), step.settings, step.gorgias.connection
    counter = CallCounter(lambda: connection.requests)
    with closing(FileReader(connection, settings.file_compare_max_bytes)) as files:
        share, command = settings.file_compare_share, (step.context.run.tags or {}).get(ID_TAG, "")
        tickets = read_back(step.gorgias.reader, step.ledger, step.warehouse, counter, days, files, share, command)
    messages = step.warehouse.scalar(f"SELECT count(*) FROM {MESSAGES.name} WHERE list_contains(?, partition)", [days])
    return StepResult(
        {"tickets": tickets, "messages": messages, "calls": counter.used, "calls_minimum": counter.minimum}
    )
