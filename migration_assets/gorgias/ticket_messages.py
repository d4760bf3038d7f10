"""Messages that did not fit into their ticket's create call, appended in order, one call each; and late files."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import dagster as dg

from checks.gates import require_not_failed, require_open
from checks.verification import NO_MAIL
from migration_assets.gorgias.directory import directory
from migration_assets.gorgias.late_files import add_files, late_messages, late_writes
from migration_assets.gorgias.load import carry_out, merged, result
from migration_assets.gorgias.ticket_body import Directory, message_basis, message_body, message_outcome
from migration_assets.gorgias.ticket_files import MessageFiles
from migration_assets.partitions import daily_partitions
from migration_assets.settings import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import moment
from resources.gorgias.write import Write
from resources.ledger import Ledger, LedgerResource
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse, WarehouseResource


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["gorgias", "tickets"])],
)
def ticket_messages(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The rest of long tickets, from the 501st message or past 8 MB of text; and files that came after their ticket."""
    store, book, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    require_not_failed(book, [NO_MAIL], keys)
    messages = store.scalar("SELECT count(*) FROM staging.messages WHERE list_contains(?, partition)", [keys])
    rest = list(_rest(store, book, keys))
    late = late_messages(store, book, keys)
    if not rest and not late:
        return dg.MaterializeResult(metadata={"messages": messages, "appended": 0, "late_files": 0, "sent": 0})
    require_open(book, ["gorgias/canary"])
    require_open(book, ["staging/messages", "staging/attachments"], keys)
    people = directory(book, gorgias.reader, settings.get().gorgias_fallback_user)
    files = MessageFiles.read(store, book, keys, [ticket["source_id"] for ticket, _, _ in rest])
    total, tallies = sum(len(waiting) for _, _, waiting in rest), []
    with gorgias.gate(book, context.run.run_id) as gate:
        # One round sends the next message of every long ticket: in order within a ticket, side by side across them.
        for row in zip_longest(
            *([_append(number, message, people, files) for message in waiting] for _, number, waiting in rest)
        ):
            tallies.append(carry_out(context, gate, book, "gorgias/ticket_messages", total, filter(None, row)))
        # A later write moves updated_datetime (gorgias-api.md 6.7), so it is set again after the last one.
        tallies.append(
            carry_out(
                context, gate, book, "gorgias/ticket_messages: times", len(rest), (_times(t, n) for t, n, _ in rest)
            )
        )
        late = late_messages(store, book, keys)
        if late:
            tallies += add_files(context, gate, store, book, late, people.fallback_user)
    return result(merged(tallies), messages=messages, appended=total, long_tickets=len(rest), late_files=len(late))


def writes(store: Warehouse, book: Ledger, keys: list[str], people: Directory) -> Iterator[Write]:
    """All of it at once, for who only plans."""
    rest = list(_rest(store, book, keys))
    files = MessageFiles.read(store, book, keys, [ticket["source_id"] for ticket, _, _ in rest])
    for ticket, number, waiting in rest:
        yield from (_append(number, message, people, files) for message in waiting)
        yield _times(ticket, number)
    yield from late_writes(store, book, late_messages(store, book, keys))


def _rest(
    store: Warehouse, book: Ledger, keys: list[str]
) -> Iterator[tuple[dict[str, Any], int, list[dict[str, Any]]]]:
    """(ticket, its Gorgias id, messages that are in no DONE create) for tickets that were created.

    What is appended already is kept in the list: the gate knows it, and so a second run sends nothing.
    """
    long = store.query(
        "SELECT ticket_source_id, source_id FROM staging.messages WHERE list_contains(?, partition)", [keys]
    )
    booked = book.outcomes_of("messages", keys)
    inside = set(booked.loc[booked["outcome"].isin(["created", "adopted"]), "source_id"])
    appended = {key.source_id for key in book.keys_of("messages", "append", keys)}
    waiting = long[~long["source_id"].isin(inside) | long["source_id"].isin(appended)]
    ids = book.gorgias_ids("tickets", waiting["ticket_source_id"].unique())
    wanted = sorted(ids)
    if not wanted:
        return
    tickets = store.rows(
        "SELECT * FROM staging.tickets WHERE list_contains(?, partition) AND list_contains(?, source_id)",
        [keys, wanted],
    )
    late = set(waiting["source_id"])
    for ticket in tickets:
        messages = store.rows(
            "SELECT * FROM staging.messages WHERE partition = ? AND ticket_source_id = ? ORDER BY position",
            [ticket["partition"], ticket["source_id"]],
        )
        rows = [message for message in messages if message["source_id"] in late]
        yield ticket, ids[ticket["source_id"]], rows


def _append(number: int, message: dict[str, Any], people: Directory, files: MessageFiles) -> Write:
    body = message_body(message, people, files).body() | {"imported": True}
    # As for a ticket's create: files make it no other message.
    basis = (
        message_basis(body, message, people) if files.concern(message) and message["kind"] != "undelivered" else None
    )
    key = WriteKey("messages", message["source_id"], "append")
    path = f"/api/tickets/{number}/messages"
    rows = (message_outcome(message), *files.outcomes(message["source_id"]))
    return Write(key, "POST", path, body, rows, message["partition"], basis=basis)


def _times(ticket: dict[str, Any], number: int) -> Write:
    body = {"status": ticket["status"]}
    if ticket["updated_at"] is not None:
        body["updated_datetime"] = moment(ticket["updated_at"])
    key = WriteKey("tickets", ticket["source_id"], "update")
    return Write(key, "PUT", f"/api/tickets/{number}", body, partition=ticket["partition"])
