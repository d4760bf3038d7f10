"""Tickets of a day: one call each, with the whole history, all times and links."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import dagster as dg

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import checks, staged_reader
from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.id_resolver import target_ids
from migration_assets.gorgias.load.initial_base import enter_initial_bases, keys_of, notes
from migration_assets.gorgias.load.ticket_payload import TargetIds, message_outcome, ticket_write
from migration_assets.gorgias.load_step import apply_writes, result
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.sample_scope import require_all_customers, sample_only
from migration_assets.partitions import daily_partitions
from migration_assets.set_aside import first_set_aside
from migration_assets.settings import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally, Write
from resources.ledger import Ledger, LedgerResource, Outcome, Quarantined
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse, WarehouseResource

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
        dg.AssetKey(["gorgias", "files"]),
    ],
    check_specs=[checks.TICKETS.check.spec],
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
    open_warehouse, open_ledger, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    staged_reader.ensure(open_warehouse)
    require_open(open_ledger, ["gorgias/canary"])
    require_all_customers(context, open_ledger)
    require_open(
        open_ledger, ["staging/tickets", "staging/messages"], keys, staged_reader.days(open_warehouse, "tickets", keys)
    )
    require_not_failed(open_ledger, BEFORE_LOADS, keys)
    only = sample_only(context, open_ledger, "tickets")
    total = staged_reader.count(open_warehouse, keys, only)
    open_ledger.move_days(moved_days(open_warehouse, open_ledger, keys))
    if not total:
        return result(Tally(), [checks.TICKETS.report(context, open_warehouse, open_ledger)], tickets=0, waiting=0)
    people = target_ids(open_ledger, gorgias.reader, settings.get().gorgias_fallback_user)
    confirmed = open_ledger.confirmed_mapping()
    orphans: list[Orphan] = []
    version = confirmed.version if confirmed else ""

    def noted(chunk: list[staged_reader.StagedTicket], files: MessageFiles) -> None:
        known = open_ledger.known([key for one in chunk for key in keys_of(one)[:1]])
        note(open_warehouse, notes(chunk, known, people, version, files))

    wanted = writes(open_warehouse, open_ledger, keys, people, version, orphans, noted, only)
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        tally = apply_writes(context, writer, open_ledger, f"gorgias/tickets {keys[0]}", total, wanted)
    record_orphans(open_ledger, orphans, keys, version)
    enter_initial_bases(open_warehouse, open_ledger, keys, people)
    return result(
        tally,
        [checks.TICKETS.report(context, open_warehouse, open_ledger)],
        tickets=total,
        waiting=len(orphans),
        **first_set_aside(open_ledger, ["tickets"], keys),
    )


def moved_days(warehouse: Warehouse, ledger: Ledger, keys: Sequence[str]) -> dict[str, str]:
    """Tickets of these days that were loaded under another one, since when the source changed their created date."""
    rows = warehouse.query(
        "SELECT source_id, partition FROM staging.tickets WHERE list_contains(?, partition)", [list(keys)]
    )
    booked = ledger.outcomes_of("tickets", keys)
    here = set(zip(booked["source_id"], booked["partition"], strict=True))
    days = {str(name): str(day) for name, day in zip(rows["source_id"], rows["partition"], strict=True)}
    elsewhere = [WriteKey("tickets", name, "create") for name, day in days.items() if (name, day) not in here]
    known = ledger.known(elsewhere)
    return {key.source_id: days[key.source_id] for key, row in known.items() if row.partition != days[key.source_id]}


def writes(
    warehouse: Warehouse,
    ledger: Ledger,
    keys: Sequence[str],
    target_ids: TargetIds,
    version: str,
    orphans: list[Orphan],
    noted: Callable[[list[staged_reader.StagedTicket], MessageFiles], None] = lambda _tickets, _files: None,
    only: Sequence[str] | None = None,
) -> Iterator[Write]:
    """One create per staged ticket; those whose customer is not in Gorgias are put into `orphans` instead.

    Args:
        noted: told of the tickets of a chunk that can be sent, before their creates are given out.
        only: leave out all tickets but these.
    """
    for chunk in staged_reader.chunks(warehouse, keys, only):
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
    ledger.quarantine(
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
    ledger.record_outcomes("messages", ORPHAN_STAGE, waiting, keys)
