"""The balance of staging/attachments: no file of a staged ticket is without an end, counted anew from the tables."""

from __future__ import annotations

from checks.evaluate import Evaluation, joined
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.staging.context import StagingContext
from migration_assets.staging.validation.balance import Results
from migration_assets.staging.validation.mapping_validity import attachments_valid
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
    booked = set(ledger.outcomes.outcomes_of("files", days)["source_id"])
    for row in warehouse.rows(_OPEN, [days]):
        result = results[row["partition"]]
        result.rows += 1
        if not row["staged"] and row["source_id"] not in booked:
            result.failures[("row", "neither staged nor recorded")] += 1
            result.source_ids = sorted([*result.source_ids, row["source_id"]])[:20]
    for result in results.values():
        lost = result.failures.total()
        told = f"{result.rows} files on staged tickets, {result.rows - lost} staged or recorded by reason"
        result.sentence = f"{told}: {lost} missing" if lost else told
    return results


_KEPT = f"""
    SELECT a.partition, a.source_id, a.sha256 IS DISTINCT FROM f.sha256 AS other_content,
           a.message_source_id <> f.record_source_id || '@' || f.ticket_source_id AND EXISTS (
               SELECT 1 FROM staging.messages m WHERE m.partition = f.partition
               AND m.source_id = f.record_source_id || '@' || f.ticket_source_id) AS other_message,
           m.ticket_source_id IS DISTINCT FROM f.ticket_source_id AS other_ticket
    FROM staging.attachments a
    LEFT JOIN {ATTACHMENTS.name} f ON f.partition = a.partition
        AND f.source_id || '@' || f.ticket_source_id = a.source_id
    LEFT JOIN staging.messages m ON m.partition = a.partition AND m.source_id = a.message_source_id
    WHERE list_contains(?, a.partition)
"""  # noqa: S608
_RULES = {
    "other_content": ("sha256", "not the content that was downloaded"),
    "other_message": ("message_source_id", "not the message of the record that has the file"),
    "other_ticket": ("message_source_id", "not a message of its ticket"),
}


def files_valid(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    """References of staged files resolve, and each is the file that its record has."""
    return joined(
        attachments_valid(warehouse, ledger, keys, context), attachments_kept(warehouse, ledger, keys, context)
    )


def attachments_kept(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    """Each staged file is the content of its record, on the message of that record."""
    days = list(keys or [])
    results: dict[str | None, Evaluation] = {day: Evaluation() for day in days}
    for row in warehouse.rows(_KEPT, [days]):
        result = results[row["partition"]]
        result.rows += 1
        broken = [rule for name, rule in _RULES.items() if row[name]]
        result.failures.update(broken)
        if broken:
            result.source_ids = sorted([*result.source_ids, row["source_id"]])[:20]
    return results
