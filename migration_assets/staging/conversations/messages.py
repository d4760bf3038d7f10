"""Rows of staging.messages: description, activities, placeholder, loss note. Pure; `conversations.py` is the asset."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from checks.schemas.messages import SCHEMA
from checks.table import table_of
from migration_assets.staging.context import StagingContext
from migration_assets.staging.conversations.authorship import Author, AuthorEvidence, author_of, channel_of
from migration_assets.staging.conversations.message_addresses import Envelope, email_source, phone_source
from migration_assets.staging.conversations.tickets import Ticket
from migration_assets.transforms.addresses import decoded
from migration_assets.transforms.apply import MappedRecords
from migration_assets.transforms.text import BODY_BYTES, SUBJECT_LENGTH, Body, cut, cut_bytes, cut_html

TABLE = table_of(SCHEMA)
NO_CONTENT = "(no text in Ivinex)"
VIA = "api"


def description(ticket: Ticket, context: StagingContext) -> dict[str, Any] | None:
    """The ticket's description as its first message, at the ticket's created time; None where there is none.

    Its author is `created_by`: in the admin's list of users an agent, else the customer (docs/mapping.md).
    """
    body = ticket.get("description")
    if not body:
        return None
    created_by = str(ticket.record.get("created_by") or "")
    user = context.lookups.user(created_by) if created_by in context.listed_users else None
    row = _row(ticket, f"{ticket.source_id}#description", "description", ticket.created_at)
    row |= _people(ticket, Author(user is not None, str(user["source_id"]) if user else None), "api")
    row |= {"channel": "api", "subject": ticket.subject, "meta": _json({"ivinex_id": ticket.source_id})}
    return row | _body(ticket, ticket.source_id, "description", body.plain(), body.html)


def activity(
    ticket: Ticket, row: dict[str, Any], record: dict[str, Any], applied: MappedRecords, i: int, context: StagingContext
) -> dict[str, Any]:
    """One activity on one ticket as a message at its own time."""
    word = applied.get("kind", i) or ("email" if applied.get("from", i) or applied.get("to", i) else "note")
    channel = channel_of(word)
    envelope = Envelope.of(applied, i)
    created_by = str(record.get("created_by") or "") or None
    owner = applied.get("owner", i)
    author = author_of(_evidence(ticket, word, applied, i, envelope, created_by, owner), context)
    external_id = str(row["source_id"])
    made = _row(ticket, external_id, "activity", moment_of(row, applied, i) or ticket.created_at)
    made["source_id"] = f"{external_id}@{ticket.source_id}"
    made |= _people(ticket, author, channel) | {"channel": channel}
    meta = _meta(row, record, applied, i, owner, created_by, context)
    if author.contradiction:
        meta["ivinex_contradiction"] = author.contradiction
        ticket.count("author", "evidence against it, noted in meta", external_id)
    if channel == "email":
        made["source"] = _json(email_source(ticket.customer, author, envelope, context))
        _keep_left_over(ticket, external_id, envelope, meta)
        sender = envelope.sender
        if sender and not author.from_agent and ticket.customer:
            address = context.masked_address(sender["address"])
            if address not in ticket.customer.addresses:
                meta["sender_address"] = address
    else:
        meta |= {f"ivinex_{name}": text for name, text in envelope.everything().items()}
        if channel in ("phone", "sms"):
            made["source"] = _json(phone_source(channel, author, applied.get("phone", i), context))
    made["subject"] = _subject(ticket, external_id, applied.get("subject", i))
    given = (applied.get("message_id", i) or "").strip()
    made["message_id"] = _message_id(given)
    if given not in ("", "0") and not made["message_id"]:
        meta["ivinex_message_id"] = given
    text, html = _content(applied, i, meta)
    if channel == "internal-note":
        text, html = _headed(made["subject"], text, html)
    made |= _body(ticket, external_id, "body", text or _summary(word, made["subject"], meta), html)
    made["meta"] = _json(meta)
    return made


def _evidence(
    ticket: Ticket,
    word: str,
    applied: MappedRecords,
    i: int,
    envelope: Envelope,
    created_by: str | None,
    owner: str | None,
) -> AuthorEvidence:
    of_email = channel_of(word) == "email"
    sender = envelope.sender if of_email else None
    return AuthorEvidence(
        word=word,
        direction=applied.get("direction", i),
        created_by=created_by,
        owner=owner,
        sender=sender["address"] if sender else None,
        unread=of_email and bool(envelope.fields["from"].unread),
        receivers=envelope.receivers if of_email else frozenset(),
        customer=ticket.customer.addresses if ticket.customer else frozenset(),
    )


def _keep_left_over(ticket: Ticket, external_id: str, envelope: Envelope, meta: dict[str, Any]) -> None:
    """What the envelope cannot hold stays in meta, whatever else of the field was read, and is counted."""
    for name, parts in envelope.unread.items():
        meta[f"ivinex_{name}"] = "; ".join(parts)
        ticket.count(name, "no address that can be read, kept in meta", external_id, len(parts))
    if further := envelope.further_senders:
        meta["ivinex_from"] = "; ".join([*further, *envelope.unread.get("from", [])])
        ticket.count("from", "more than one sender, kept in meta", external_id, len(further))


def moment_of(row: dict[str, Any], applied: MappedRecords, i: int) -> datetime | None:
    """The activity's own time: the mapped date, else when it was recorded."""
    moment: datetime | None = applied.get("date", i) or row["created_at"]
    return moment


