"""Tickets of a day: one call each, with the whole history, all times and links."""

from collections.abc import Iterator, Sequence

import dagster as dg

from checks.gates import require_not_failed, require_open
from checks.verification import NO_MAIL
from migration_assets.gorgias import staged
from migration_assets.gorgias.directory import directory
from migration_assets.gorgias.first_base import enter_first_bases
from migration_assets.gorgias.load import carry_out, result
from migration_assets.gorgias.ticket_body import Directory, message_outcome, ticket_write
from migration_assets.partitions import daily_partitions
from migration_assets.settings import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.write import Write
from resources.ledger import Ledger, LedgerResource, Outcome, Quarantined
from resources.warehouse import Warehouse, WarehouseResource

ORPHAN_STAGE = "load"
"""Stage of rows that cannot be sent because what they refer to is not there."""


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[
        dg.AssetKey(["staging", "tickets"]),
        dg.AssetKey(["staging", "messages"]),
        dg.AssetKey(["gorgias", "users"]),
        dg.AssetKey(["gorgias", "teams"]),
        dg.AssetKey(["gorgias", "tags"]),
        dg.AssetKey(["gorgias", "customers"]),
    ],
)
def tickets(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tickets with up to 500 messages (or 8 MB) in one create call, silent and at their own time.

    The day's gates must be open. A day that was loaded before sends nothing.
    """
    store, book, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    require_open(book, ["gorgias/canary"])
    require_open(book, ["staging/tickets", "staging/messages"], keys)
    require_not_failed(book, [NO_MAIL], keys)
    total = staged.count(store, keys)
    if not total:
        return dg.MaterializeResult(metadata={"tickets": 0, "sent": 0})
    people = directory(book, gorgias.reader, settings.get().gorgias_fallback_user)
    confirmed = book.confirmed_mapping()
    orphans: list[staged.StagedTicket] = []
    wanted = writes(store, keys, people, confirmed.version if confirmed else "", orphans)
    with gorgias.gate(book, context.run.run_id) as gate:
        tally = carry_out(context, gate, book, f"gorgias/tickets {keys[0]}", total, wanted)
    _book_orphans(book, orphans, keys)
    enter_first_bases(store, book, keys, people)
    return result(tally, tickets=total, without_customer=len(orphans))


def writes(
    store: Warehouse, keys: Sequence[str], people: Directory, version: str, orphans: list[staged.StagedTicket]
) -> Iterator[Write]:
    """One create per staged ticket; those whose customer is not in Gorgias are put into `orphans` instead."""
    for chunk in staged.chunks(store, keys):
        for one in chunk:
            if one.ticket["customer_source_id"] in people.customers:
                yield ticket_write(one.ticket, one.messages, people, version)
            else:
                orphans.append(one)


def _book_orphans(book: Ledger, orphans: list[staged.StagedTicket], keys: Sequence[str]) -> None:
    """A ticket whose customer is in quarantine or conflict waits with its messages; it is sent once that is solved."""
    reason = "its customer is not in Gorgias"
    book.quarantine(
        "tickets",
        ORPHAN_STAGE,
        [
            Quarantined(
                one.ticket["source_id"],
                "needs_mapping",
                f"{reason}: {one.ticket['customer_source_id']}",
                one.ticket["source_version"] or "",
                one.ticket["partition"],
            )
            for one in orphans
        ],
        keys,
    )
    rows = [message_outcome(message) for one in orphans for message in one.messages]
    waiting = [Outcome(**(vars(row) | {"outcome": "quarantined", "reason": f"parent: {reason}"})) for row in rows]
    book.book("messages", ORPHAN_STAGE, waiting, keys)
