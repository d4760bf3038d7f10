"""Rows of staging.tickets: one ticket's create call without its messages. Pure; `conversations.py` is the asset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from checks.schemas.tickets import SCHEMA
from checks.table import table_of
from migration_assets.staging.bodies.body_rewriter import BodyRewriter
from migration_assets.staging.context import StagingContext, normalized_name
from migration_assets.staging.definitions.tag_names import AI_IGNORE, TAG_LENGTH
from migration_assets.transforms.addresses import decoded
from migration_assets.transforms.apply import MappedRecords
from migration_assets.transforms.text import SUBJECT_LENGTH, cut
from resources.ledger import Loss

TABLE = table_of(SCHEMA)


@dataclass
class Customer:
    """The customer of a ticket, as staged.

    Attributes:
        addresses: of its channels, masked in a staging account.
    """

    source_id: str
    name: str | None
    email: str | None
    addresses: frozenset[str]


@dataclass
class Ticket:
    """A ticket of the chunk while its conversation is put together.

    Attributes:
        row: its row of ivinex.tickets.
        record: the wire record.
        applied, at: its map results and its position in them.
        contact: the contact that it names, else the id of a stub of its own.
        messages: rows of staging.messages, without position.
        lost: what the ticket's internal note has to tell, one line each.
        losses: the same for the loss ledger.
        refused: why it goes to quarantine, as (reason class, reason).
        bodies: finishes the bodies of its messages.
        undelivered: what its note on files has to tell, one line each.
    """

    row: dict[str, Any]
    record: dict[str, Any]
    applied: MappedRecords
    at: int
    customer: Customer | None
    created_at: datetime
    contact: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    refused: tuple[str, str] | None = None
    bodies: BodyRewriter | None = None
    undelivered: list[str] = field(default_factory=list)

    @property
    def source_id(self) -> str:
        return str(self.row["source_id"])

    @property
    def partition(self) -> str:
        return str(self.row["partition"])

    def get(self, name: str) -> Any:
        return self.applied.get(name, self.at)

    def lose(self, field_: str, kind: str, source_id: str, line: str | None = None) -> None:
        """Note a loss of this ticket's content, for the ledger and for the agents who read the ticket."""
        self.losses.append(Loss(field_, kind, source_id, partition=self.partition))
        self.lost.append(line or f"{field_} of {source_id}: {kind}")

    def count(self, field_: str, kind: str, source_id: str, number: int = 1) -> None:
        """Note something for the ledger alone: what became of it can be seen in the record itself."""
        self.losses.append(Loss(field_, kind, source_id, count=number, partition=self.partition))

    @property
    def whole_subject(self) -> str:
        return " ".join(decoded(self.get("subject") or "").split())

    @property
    def subject(self) -> str | None:
        return cut(self.whole_subject, SUBJECT_LENGTH)[0] or None


def created_at(row: dict[str, Any], first_activity: datetime | None) -> datetime:
    """When the ticket was created, always on its partition's day.

    A ticket without a usable created date is here only where the map chose a fallback (docs/reading-ivinex.md): then it
    is the moment which gave the ticket its day.
    """
    for moment in (row["created_at"], first_activity, row["modified_at"]):
        if moment is not None and f"{moment:%Y-%m-%d}" == row["partition"]:
            return moment
    return datetime.strptime(row["partition"], "%Y-%m-%d").replace(tzinfo=UTC)


