"""Putting a chunk of tickets together with their activities: rows for both tables, and what became of each row.

It belongs here: the order of messages, notes and refusals. It does not: reading the chunk (chunk_reader.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from checks.evaluate import broken_rules
from checks.schemas.messages import SCHEMA as MESSAGE_SCHEMA
from checks.schemas.tickets import SCHEMA as TICKET_SCHEMA
from migration_assets.staging.bodies.body_rewriter import BodyRewriter
from migration_assets.staging.context import StagingContext
from migration_assets.staging.conversations import history_notes, messages, record_links, task_notes, tickets
from migration_assets.staging.conversations.chunk_reader import Activity, read_activities, read_tickets
from migration_assets.staging.conversations.missing_file_notes import note_undelivered, undelivered_note
from migration_assets.staging.conversations.tickets import Ticket
from resources.ledger import Loss, Quarantined
from resources.warehouse import Connection


@dataclass
class ConversationBatch:
    """What a chunk gave, ready to be written and booked."""

    tickets: pd.DataFrame
    messages: pd.DataFrame
    ticket_quarantine: list[Quarantined] = field(default_factory=list)
    message_quarantine: list[Quarantined] = field(default_factory=list)
    ticket_losses: list[Loss] = field(default_factory=list)
    message_losses: list[Loss] = field(default_factory=list)


def build_batch(
    tx: Connection, ids: list[str], days: tuple[str, str], context: StagingContext, tab_names: dict[str, str]
) -> ConversationBatch:
    """Rows of both tables for the tickets of one chunk.

    Args:
        days: first and last partition of the chunk; without them DuckDB reads every body of the table.
    """
    chunk = ConversationBatch(pd.DataFrame(), pd.DataFrame())
    activities = read_activities(tx, ids, days, context, chunk.message_losses)
    found = list(read_tickets(tx, ids, days, context, activities, chunk.ticket_losses))
    bodies = BodyRewriter(tx, ids, days, context.site)
    linked = record_links.links_of(tx, ids)
    for ticket in found:
        ticket.bodies = bodies
        record_links.tell(ticket, linked.get(ticket.source_id, []), context.mapping)
    _converse(found, activities, context, chunk)
    _quarantine_broken_messages(found, chunk, context)
    changes = history_notes.latest_changes(tx, ids, context)
    made = []
    for ticket in found:
        note_undelivered(ticket)
        _finish(ticket, context, history_notes.note(ticket, changes.get(ticket.source_id, []), context))
        row = tickets.ticket_row(ticket, context, tab_names.get(ticket.row["collection_type_id"], ""))
        made.append(context.masked_row(row, "subject", "field_values", "meta"))
        ticket.messages = [context.masked_row(row, "subject", "meta") for row in ticket.messages]
    frame = _typed(
        pd.DataFrame(made, columns=list(tickets.TABLE.columns)), "created_at", "opened_at", "closed_at", "updated_at"
    )
    for position, rules in broken_rules(TICKET_SCHEMA, frame).items():
        reason = "; ".join(f"{column}: {rule}" for column, rule in rules)
        found[position].refused = found[position].refused or ("never_possible", reason)
    kept = [ticket.refused is None for ticket in found]
    chunk.tickets = frame[kept]
    chunk.messages = _frame([row for ticket in found if ticket.refused is None for row in ticket.messages])
    for ticket in found:
        _tell(ticket, chunk, context)
    chunk.message_losses, chunk.ticket_losses = _summed(chunk.message_losses), _summed(chunk.ticket_losses)
    return chunk


def _summed(losses: list[Loss]) -> list[Loss]:
    """Losses of no single record become one row a field, kind and day."""
    counts: Counter[tuple[str, str, str | None]] = Counter()
    kept = []
    for loss in losses:
        if loss.source_id:
            kept.append(loss)
        else:
            counts[(loss.field, loss.kind, loss.partition)] += loss.count
    return kept + [Loss(where, kind, count=n, partition=day) for (where, kind, day), n in counts.items()]


def _converse(
    found: Sequence[Ticket], activities: dict[str, list[Activity]], context: StagingContext, chunk: ConversationBatch
) -> None:
    """Description first, then activities and tasks. A message that the map refuses goes to quarantine alone."""
    version = context.mapping.mapping_version
    for ticket in found:
        tickets.check_subject(ticket)
        tickets.check_times(ticket)
        tickets.check_tags(ticket)
        tickets.check_team(ticket, context)
        try:
            about = messages.description(ticket, context)
        except Exception as error:
            ticket.refused = ticket.refused or ("never_possible", f"its description: {_raised(error)}")
            about = None
        if about:
            ticket.messages.append(about)
        for row, record, applied, i in activities.get(ticket.source_id, []):
            make = task_notes.task if row["role"] == "task" else messages.activity
            if i in applied.rejects and ticket.refused is None:
                _refuse(ticket, _stand_in(row, ticket), "needs_mapping", applied.rejects[i], version, chunk)
                continue
            try:
                made = make(ticket, row, record, applied, i, context)
            except Exception as error:
                _refuse(ticket, _stand_in(row, ticket), "never_possible", _raised(error), version, chunk)
                continue
            made["source_version"] = row["content_hash"]
            ticket.messages.append(made)
        _put_in_order(ticket)


def _stand_in(row: dict[str, Any], ticket: Ticket) -> dict[str, Any]:
    """What quarantine needs of a record that no message was made of."""
    source_id = str(row["source_id"])
    return {
        "source_id": f"{source_id}@{ticket.source_id}",
        "external_id": source_id,
        "source_version": row["content_hash"],
    }


def _raised(error: Exception) -> str:
    """Which error, and not its words: they may quote the record."""
    return f"its content could not be read ({type(error).__name__})"


def _put_in_order(ticket: Ticket) -> None:
    """Messages stand in the order of their times; a description that is younger than them is dated at the first.

    It opens the ticket wherever it came from: a ticket that an earlier migration made is younger than its mails.
    """
    about = next((row for row in ticket.messages if row["kind"] == "description"), None)
    first = min((row["created_at"] for row in ticket.messages), default=None)
    if about and first and first < about["created_at"]:
        about["created_at"] = about["sent_at"] = first
        ticket.count("description", "dated at the first message, which is older than the ticket", ticket.source_id)
    ticket.messages.sort(key=lambda row: row["created_at"])


def _quarantine_broken_messages(found: Sequence[Ticket], chunk: ConversationBatch, context: StagingContext) -> None:
    """A message that breaks a limit stays behind; its ticket goes on and tells so."""
    owners = [(ticket, row) for ticket in found for row in ticket.messages]
    broken = broken_rules(MESSAGE_SCHEMA, _frame([row for _, row in owners]))
    for position, rules in broken.items():
        ticket, row = owners[position]
        if ticket.refused is None:
            reason = "; ".join(f"{column}: {rule}" for column, rule in rules)
            ticket.messages.remove(row)
            _refuse(ticket, row, "never_possible", reason, context.mapping.mapping_version, chunk)


def _refuse(
    ticket: Ticket, row: dict[str, Any], kind: str, reason: str, version: str, chunk: ConversationBatch
) -> None:
    chunk.message_quarantine.append(
        Quarantined(row["source_id"], kind, reason, row["source_version"], ticket.partition, version)
    )
    ticket.lost.append(f"{row['external_id']} was not carried over: {reason}")


def _finish(ticket: Ticket, context: StagingContext, history: dict[str, Any] | None) -> None:
    """Placeholder, the note on the last changes at its time, loss note, note on files, positions."""
    if not ticket.messages:
        ticket.messages.append(messages.placeholder(ticket))
    if history:
        earlier = [place for place, row in enumerate(ticket.messages) if row["created_at"] <= history["created_at"]]
        ticket.messages.insert(max(earlier, default=0) + 1, history)
    last = max(row["created_at"] for row in ticket.messages)
    note = messages.loss_note(ticket, last)
    about_files = None if context.files_later else undelivered_note(ticket, last)
    ticket.messages += [row for row in (note, about_files) if row]
    for position, row in enumerate(ticket.messages):
        row["position"] = position


def _tell(ticket: Ticket, chunk: ConversationBatch, context: StagingContext) -> None:
    """Losses of what goes on; quarantine of what does not, messages with their parent's reason."""
    if ticket.refused is None:
        chunk.ticket_losses += [loss for loss in ticket.losses if loss.source_id == ticket.source_id]
        chunk.message_losses += [loss for loss in ticket.losses if loss.source_id != ticket.source_id]
        return
    kind, reason = ticket.refused
    version = context.mapping.mapping_version
    chunk.ticket_quarantine.append(
        Quarantined(ticket.source_id, kind, reason, ticket.row["content_hash"], ticket.partition, version)
    )
    chunk.message_quarantine += [
        Quarantined(row["source_id"], kind, f"its ticket: {reason}", row["source_version"], ticket.partition, version)
        for row in ticket.messages
        if not row["synthetic"]
    ]


def _frame(made: list[dict[str, Any]]) -> pd.DataFrame:
    return _typed(pd.DataFrame(made, columns=list(messages.TABLE.columns)), "created_at", "sent_at")


def _typed(frame: pd.DataFrame, *moments: str) -> pd.DataFrame:
    for name in moments:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame
