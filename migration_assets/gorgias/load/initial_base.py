"""The base of tickets right after their first load: what went in the create and what was appended to it.

It belongs here: entering a ticket in gorgias.written without reading Gorgias, because its staged rows would give the
same request as the ledger remembers. It does not: tickets that changed since (delta/ticket_changes.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from migration_assets.gorgias.as_left import LeftBase, LeftBases
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.field_state import state_of, stored
from migration_assets.gorgias.load.ticket_payload import (
    TargetIds,
    message_append,
    message_body,
    sent_as_staged,
    ticket_write,
)
from migration_assets.gorgias.merge_base import Pending, keep, pending
from migration_assets.gorgias.staged_reader import StagedTicket, read
from resources.batches import batches
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, State, WriteKey
from resources.warehouse import Warehouse

CHUNK = 200


def enter_initial_bases(warehouse: Warehouse, ledger: Ledger, keys: Sequence[str], target_ids: TargetIds) -> int:
    """Enter the tickets of these days that have no base and are wholly written as staged; returns how many."""
    confirmed = ledger.decisions.confirmed_mapping()
    mapping = confirmed.version if confirmed else ""
    entered = 0
    for batch in batches((row for row in pending(warehouse, "tickets", keys) if row.base is None), CHUNK):
        by_id = {row.source_id: row for row in batch}
        found: list[tuple[Pending, dict[str, Any] | None]] = []
        tickets = read(warehouse, keys, list(by_id))
        files = MessageFiles.read(warehouse, ledger, keys, list(by_id))
        known = ledger.known_writes.known([key for one in tickets for key in keys_of(one)])
        for one in tickets:
            base = initial_base(one, known, target_ids, mapping, files)
            if base is not None:
                found.append((by_id[one.ticket["source_id"]], base))
        entered += keep(warehouse, "tickets", found)
    return entered


def keys_of(one: StagedTicket) -> list[WriteKey]:
    """Create and update of a ticket, and an append for each of its messages."""
    source_id = one.ticket["source_id"]
    own = [WriteKey("tickets", source_id, part) for part in ("create", "update")]
    return own + [WriteKey("messages", message["source_id"], "append") for message in one.messages]


def initial_base(
    one: StagedTicket,
    known: Mapping[WriteKey, KnownWrite],
    target_ids: TargetIds,
    mapping: str,
    files: MessageFiles,
) -> dict[str, Any] | None:
    """The base of a ticket that was written from these rows; None where it was not, or not wholly yet.

    Args:
        known: what the ledger knows of `keys_of` this ticket.
        mapping: the version of the confirmed map.
    """
    create, update, *appends = (known.get(key) for key in keys_of(one))
    if create is None or create.state not in WRITTEN or one.ticket["customer_source_id"] not in target_ids.customers:
        return None
    write = ticket_write(one.ticket, one.messages, target_ids, "", files)
    inside = sent_as_staged(write, create.payload_hash)
    if inside is None or (update is not None and update.state in UNSETTLED):
        return None
    late = appends[inside:]
    if any(row is None or row.state not in {*WRITTEN, State.REFUSED} for row in late):
        return None
    appended = [(m, row) for m, row in zip(one.messages[inside:], late, strict=True) if row and _through(row)]
    if any(_append_hash(message, target_ids, files) != row.payload_hash for message, row in appended):
        return None  # edited since it was appended
    there = one.messages[:inside] + [message for message, _ in appended]
    return _base(one, write, mapping, there, target_ids, files)


def notes(
    tickets: Sequence[StagedTicket],
    known: Mapping[WriteKey, KnownWrite],
    target_ids: TargetIds,
    mapping: str,
    files: MessageFiles,
) -> Iterator[LeftBase]:
    """The bases that creates which are about to be sent will leave, and the messages that are appended to them."""
    for one in tickets:
        source_id = one.ticket["source_id"]
        write, create = ticket_write(one.ticket, one.messages, target_ids, mapping, files), known.get(keys_of(one)[0])
        if create is not None and create.state in WRITTEN and create.payload_hash == write.payload_hash:
            continue
        base = _base(one, write, mapping, one.messages, target_ids, files)
        yield LeftBase(
            "tickets", source_id, source_id, write.payload_hash, base | {"inside": len(write.body["messages"])}
        )


def append_notes(
    rest: Iterable[tuple[str, list[dict[str, Any]]]], target_ids: TargetIds, files: MessageFiles
) -> Iterator[LeftBase]:
    """The same for messages that are about to be appended: (ticket, its messages)."""
    for ticket, messages in rest:
        for message in messages:
            base, digest = message_base(message, target_ids, files), _append_hash(message, target_ids, files)
            yield LeftBase("messages", ticket, message["source_id"], digest, base)


def base_as_left(
    one: StagedTicket, base: dict[str, Any] | None, known: Mapping[WriteKey, KnownWrite], left: LeftBases
) -> dict[str, Any] | None:
    """The base of a ticket after a stop: what was entered, and over it what was written and not entered.

    Args:
        base: the base that was entered; None where there is none.
    """
    create, update, *appends = (known.get(key) for key in keys_of(one))
    if base is None:
        base = left.of(create)
        if base is None:
            return None
        inside = list(base["messages"].items())[: base["inside"]]
        base = {name: value for name, value in base.items() if name != "inside"} | {"messages": dict(inside)}
    base = left.of(update) or base
    edits = [known.get(WriteKey("messages", message["source_id"], "update")) for message in one.messages]
    over: dict[str, Any] = {}
    for message, append, edit in zip(one.messages, appends, edits, strict=True):
        for row in (append, edit):
            if (found := left.of(row)) is not None:
                over[message["external_id"]] = found
    return base | {"messages": base["messages"] | over} if over else base


def _base(
    one: StagedTicket,
    write: Write,
    mapping: str,
    messages: Sequence[dict[str, Any]],
    target_ids: TargetIds,
    files: MessageFiles,
) -> dict[str, Any]:
    return {
        "mapping": mapping,
        "version": one.ticket["source_version"],
        "ticket": stored(state_of(write.body)),
        "messages": {message["external_id"]: message_base(message, target_ids, files) for message in messages},
    }


def _append_hash(message: dict[str, Any], target_ids: TargetIds, files: MessageFiles) -> str:
    return message_append(0, message, target_ids, files).payload_hash


def message_base(message: dict[str, Any], target_ids: TargetIds, files: MessageFiles) -> dict[str, Any]:
    """The base of one message."""
    return {
        "source_id": message["source_id"],
        "version": message["source_version"],
        "state": stored(state_of(message_body(message, target_ids, files).body())),
    }


def _through(row: KnownWrite | None) -> bool:
    return row is not None and row.state in WRITTEN
