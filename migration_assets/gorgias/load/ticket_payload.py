"""From staged rows to one ticket request: ids resolved, messages cut to what one call may hold.

It belongs here: the translation of source ids into Gorgias ids. It does not: rules about values (they were decided
in staging) and sending.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from migration_assets.gorgias.attachments.ticket_files import NO_FILES, MessageFiles, without_images
from resources.gorgias.wire import (
    MAX_MESSAGES,
    MAX_TICKET_BYTES,
    Address,
    FieldValue,
    Message,
    NamedTag,
    Ref,
    Source,
    Ticket,
)
from resources.gorgias.writer.write import Write
from resources.ledger import Outcome
from resources.ledger.records import WriteKey

_REST = 2_000
"""More characters than a message has beside its row's texts, or one file of it: names of fields, times, ids."""


@dataclass(frozen=True)
class TargetIds:
    """Gorgias ids by source id."""

    customers: Mapping[str, int]
    users: Mapping[str, int]
    teams: Mapping[str, int]
    fields: Mapping[str, int]
    fallback_user: int


def message_body(row: Mapping[str, Any], target_ids: TargetIds, files: MessageFiles = NO_FILES) -> Message:
    """One staged message; people by id only. An author without a Gorgias user is named in `meta` and the body."""
    message = row["source_id"]
    user = row["sender_type"] == "user"
    sender = target_ids.users.get(row["sender_source_id"]) if user else target_ids.customers[row["sender_source_id"]]
    meta = json.loads(row["meta"] or "{}")
    text = row["body_text"]
    if sender is None and row["sender_source_id"]:
        meta["author"] = row["sender_source_id"]
        text = f"[Author in Ivinex: {meta.get('author_name') or row['sender_source_id']}]\n{text or ''}"
    receiver = row["receiver_source_id"]
    if receiver is not None:
        people = target_ids.users if row["receiver_type"] == "user" else target_ids.customers
        receiver = people.get(receiver)
    return Message(
        channel=row["channel"],
        via=row["via"],
        from_agent=bool(row["from_agent"]),
        sender=Ref(id=sender if sender is not None else target_ids.fallback_user),
        receiver=Ref(id=receiver) if receiver is not None else None,
        source=_source(row["source"]),
        subject=row["subject"],
        body_text=files.text(message, text),
        body_html=files.html(message, row["body_html"]),
        public=bool(row["public"]),
        external_id=row["external_id"],
        message_id=row["message_id"],
        meta=meta or None,
        attachments=files.attachments(message) or None,
        created_datetime=row["created_at"],
        sent_datetime=row["sent_at"],
    )


def ticket_write(
    row: Mapping[str, Any],
    messages: list[dict[str, Any]],
    target_ids: TargetIds,
    mapping_version: str,
    files: MessageFiles = NO_FILES,
) -> Write:
    """The whole ticket as one write; what does not fit into the call is appended later (gorgias/ticket_messages)."""
    bodies = [message_body(message, target_ids, files) for message in messages]
    return _sized(row, messages, bodies, _fitting(bodies, messages), target_ids, mapping_version, files)


