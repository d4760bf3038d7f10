"""A target account verified as the assets do it: read back, compared, and what differs explained by its events."""

from datetime import UTC, datetime
from typing import Any

from target_account import DAY, Target

from migration_assets.reconciliation.comparison.compare_days import compare_days
from migration_assets.reconciliation.comparison.compare_objects import compare_objects
from migration_assets.reconciliation.comparison.events import DEFINITIONS, EventEvidence, explain
from migration_assets.reconciliation.target.call_counts import CallCounter
from migration_assets.reconciliation.target.object_comparison import read_objects_back
from migration_assets.reconciliation.target.ticket_read_back import read_back


def verify(target: Target) -> CallCounter:
    """The whole verification; returns what it cost."""
    ledger, store = target.ledger, target.warehouse
    counter = CallCounter(lambda: target.connection.requests)
    read_objects_back(target.reader, ledger, store, counter, None)
    compare_objects(store, ledger, datetime.now(UTC))
    read_back(target.reader, ledger, store, counter, [DAY])
    compare_days(store, ledger, [DAY], datetime.now(UTC))
    for objects, keys in ((("tickets", "messages"), [DAY]), ((*DEFINITIONS, "customers"), ["*"])):
        explain(EventEvidence(target.reader, ledger, store), objects, keys)
    return counter


def differences(target: Target) -> list[tuple[Any, ...]]:
    """Object, field, kind and source id of each that the last verification left."""
    rows = target.warehouse.rows(
        "SELECT object, field, kind, source_id FROM reconciliation.differences ORDER BY ALL NULLS LAST"
    )
    return [tuple(row.values()) for row in rows]


def found(target: Target) -> list[tuple[Any, ...]]:
    """The differences that a verification finds now."""
    verify(target)
    return differences(target)
