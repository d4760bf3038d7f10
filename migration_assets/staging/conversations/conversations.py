"""Assets staging/tickets and staging/messages, filled together in one pass and one transaction.

A ticket needs its messages (channel, direction, count), and its messages need the ticket (customer, losses that the
internal note tells, quarantine with the parent's reason). Staging both at once is what keeps them in agreement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from checks.quality_gates import GATE_CLOSED
from checks.refusal import refusal
from migration_assets.ivinex.full_scan.daily_slices import refresh_stale
from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.staged_map import note_staged
from migration_assets.staging.chunks import chunks
from migration_assets.staging.context import STAGE, StagingContext
from migration_assets.staging.conversations import messages, tickets
from migration_assets.staging.conversations.batch_builder import ConversationBatch, build_batch
from migration_assets.staging.conversations.task_notes import TASKS_ON_TICKETS
from migration_assets.staging.staging_step import StagingStep
from resources.ledger import Ledger, Loss, Quarantined
from resources.warehouse import Connection, Warehouse

SHOWN = 5


@dataclass
class Report:
    """What became of the tickets and messages of the given days."""

    source_tickets: int = 0
    tickets: int = 0
    messages: int = 0
    activities: int = 0
    synthetic: int = 0
    ticket_quarantine: list[Quarantined] = field(default_factory=list)
    message_quarantine: list[Quarantined] = field(default_factory=list)
    ticket_losses: list[Loss] = field(default_factory=list)
    message_losses: list[Loss] = field(default_factory=list)

    def ticket_numbers(self) -> dict[str, int]:
        """What the UI shows of the tickets."""
        return {
            "dagster/partition_row_count": self.tickets,
            "source_rows": self.source_tickets,
            "staged": self.tickets,
            "merged": 0,
            "skipped": 0,
            "quarantined": len(self.ticket_quarantine),
        }

    def message_numbers(self) -> dict[str, int]:
        """What the UI shows of the messages."""
        from_source = self.messages - self.synthetic
        return {
            "dagster/partition_row_count": self.messages,
            "source_rows": from_source + len(self.message_quarantine),
            "activities": self.activities,
            "staged": from_source,
            "merged": 0,
            "skipped": 0,
            "quarantined": len(self.message_quarantine),
            "synthetic": self.synthetic,
        }


def fill_conversations(step: StagingStep) -> Report:
    """Stage the days from what the full scan holds now, and record what became of them.

    Raises:
        dagster.Failure: what tickets refer to was never staged.
    """
    warehouse, days = step.warehouse, list(step.days)
    if not warehouse.exists("staging.customers"):
        raise refusal(
            "What tickets refer to was never staged, so no day can be: start the job prepare first (the command "
            "`migrate run` does it by itself). Nothing was changed.",
            {GATE_CLOSED: 1},
        )
    if stale := refresh_stale(warehouse, days):
        step.log.info(f"{len(stale)} days were cut again, as the full scan is newer: {', '.join(stale[:SHOWN])}")
    report = stage_conversations(warehouse, step.inputs, days)
    note_staged(warehouse, days, step.inputs.mapping.mapping_version)
    record_conversations(step.ledger, report, days)
    step.log.info(
        f"{report.tickets} of {report.source_tickets} tickets and {report.messages} messages staged for {len(days)} "
        f"days; {len(report.ticket_quarantine)} tickets and {len(report.message_quarantine)} messages in quarantine"
    )
    return report


def stage_conversations(warehouse: Warehouse, context: StagingContext, keys: Sequence[str]) -> Report:
    """Replace the days' slices of both tables in one transaction, in chunks that fit in memory."""
    report = Report()
    tab_names = {row["collection_type_id"]: str(row["tab"]) for row in to_rows(context.fields)}
    with warehouse.transaction() as tx:
        for table in (tickets.TABLE, messages.TABLE):
            tx.delete_slice(table, "partition", keys)
        plan = _plan(tx, keys)
        day_of = dict(zip(plan["source_id"], plan["partition"], strict=True))
        for ids in chunks(plan):
            chunk = build_batch(tx, ids, (day_of[ids[0]], day_of[ids[-1]]), context, tab_names)
            tx.append(tickets.TABLE, chunk.tickets)
            tx.append(messages.TABLE, chunk.messages)
            _count(chunk, report)
        report.source_tickets = len(plan)
        report.activities = tx.scalar(
            "SELECT count(*) FROM ivinex.activities WHERE partition IN (SELECT unnest(?::VARCHAR[]))", [list(keys)]
        )
    return report


def _plan(tx: Connection, keys: Sequence[str]) -> pd.DataFrame:
    """The tickets of the days in order, with the bytes that each brings along."""
    held = f"SELECT partition, ticket_source_id, raw FROM ({TASKS_ON_TICKETS})"  # noqa: S608
    return tx.query(
        "WITH a AS (SELECT ticket_source_id, sum(strlen(raw)) AS bytes FROM "  # noqa: S608
        f"(SELECT partition, ticket_source_id, raw FROM ivinex.activities UNION ALL {held}) "
        "WHERE partition BETWEEN $first AND $last GROUP BY ticket_source_id) "
        "SELECT t.partition, t.source_id, (strlen(t.raw) + coalesce(a.bytes, 0))::BIGINT AS bytes "
        "FROM ivinex.tickets t LEFT JOIN a ON a.ticket_source_id = t.source_id "
        "WHERE t.partition BETWEEN $first AND $last AND t.partition IN (SELECT unnest($keys::VARCHAR[])) "
        "ORDER BY t.partition, try_cast(t.collection_id AS BIGINT), t.source_id",
        {"keys": list(keys), "first": min(keys), "last": max(keys)},
    )


def _count(chunk: ConversationBatch, report: Report) -> None:
    report.tickets += len(chunk.tickets)
    report.messages += len(chunk.messages)
    report.synthetic += int(chunk.messages["synthetic"].sum())
    report.ticket_quarantine += chunk.ticket_quarantine
    report.message_quarantine += chunk.message_quarantine
    report.ticket_losses += chunk.ticket_losses
    report.message_losses += chunk.message_losses


def record_conversations(ledger: Ledger, report: Report, keys: Sequence[str]) -> None:
    """Quarantine and losses of the days; a re-materialization replaces what it said before."""
    ledger.quarantine.record("tickets", STAGE, report.ticket_quarantine, keys)
    ledger.quarantine.record("messages", STAGE, report.message_quarantine, keys)
    ledger.losses.record_losses(STAGE, "tickets", report.ticket_losses, keys)
    ledger.losses.record_losses(STAGE, "messages", report.message_losses, keys)
