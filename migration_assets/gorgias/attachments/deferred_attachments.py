"""Files that came after their ticket: of the pass of FILES=later, and new ones on known tickets.

It belongs here: which files those are, and the writes that add them. It does not: uploading (files.py).

A message takes its whole list of attachments by PUT. Whether an account allows that is not promised (gorgias-api.md
6.8), so one is tried first; where it is refused, the files come in an internal note beside their message.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.load_step import apply_writes
from migration_assets.gorgias.step_context import StepContext
from resources.gorgias.wire import Message, Ref, moment
from resources.gorgias.wire import MessageFiles as Body
from resources.gorgias.writer.write import Tally, Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse

PHASE = "gorgias/ticket_messages: files"
_DELIVERED = ("created", "adopted", "conflict")


@dataclass(frozen=True)
class DeferredFiles:
    """A message in Gorgias with files that it does not carry yet."""

    message: dict[str, Any]
    ticket: dict[str, Any]
    ticket_id: int
    message_id: int


def late_messages(warehouse: Warehouse, ledger: Ledger, days: Sequence[str]) -> list[DeferredFiles]:
    """Messages that are in Gorgias, with an uploaded file that no request has carried."""
    if not warehouse.exists("staging.attachments"):
        return []
    booked = ledger.outcomes.outcomes_of("files", days)
    done = set(booked.loc[booked["outcome"].isin(_DELIVERED), "source_id"])
    rows = warehouse.rows(
        "SELECT source_id, message_source_id, sha256 FROM staging.attachments WHERE list_contains(?, partition)",
        [list(days)],
    )
    open_rows = [row for row in rows if row["source_id"] not in done]
    held = ledger.uploads.of(row["sha256"] for row in open_rows)
    wanted = {row["message_source_id"] for row in open_rows if row["sha256"] in held}
    if not wanted:
        return []
    written = ledger.outcomes.outcomes_of("messages", days)
    there = written[written["outcome"].isin(["created", "adopted"]) & written["source_id"].isin(wanted)]
    there = there[there["gorgias_id"].notna()]
    ids = dict(zip(there["source_id"], there["gorgias_id"].astype(int), strict=True))
    messages = warehouse.rows(
        "SELECT * FROM staging.messages WHERE list_contains(?, partition) AND list_contains(?, source_id) "
        "ORDER BY ticket_source_id, position",
        [list(days), sorted(ids)],
    )
    parents = sorted({message["ticket_source_id"] for message in messages})
    tickets = {
        row["source_id"]: row
        for row in warehouse.rows(
            "SELECT * FROM staging.tickets WHERE list_contains(?, partition) AND list_contains(?, source_id)",
            [list(days), parents],
        )
    }
    numbers = ledger.known_writes.gorgias_ids("tickets", parents)
    return [
        DeferredFiles(message, tickets[parent], numbers[parent], ids[message["source_id"]])
        for message in messages
        if (parent := message["ticket_source_id"]) in numbers and parent in tickets
    ]


def add_files(
    context: StepContext, writer: Writer, warehouse: Warehouse, late: Sequence[DeferredFiles], author: int
) -> Iterator[Tally]:
    """Attach the files to their messages; where the account refuses that, add notes.

    Args:
        author: Gorgias user of the notes.
    """
    ledger = writer.ledger
    days = sorted({one.ticket["partition"] for one in late})
    files = MessageFiles.read(warehouse, ledger, days, sorted({one.ticket["source_id"] for one in late}))
    first, *others = late
    tally = apply_writes(context, writer, PHASE, len(late), [_attach(first, files)])
    yield tally
    refused = [first] if tally["refused"] else []
    if refused:
        refused += others
    elif others:
        tally = apply_writes(context, writer, PHASE, len(late), (_attach(one, files) for one in others))
        yield tally
        gone = set(tally.refused)
        refused = [one for one in others if one.message["source_id"] in gone]
    if refused:
        open_ids = _open(ledger, days, files)
        yield apply_writes(
            context, writer, PHASE, len(refused), (_note(one, files, open_ids, author) for one in refused)
        )
    # A later write moves updated_datetime (gorgias-api.md 6.7), so it is set again after the last one.
    tickets = {one.ticket_id: one for one in late}
    yield apply_writes(
        context, writer, f"{PHASE}, times", len(tickets), (_times(one, files) for one in tickets.values())
    )


def late_writes(warehouse: Warehouse, ledger: Ledger, late: Sequence[DeferredFiles]) -> Iterator[Write]:
    """The writes that the account is asked for first, for who only plans."""
    days = sorted({one.ticket["partition"] for one in late})
    files = MessageFiles.read(warehouse, ledger, days, sorted({one.ticket["source_id"] for one in late}))
    yield from (_attach(one, files) for one in late)


def _attach(one: DeferredFiles, files: MessageFiles) -> Write:
    """The message's whole list, because a PUT may replace what is there, and the HTML in which it is shown."""
    message = one.message
    shown = files.html(message["source_id"], message["body_html"]) if files.shows(message) else None
    body = Body(
        channel=message["channel"],
        from_agent=bool(message["from_agent"]),
        sent_datetime=message["sent_at"],
        attachments=files.attachments(message["source_id"]),
        body_html=shown,
    ).body()
    key = WriteKey("messages", message["source_id"], "files")
    path = f"/api/tickets/{one.ticket_id}/messages/{one.message_id}"
    rows = tuple(files.outcomes(message["source_id"]))
    return Write(key, "PUT", path, body, rows, message["partition"], basis=_listed(one, files))