def _sized(
    row: Mapping[str, Any],
    messages: list[dict[str, Any]],
    bodies: list[Message],
    number: int,
    target_ids: TargetIds,
    mapping_version: str,
    files: MessageFiles,
) -> Write:
    partition = row["partition"]
    assignee = target_ids.users.get(row["assignee_source_id"]) if row["assignee_source_id"] else None
    team = target_ids.teams.get(row["team_source_id"]) if row["team_source_id"] else None
    values = json.loads(row["field_values"] or "{}")
    ticket = Ticket(
        external_id=row["external_id"],
        customer=Ref(id=target_ids.customers[row["customer_source_id"]]),
        subject=row["subject"],
        status=row["status"],
        priority=row["priority"],
        channel=row["channel"],
        from_agent=bool(row["from_agent"]),
        assignee_user=Ref(id=assignee) if assignee is not None else None,
        assignee_team=Ref(id=team) if team is not None else None,
        tags=[NamedTag(name=name) for name in json.loads(row["tags"])],
        custom_fields=[
            FieldValue(id=target_ids.fields[name], value=value)
            for name, value in values.items()
            if name in target_ids.fields
        ],
        meta=json.loads(row["meta"] or "{}"),
        messages=bodies[:number],
        created_datetime=row["created_at"],
        opened_datetime=row["opened_at"],
        closed_datetime=row["closed_at"],
        updated_datetime=row["updated_at"],
    )
    rows = [Outcome(row["source_id"], "created", partition=partition)]
    rows += [message_outcome(message) for message in messages[:number]]
    rows += [outcome for message in messages[:number] for outcome in files.outcomes(message["source_id"])]
    body = ticket.body()
    return Write(
        WriteKey("tickets", row["source_id"], "create"),
        "POST",
        "/api/tickets",
        body,
        tuple(rows),
        partition,
        mapping_version,
        basis=_hash_payload(body, messages, target_ids, files),
        smaller=None
        if number < 2
        else lambda: _sized(row, messages, bodies, number // 2, target_ids, mapping_version, files),
    )


def sent_as_staged(write: Write, payload_hash: str) -> int | None:
    """How many messages went in the create with this digest; None where it was made from other rows.

    A create that Gorgias found too large was sent with half its messages, and half of those.
    """
    while write.payload_hash != payload_hash:
        smaller = write.smaller() if write.smaller else None
        if smaller is None:
            return None
        write = smaller
    return len(write.body["messages"])


def message_append(
    number: int, message: Mapping[str, Any], target_ids: TargetIds, files: MessageFiles = NO_FILES
) -> Write:
    """One message added to a ticket that is there."""
    body = message_body(message, target_ids, files).body() | {"imported": True}
    # As for a ticket's create: files make it no other message.
    changed = files.concern(message) and message["kind"] != "undelivered"
    basis = message_hash_payload(body, message, target_ids) if changed else None
    key = WriteKey("messages", message["source_id"], "append")
    path = f"/api/tickets/{number}/messages"
    rows = (message_outcome(message), *files.outcomes(message["source_id"]))
    return Write(key, "POST", path, body, rows, message["partition"], basis=basis)


def _hash_payload(
    body: dict[str, Any], messages: list[dict[str, Any]], target_ids: TargetIds, files: MessageFiles
) -> dict[str, Any] | None:
    """The ticket as staged: neither addresses of uploads nor files that come later make it another ticket.

    None where no message has to do with files, so that the body itself is hashed.
    """
    pairs = list(zip(body["messages"], messages, strict=False))
    if not any(files.concern(message) for _, message in pairs):
        return None
    staged = [
        message_hash_payload(sent, message, target_ids) if files.concern(message) else sent
        for sent, message in pairs
        if message["kind"] != "undelivered"
    ]
    return body | {"messages": staged}


def message_hash_payload(sent: dict[str, Any], message: Mapping[str, Any], target_ids: TargetIds) -> dict[str, Any]:
    """A message without all that its files make of it."""
    kept = {name: value for name, value in sent.items() if name != "attachments"}
    kept |= {"body_text": message_body(message, target_ids).body_text}
    html = message["body_html"]
    return kept | ({"body_html": without_images(html)} if html is not None else {})


def message_outcome(message: Mapping[str, Any]) -> Outcome:
    return Outcome(
        message["source_id"],
        "created",
        partition=message["partition"],
        synthetic=bool(message["synthetic"]),
        object="messages",
    )


def _fitting(bodies: list[Message], rows: Sequence[Mapping[str, Any]]) -> int:
    """How many messages one create may carry: 500 or 8 MB, whichever comes first (docs/write-gate.md)."""
    # As JSON a character is six at most, and so is what an address of an upload is longer than the one in its place.
    # Only what may be too large is written to see how large it is.
    longest = sum(len(value) for row in rows for value in row.values() if isinstance(value, str))
    longest += sum(_REST * (1 + len(body.attachments or ())) for body in bodies)
    if len(bodies) <= MAX_MESSAGES and longest * 6 < MAX_TICKET_BYTES:
        return len(bodies)
    total = 0
    for number, body in enumerate(bodies[:MAX_MESSAGES]):
        total += len(orjson.dumps(body.body()))
        if total > MAX_TICKET_BYTES and number:
            return number
    return min(len(bodies), MAX_MESSAGES)


def _source(text: str | None) -> Source | None:
    if not text:
        return None
    held = json.loads(text)
    sender = held.get("from")
    return Source(
        type=held["type"],
        sender=Address(**sender) if sender else None,
        **{name: [Address(**one) for one in held.get(name) or []] for name in ("to", "cc", "bcc")},
    )
