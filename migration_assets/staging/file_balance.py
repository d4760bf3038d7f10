"""The balance of staging/attachments: no file of a staged ticket is without an end, counted anew from the tables."""

from __future__ import annotations

from checks.evaluate import Evaluation
from migration_assets.ivinex.file_tables import ATTACHMENTS
from migration_assets.staging.balance import Results
from resources.ledger import Ledger
from resources.warehouse import Warehouse

_OPEN = f"""
    SELECT f.partition, f.source_id || '@' || f.ticket_source_id AS source_id,
           a.source_id IS NOT NULL AS staged
    FROM {ATTACHMENTS.name} f
    JOIN staging.tickets t ON t.source_id = f.ticket_source_id AND t.partition = f.partition
    LEFT JOIN staging.attachments a ON a.partition = f.partition
        AND a.source_id = f.source_id || '@' || f.ticket_source_id
    WHERE list_contains(?, f.partition)
"""  # noqa: S608


def attachments_balance(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None) -> Results:
    """Each file is staged, or the ledger says why not."""
    days = list(keys or [])
    results: dict[str | None, Evaluation] = {day: Evaluation() for day in days}
    booked = set(ledger.outcomes_of("files", days)["source_id"])
    for row in warehouse.rows(_OPEN, [days]):
        result = results[row["partition"]]
        result.rows += 1
        if not row["staged"] and row["source_id"] not in booked:
            result.failures[("row", "neither staged nor booked")] += 1
            result.source_ids = sorted([*result.source_ids, row["source_id"]])[:20]
    for result in results.values():
        lost = result.failures.total()
        told = f"{result.rows} files on staged tickets, {result.rows - lost} staged or booked by reason"
        result.sentence = f"{told}: {lost} missing" if lost else told
    return results
