"""Messages that did not fit into their ticket's create call, appended in order, one call each; and late files."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import dagster as dg

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.attachments.deferred_attachments import add_files, late_messages, late_writes
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.batches import batches
from migration_assets.gorgias.id_resolver import target_ids
from migration_assets.gorgias.load.initial_base import append_notes, enter_initial_bases
from migration_assets.gorgias.load.ticket_payload import TargetIds, message_append, sent_as_staged, ticket_write
from migration_assets.gorgias.load_step import apply_writes, merged, result
from migration_assets.gorgias.merge_base import with_base
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.staged_reader import read
from migration_assets.partitions import daily_partitions
from migration_assets.set_aside import first_set_aside
from migration_assets.settings import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import moment
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger, LedgerResource
from resources.ledger.records import WRITTEN, State, WriteKey
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
    """The rest of long tickets, from the 501st message or past 8 MB of text; and files that came after their ticket.

    What a ticket gained after its first load is appended with its other changes (gorgias/ticket_changes).
    """
    open_warehouse, open_ledger, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    staged_reader.ensure(open_warehouse)
    require_not_failed(open_ledger, BEFORE_LOADS, keys)
    messages = open_warehouse.scalar("SELECT count(*) FROM staging.messages WHERE list_contains(?, partition)", [keys])
    waiting = _waiting(open_warehouse, open_ledger, keys)
    late = late_messages(open_warehouse, open_ledger, keys)
    if not waiting and not late:
        return dg.MaterializeResult(metadata={"messages": messages, "appended": 0, "late_files": 0, "sent": 0})
    require_open(open_ledger, ["gorgias/canary"])
    holding = {day for table in ("messages", "attachments") for day in staged_reader.days(open_warehouse, table, keys)}
    require_open(open_ledger, ["staging/messages", "staging/attachments"], keys, holding)
    people = target_ids(open_ledger, gorgias.reader, settings.get().gorgias_fallback_user)
    rest = list(_rest(open_warehouse, open_ledger, keys, waiting, people))
    files = MessageFiles.read(open_warehouse, open_ledger, keys, [ticket["source_id"] for ticket, _, _ in rest])
    total, tallies = sum(len(rows) for _, _, rows in rest), []
    note(open_warehouse, append_notes([(ticket["source_id"], rows) for ticket, _, rows in rest], people, files))
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        # One round sends the next message of every long ticket: in order within a ticket, side by side across them.
        for row in zip_longest(
            *([message_append(number, message, people, files) for message in rows] for _, number, rows in rest)
        ):
            tallies.append(
                apply_writes(context, writer, open_ledger, "gorgias/ticket_messages", total, filter(None, row))
            )
        # A later write moves updated_datetime (gorgias-api.md 6.7), so it is set again after the last one.
        tallies.append(
            apply_writes(
                context,
                writer,
                open_ledger,
                "gorgias/ticket_messages: times",
                len(rest),
                (_times(t, n) for t, n, _ in rest),
            )
        )
        late = late_messages(open_warehouse, open_ledger, keys)
        if late:
            tallies += add_files(context, writer, open_warehouse, open_ledger, late, people.fallback_user)
    enter_initial_bases(open_warehouse, open_ledger, keys, people)
    return result(
        merged(tallies),
        messages=messages,
        appended=total,
        long_tickets=len(rest),
        late_files=len(late),
        **first_set_aside(open_ledger, ["messages"], keys),
    )


def writes(warehouse: Warehouse, ledger: Ledger, keys: list[str], target_ids: TargetIds) -> Iterator[Write]:
    """All of it at once, for who only plans."""
    rest = list(_rest(warehouse, ledger, keys, _waiting(warehouse, ledger, keys), target_ids))
    files = MessageFiles.read(warehouse, ledger, keys, [ticket["source_id"] for ticket, _, _ in rest])
    for ticket, number, late in rest:
        yield from (message_append(number, message, target_ids, files) for message in late)
        yield _times(ticket, number)
    yield from late_writes(warehouse, ledger, late_messages(warehouse, ledger, keys))


def _waiting(warehouse: Warehouse, ledger: Ledger, keys: list[str]) -> dict[str, list[str]]:
    """Ticket -> its messages that are in no DONE create, for tickets whose first load is not over.

    What is appended already is kept in the list: the gate knows it, and so a second run sends nothing.
    """
    staged = warehouse.query(
        "SELECT ticket_source_id, source_id FROM staging.messages WHERE list_contains(?, partition)", [keys]
    )
    booked = ledger.outcomes_of("messages", keys)
    inside = set(booked.loc[booked["outcome"].isin(["created", "adopted"]), "source_id"])
    sent = ledger.known(ledger.keys_of("messages", "append", keys))
    # One that was rolled back is in the create of its ticket now, or is late again because it does not fit into it.
    appended = {key.source_id for key, row in sent.items() if row.state is not State.ROLLED_BACK}
    late = staged[~staged["source_id"].isin(inside) | staged["source_id"].isin(appended)]
    begun = with_base(warehouse, "tickets", late["ticket_source_id"].unique().tolist())
    late = late[~late["ticket_source_id"].isin(begun)]
    return {str(ticket): found.tolist() for ticket, found in late.groupby("ticket_source_id")["source_id"]}


def _rest(
    warehouse: Warehouse, ledger: Ledger, keys: list[str], waiting: dict[str, list[str]], target_ids: TargetIds
) -> Iterator[tuple[dict[str, Any], int, list[dict[str, Any]]]]:
    """(ticket, its Gorgias id, its late messages) for tickets that were created from the rows staged now.

    One that was staged anew since is left to the merge, which looks at the ticket before it writes to it.
    """
    for batch in batches(sorted(waiting), 100):
        known = ledger.known([WriteKey("tickets", source_id, "create") for source_id in batch])
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


def _times(ticket: dict[str, Any], number: int) -> Write:
    body = {"status": ticket["status"]}
    if ticket["updated_at"] is not None:
        body["updated_datetime"] = moment(ticket["updated_at"])
    key = WriteKey("tickets", ticket["source_id"], "update")
    return Write(key, "PUT", f"/api/tickets/{number}", body, partition=ticket["partition"])