def _note(one: DeferredFiles, files: MessageFiles, open_ids: set[str], author: int) -> Write:
    """An internal note at the message's own time, with the files that it lacks."""
    message = one.message
    rows = [row for row in files.outcomes(message["source_id"]) if row.source_id in open_ids]
    lacking = {row.source_id for row in rows}
    places = [row["source_id"] for row in files.by_message[message["source_id"]] if row["sha256"] in files.held]
    references = zip(files.attachments(message["source_id"]), places, strict=True)
    attached = [reference for reference, place in references if place in lacking]
    number = len(places) - len(rows)
    external_id = f"{message['external_id']}#files{number or ''}"
    body = Message(
        channel="internal-note",
        via="api",
        from_agent=True,
        sender=Ref(id=author),
        body_text=f"Files of {message['external_id']} in Ivinex.",
        public=False,
        external_id=external_id,
        attachments=attached,
        created_datetime=message["created_at"],
        sent_datetime=message["sent_at"],
    ).body() | {"imported": True}
    note = Outcome(f"{message['source_id']}#files{number or ''}", "created", "", message["partition"], True)
    return Write(
        WriteKey("messages", note.source_id, "append"),
        "POST",
        f"/api/tickets/{one.ticket_id}/messages",
        body,
        (note, *rows),
        message["partition"],
        basis=sorted(lacking),
    )


def _open(ledger: Ledger, days: Sequence[str], files: MessageFiles) -> set[str]:
    booked = ledger.outcomes.outcomes_of("files", days)
    done = set(booked.loc[booked["outcome"].isin(_DELIVERED), "source_id"])
    return {row["source_id"] for rows in files.by_message.values() for row in rows} - done


def _times(one: DeferredFiles, files: MessageFiles) -> Write:
    body = {"status": one.ticket["status"], "updated_datetime": moment(one.ticket["updated_at"])}
    key = WriteKey("tickets", one.ticket["source_id"], "files_update")
    path = f"/api/tickets/{one.ticket_id}"
    return Write(key, "PUT", path, body, partition=one.ticket["partition"], basis=body | {"after": _listed(one, files)})


def _listed(one: DeferredFiles, files: MessageFiles) -> list[str]:
    """Contents and names, without addresses: what makes this the same write again."""
    rows = files.by_message.get(one.message["source_id"], ())
    return sorted(f"{row['sha256']} {row['name']}" for row in rows if row["sha256"] in files.held)