def note(
    ticket: Ticket,
    external_id: str,
    kind: str,
    at: datetime,
    author: Author,
    text: str,
    html: str | None = None,
    *,
    subject: str | None = None,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An internal note that comes from the source: headed by its subject, cut where it is too long."""
    row = _row(ticket, external_id, kind, at) | _people(ticket, author, "internal-note")
    row |= {"subject": _subject(ticket, external_id, subject), "meta": _json(meta or {})}
    headed, marked = _headed(row["subject"], text, html)
    return row | _body(ticket, external_id, "body", headed or "", marked)


def placeholder(ticket: Ticket) -> dict[str, Any]:
    """A ticket needs a message (gorgias-api.md 6.7): an internal note that says there was none."""
    text = "This ticket had no description and no activity in Ivinex."
    return synthetic_note(ticket, "placeholder", ticket.created_at, text)


def loss_note(ticket: Ticket, at: datetime) -> dict[str, Any] | None:
    """One internal note, dated at the ticket's last message, with what was lost and what the map sends to a note."""
    parts = []
    if ticket.lost:
        parts.append("Not everything of this ticket could be carried over from Ivinex:\n" + _lines(ticket.lost))
    if notes := ticket.applied.notes[ticket.at]:
        parts.append("Further fields of this ticket in Ivinex:\n" + _lines(notes))
    if not parts:
        return None
    return synthetic_note(ticket, "losses", at, cut_bytes("\n\n".join(parts))[0])


def synthetic_note(ticket: Ticket, kind: str, at: datetime, text: str) -> dict[str, Any]:
    """An internal note that the migration makes; one of a kind on a ticket."""
    row = _row(ticket, f"{ticket.source_id}#{kind}", kind, at)
    row |= _people(ticket, Author(True, None), "internal-note")
    return row | {"body_text": text, "synthetic": True}


def _row(ticket: Ticket, external_id: str, kind: str, at: datetime) -> dict[str, Any]:
    return {
        "partition": ticket.partition,
        "source_id": external_id,
        "ticket_source_id": ticket.source_id,
        "external_id": external_id,
        "position": 0,
        "kind": kind,
        "synthetic": False,
        "channel": "internal-note",
        "via": VIA,
        "source": None,
        "subject": None,
        "body_html": None,
        "message_id": None,
        "meta": "{}",
        "source_version": ticket.row["content_hash"],
        "created_at": at,
        "sent_at": at,
    }


def _people(ticket: Ticket, author: Author, channel: str) -> dict[str, Any]:
    """Sender and receiver; notes and incoming messages have no receiver (gorgias-api.md 6.8)."""
    customer = ticket.customer.source_id if ticket.customer else None
    to_customer = author.from_agent and channel != "internal-note"
    return {
        "from_agent": author.from_agent,
        "public": channel != "internal-note",
        "sender_type": "user" if author.from_agent else "customer",
        "sender_source_id": author.user if author.from_agent else customer,
        "receiver_type": "customer" if to_customer else None,
        "receiver_source_id": customer if to_customer else None,
    }


def _content(applied: MappedRecords, i: int, meta: dict[str, Any]) -> tuple[str | None, str | None]:
    """Text and HTML from the mapped bodies; a description beside a body that does not hold it stays in meta."""
    bodies: list[Body] = [body for name in ("html", "body", "description") if (body := applied.get(name, i))]
    if not bodies:
        return None, None
    html = next((body.html for body in bodies if body.html), None)
    plain = applied.get("body", i) or bodies[0]
    text = plain.plain()
    about = applied.get("description", i)
    if about and about is not plain and about.plain().strip() not in text:
        meta["ivinex_description"] = about.plain()
    return text, html


def _meta(
    row: dict[str, Any],
    record: dict[str, Any],
    applied: MappedRecords,
    i: int,
    owner: str | None,
    created_by: str | None,
    context: StagingContext,
) -> dict[str, Any]:
    author = context.lookups.user(created_by)
    shown = applied.shown.get("kind")
    facts = {
        "ivinex_id": row["source_id"],
        "ivinex_kind": shown[i] if shown else None,
        "ivinex_author": author["source_id"] if author else created_by,
        **modified(record, context),
        "ivinex_owner": owner,
        "call_duration": applied.get("duration", i),
        "call_disposition": applied.get("disposition", i),
        **applied.extra[i],
    }
    return {key: value for key, value in facts.items() if value is not None}


def modified(record: dict[str, Any], context: StagingContext) -> dict[str, Any]:
    """When a record was last changed, as Ivinex shows it, and by whom."""
    by = str(record.get("modified_by") or "")
    known = context.lookups.user(by)
    unset = record.get("modified_date") in (None, "", "0000-00-00 00:00:00")
    return {
        "ivinex_modified": None if unset else record["modified_date"],
        "ivinex_modifier": known["source_id"] if known else by if by.strip("0") else None,
    }


def _subject(ticket: Ticket, external_id: str, subject: str | None) -> str | None:
    kept, longer = cut(" ".join(decoded(subject or "").split()), SUBJECT_LENGTH)
    if longer:
        ticket.lose("subject", f"cut at {SUBJECT_LENGTH} characters", external_id)
    return kept or None


def _body(ticket: Ticket, external_id: str, name: str, text: str, html: str | None) -> dict[str, Any]:
    if ticket.bodies is not None:
        # A message's external id is its record's: the ticket's for the description, else the activity's.
        done = ticket.bodies.rewrite(ticket.source_id, ticket.partition, external_id, external_id, text, html)
        text, html = done.text, done.html
        ticket.losses += done.losses
        ticket.undelivered += done.notes
    kept, longer = cut_bytes(text)
    marked, marked_longer = cut_html(html) if html else (None, False)
    if longer or marked_longer:
        ticket.lose(name, f"cut at {BODY_BYTES} bytes", external_id)
    return {"body_text": kept or NO_CONTENT, "body_html": marked}


def _headed(subject: str | None, text: str | None, html: str | None) -> tuple[str | None, str | None]:
    """Gorgias shows no subject of a note, so it becomes the note's first line."""
    if not subject or (text and text.startswith(subject)):
        return text, html
    shown = subject.replace("&", "&amp;").replace("<", "&lt;")
    return f"{subject}\n\n{text}" if text else subject, f"<p><b>{shown}</b></p>{html}" if html else None


def _summary(word: str, subject: str | None, meta: dict[str, Any]) -> str:
    """What is known of an activity without text."""
    known = [meta.get("call_disposition"), meta.get("call_duration")]
    facts = ", ".join(str(fact) for fact in known if fact)
    shown = str(meta.get("ivinex_kind") or word.partition("_")[0].capitalize())
    return f"{shown}: {facts}" if facts else subject or NO_CONTENT


def _message_id(found: str) -> str | None:
    """Ivinex's own where it has one, for threading; `0` is its unset form, and a Message-ID has no spaces."""
    return found if found not in ("", "0") and len(found) <= 998 and found.split() == [found] else None


def _lines(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