def ticket_row(ticket: Ticket, context: StagingContext, tab_name: str) -> dict[str, Any]:
    """The row, from the ticket and its finished messages.

    The channel is that of the first activity that is no internal note, else `api`: a note is not a way in which a
    customer came. The direction is that of the first message.
    """
    status = ticket.get("status") or "open"
    modified = ticket.row["modified_at"] or ticket.created_at
    closed = (ticket.get("closed") or modified) if status == "closed" else None
    channels = [m["channel"] for m in ticket.messages if m["kind"] == "activity" and m["channel"] != "internal-note"]
    tags = [AI_IGNORE, *(tag[:TAG_LENGTH] for tag in ticket.get("tags") or ())]
    return {
        "partition": ticket.partition,
        "source_id": ticket.source_id,
        "external_id": ticket.source_id,
        "contact_source_id": ticket.contact,
        "customer_source_id": ticket.customer.source_id if ticket.customer else "",
        "subject": ticket.subject,
        "status": status,
        "priority": ticket.get("priority") or "normal",
        "channel": channels[0] if channels else "api",
        "from_agent": ticket.messages[0]["from_agent"],
        "assignee_source_id": ticket.get("assignee"),
        "team_source_id": context.teams.get(normalized_name(ticket.get("team") or "")),
        "tags": orjson.dumps(list(dict.fromkeys(tags))).decode(),
        "field_values": orjson.dumps(ticket.applied.custom[ticket.at]).decode(),
        "meta": orjson.dumps(_meta(ticket, context, tab_name)).decode(),
        "created_at": ticket.created_at,
        "opened_at": ticket.created_at,
        "closed_at": closed,
        "updated_at": modified,
        "messages": len(ticket.messages),
        "source_version": ticket.row["content_hash"],
    }


def check_times(ticket: Ticket) -> None:
    """Losses of times: a created date that had to be replaced, a closing time that is not known."""
    if ticket.row["created_at"] != ticket.created_at:
        ticket.losses.append(
            Loss("created_date", "unusable, the map's fallback taken", ticket.source_id, partition=ticket.partition)
        )
    if ticket.get("status") == "closed" and not ticket.get("closed"):
        ticket.losses.append(
            Loss("closed", "closing time unknown, last change taken", ticket.source_id, partition=ticket.partition)
        )


def check_team(ticket: Ticket, context: StagingContext) -> None:
    """A team that is none of the staged ones stays in meta: the ticket has no team in Gorgias."""
    team = ticket.get("team")
    if team and normalized_name(team) not in context.teams:
        ticket.losses.append(
            Loss("team", "no team of that name, kept in meta", ticket.source_id, partition=ticket.partition)
        )


def check_tags(ticket: Ticket) -> None:
    if any(len(tag) > TAG_LENGTH for tag in ticket.get("tags") or ()):
        ticket.lose("tags", f"cut at {TAG_LENGTH} characters", ticket.source_id)


def check_subject(ticket: Ticket) -> None:
    if len(ticket.whole_subject) > SUBJECT_LENGTH:
        ticket.lose("subject", f"cut at {SUBJECT_LENGTH} characters", ticket.source_id)


def _meta(ticket: Ticket, context: StagingContext, tab_name: str) -> dict[str, Any]:
    """The Ivinex facts that Gorgias has no field for; times as Ivinex shows them, in its own zone."""
    labels: Sequence[tuple[str, Any]] = [
        (f"ivinex_{name}", ticket.applied.shown[name][ticket.at])
        for name in ("status", "priority", "team")
        if name in ticket.applied.shown
    ]
    author = context.lookups.user(str(ticket.record.get("created_by") or ""))
    modifier = context.lookups.user(str(ticket.record.get("modified_by") or ""))
    facts = {
        "ivinex_id": ticket.source_id,
        "ivinex_tab": tab_name,
        "ivinex_author": author["source_id"] if author else None,
        "ivinex_modifier": modifier["source_id"] if modifier else None,
        # Whoever has no user in Gorgias leaves the ticket unassigned: then only this says whose it was.
        "ivinex_owner": ticket.get("assignee"),
        "ivinex_created": ticket.record.get("created_date"),
        "ivinex_modified": ticket.record.get("modified_date"),
        **dict(labels),
        **ticket.applied.extra[ticket.at],
    }
    return {key: value for key, value in facts.items() if value is not None}
