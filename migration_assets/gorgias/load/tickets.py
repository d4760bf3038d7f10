"""Tickets of a day: one call each, with the whole history, all times and links."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.load.ticket_payload import TargetIds, message_outcome, ticket_write
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger, Outcome, Quarantined
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse

ORPHAN_STAGE = "load"
"""Stage of rows that cannot be sent because what they refer to is not there."""
NO_CUSTOMER = "its customer is not in Gorgias"
NO_UPLOAD = "its files are not uploaded: materialize gorgias/files first"


@dataclass(frozen=True)
class Orphan:
    """A ticket that cannot be sent, and why: for its messages, as a class, and in full."""

    staged: staged_reader.StagedTicket
    reason: str
    reason_class: str
    told: str


def moved_days(warehouse: Warehouse, ledger: Ledger, keys: Sequence[str]) -> dict[str, str]:
    """Tickets of these days that were loaded under another one, since when the source changed their created date."""
    rows = warehouse.query(
        "SELECT source_id, partition FROM staging.tickets WHERE list_contains(?, partition)", [list(keys)]
    )
    booked = ledger.outcomes.outcomes_of("tickets", keys)
    here = set(zip(booked["source_id"], booked["partition"], strict=True))
    days = {str(name): str(day) for name, day in zip(rows["source_id"], rows["partition"], strict=True)}
    elsewhere = [WriteKey("tickets", name, "create") for name, day in days.items() if (name, day) not in here]
    known = ledger.known_writes.known(elsewhere)
    return {key.source_id: days[key.source_id] for key, row in known.items() if row.partition != days[key.source_id]}


def ticket_writes(
    warehouse: Warehouse,
    ledger: Ledger,
    keys: Sequence[str],
    target_ids: TargetIds,
    version: str,
    only: Sequence[str] | None = None,
) -> Iterator[Write]:
    """One create per staged ticket whose customer is in Gorgias.

    Args:
        only: leave out all tickets but these.
    """
    for chunk in staged_reader.chunks(warehouse, keys, only):
        yield from chunk_writes(warehouse, ledger, keys, chunk, target_ids, version, orphans=[])


def chunk_writes(
    warehouse: Warehouse,
    ledger: Ledger,
    keys: Sequence[str],
    chunk: list[staged_reader.StagedTicket],
    target_ids: TargetIds,
    version: str,
    orphans: list[Orphan],
    noted: Callable[[list[staged_reader.StagedTicket], MessageFiles], None] = lambda _tickets, _files: None,
) -> Iterator[Write]:
    """One create per ticket; those whose customer is not in Gorgias are put into `orphans` instead.

    Args:
        noted: told of the tickets that can be sent, before their creates are given out.
    """
    files = MessageFiles.read(warehouse, ledger, keys, [one.ticket["source_id"] for one in chunk])
    noted([one for one in chunk if one.ticket["customer_source_id"] in target_ids.customers], files)
    for one in chunk:
        if one.ticket["customer_source_id"] not in target_ids.customers:
            reason = f"{NO_CUSTOMER}: {one.ticket['customer_source_id']}"
            orphans.append(Orphan(one, NO_CUSTOMER, "needs_mapping", reason))
        elif files.waiting(one.messages):
            orphans.append(Orphan(one, NO_UPLOAD, "transient", NO_UPLOAD))
        else:
            yield ticket_write(one.ticket, one.messages, target_ids, version, files)


def record_orphans(ledger: Ledger, orphans: list[Orphan], keys: Sequence[str], version: str) -> None:
    """A ticket that refers to what is not there waits with its messages; it is sent once that is solved."""
    ledger.quarantine.record(
        "tickets",
        ORPHAN_STAGE,
        [
            Quarantined(
                one.staged.ticket["source_id"],
                one.reason_class,
                one.told,
                one.staged.ticket["source_version"] or "",
                one.staged.ticket["partition"],
                version,
            )
            for one in orphans
        ],
        keys,
    )
    waiting = [
        Outcome(**(vars(message_outcome(message)) | {"outcome": "quarantined", "reason": f"parent: {one.reason}"}))
        for one in orphans
        for message in one.staged.messages
    ]
    ledger.outcomes.record_outcomes("messages", ORPHAN_STAGE, waiting, keys)
