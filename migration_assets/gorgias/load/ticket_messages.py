"""Messages that did not fit into their ticket's create call, appended in order, one call each; and late files."""

from collections.abc import Iterator
from typing import Any

from migration_assets.gorgias.attachments.deferred_attachments import late_messages, late_writes
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.load.ticket_payload import TargetIds, message_append, sent_as_staged, ticket_write
from migration_assets.gorgias.merge_base import with_base
from migration_assets.gorgias.staged_reader import read
from resources.batches import batches
from resources.gorgias.wire import moment
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.ledger.records import WRITTEN, State, WriteKey
from resources.warehouse import Warehouse


def writes(warehouse: Warehouse, ledger: Ledger, keys: list[str], target_ids: TargetIds) -> Iterator[Write]:
    """All of it at once, for who only plans."""
    rest = list(remaining_messages(warehouse, ledger, keys, waiting_messages(warehouse, ledger, keys), target_ids))
    files = MessageFiles.read(warehouse, ledger, keys, [ticket["source_id"] for ticket, _, _ in rest])
    for ticket, number, late in rest:
        yield from (message_append(number, message, target_ids, files) for message in late)
        yield ticket_times(ticket, number)
    yield from late_writes(warehouse, ledger, late_messages(warehouse, ledger, keys))


def waiting_messages(warehouse: Warehouse, ledger: Ledger, keys: list[str]) -> dict[str, list[str]]:
    """Ticket -> its messages that are in no DONE create, for tickets whose first load is not over.

    What is appended already is kept in the list: the gate knows it, and so a second run sends nothing.
    """
    staged = warehouse.query(
        "SELECT ticket_source_id, source_id FROM staging.messages WHERE list_contains(?, partition)", [keys]
    )
    booked = ledger.outcomes.outcomes_of("messages", keys)
    inside = set(booked.loc[booked["outcome"].isin(["created", "adopted"]), "source_id"])
    sent = ledger.known_writes.known(ledger.known_writes.keys_of("messages", "append", keys))
    # One that was rolled back is in the create of its ticket now, or is late again because it does not fit into it.
    appended = {key.source_id for key, row in sent.items() if row.state is not State.ROLLED_BACK}
    late = staged[~staged["source_id"].isin(inside) | staged["source_id"].isin(appended)]
    begun = with_base(warehouse, "tickets", late["ticket_source_id"].unique().tolist())
    late = late[~late["ticket_source_id"].isin(begun)]
    return {str(ticket): found.tolist() for ticket, found in late.groupby("ticket_source_id")["source_id"]}


def remaining_messages(
    warehouse: Warehouse, ledger: Ledger, keys: list[str], waiting: dict[str, list[str]], target_ids: TargetIds
) -> Iterator[tuple[dict[str, Any], int, list[dict[str, Any]]]]:
    """(ticket, its Gorgias id, its late messages) for tickets that were created from the rows staged now.

    One that was staged anew since is left to the merge, which looks at the ticket before it writes to it.
    """
    for batch in batches(sorted(waiting), 100):
        known = ledger.known_writes.known([WriteKey("tickets", source_id, "create") for source_id in batch])
        made = {key.source_id: row for key, row in known.items() if row.state in WRITTEN and row.gorgias_id}
        files = MessageFiles.read(warehouse, ledger, keys, sorted(made))
        for one in read(warehouse, keys, sorted(made)):
            ticket = one.ticket
            row = made[ticket["source_id"]]
            if ticket["customer_source_id"] not in target_ids.customers:
                continue
            if sent_as_staged(ticket_write(ticket, one.messages, target_ids, "", files), row.payload_hash) is None:
                continue
            late = set(waiting[ticket["source_id"]])
            rows = [message for message in one.messages if message["source_id"] in late]
            yield ticket, row.gorgias_id or 0, rows


def ticket_times(ticket: dict[str, Any], number: int) -> Write:
    body = {"status": ticket["status"]}
    if ticket["updated_at"] is not None:
        body["updated_datetime"] = moment(ticket["updated_at"])
    key = WriteKey("tickets", ticket["source_id"], "update")
    return Write(key, "PUT", f"/api/tickets/{number}", body, partition=ticket["partition"])
