"""One load of the tickets of some days. It does not belong here: a ticket's request (tickets.py)."""

from dataclasses import replace

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.load.customers_of_tickets import (
    customers_needed,
    not_wholly_written,
    write_customers,
)
from migration_assets.gorgias.load.id_resolver import target_ids
from migration_assets.gorgias.load.initial_base import enter_initial_bases, keys_of, notes
from migration_assets.gorgias.load.payload_notes import note_payloads, planned
from migration_assets.gorgias.load.tickets import Orphan, chunk_writes, moved_days, record_orphans
from migration_assets.gorgias.load_scope import newest_first, tickets_only
from migration_assets.gorgias.load_step import LoadResult, Part, apply_writes, merged
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.set_aside import first_set_aside
from resources.gorgias.writer.write import Tally
from resources.ledger.quality_gates import UNPARTITIONED


def load_tickets(step: TargetStep) -> LoadResult:
    """Tickets with up to 500 messages (or 8 MB) in one create call, silent and at their own time.

    The customers that they name and that are not there yet are written just before them; the others are left to
    gorgias/customers. The day's gates must be open. A day that was loaded before sends nothing.
    """
    context, warehouse, ledger = step.context, step.warehouse, step.ledger
    keys = list(context.partition_keys)
    staged_reader.ensure(warehouse)
    require_confirmed(warehouse, ledger, step.settings, [UNPARTITIONED, *keys])
    require_open(ledger, ["staging/customers", "gorgias/canary"])
    require_open(ledger, ["staging/tickets", "staging/messages"], keys, staged_reader.days(warehouse, "tickets", keys))
    require_not_failed(ledger, BEFORE_LOADS, keys)
    only = tickets_only(context, ledger, warehouse, keys)
    total = staged_reader.count(warehouse, keys, only)
    ledger.outcomes.move_days(moved_days(warehouse, ledger, keys))
    if not total:
        return Tally(), {"tickets": 0, "waiting": 0}
    people = target_ids(ledger, step.gorgias.reader, step.settings.gorgias_fallback_user)
    confirmed = ledger.decisions.confirmed_mapping()
    orphans: list[Orphan] = []
    version = confirmed.version if confirmed else ""

    def noted(chunk: list[staged_reader.StagedTicket], files: MessageFiles) -> None:
        known = ledger.known_writes.known([key for one in chunk for key in keys_of(one)[:1]])
        left = list(notes(chunk, known, people, version, files))
        hashes.update((one.source_id, one.payload_hash) for one in left)
        note(warehouse, left)

    hashes: dict[str, str] = {}
    phase, tallies, customers, through = f"gorgias/tickets {keys[0]}", list[Tally](), 0, 0
    started, newest = ledger.now(), newest_first(context, step.settings)
    with loading(step) as writer:
        for chunk in staged_reader.chunks(warehouse, keys, only, newest):
            missing = not_wholly_written(warehouse, ledger, customers_needed(chunk))
            if missing:
                own = f"{phase}: customers"
                parts = write_customers(context, writer, warehouse, started, missing, own)
                tallies += parts
                customers += parts[0].sent
                there = ledger.known_writes.gorgias_ids("customers", missing)
                people = replace(people, customers={**people.customers, **there})
            wanted = chunk_writes(warehouse, ledger, keys, chunk, people, version, orphans, noted)
            part = Part(through, len(chunk), len(chunk))
            tallies.append(apply_writes(context, writer, phase, total, wanted, part))
            through += len(chunk)
    record_orphans(ledger, orphans, keys, version)
    if hashes:
        # What is planned again later is held against these, without building it (payload_notes.py).
        note_payloads(warehouse, "tickets", planned(warehouse, "tickets", people, version, keys), hashes)
    enter_initial_bases(warehouse, ledger, keys, people)
    return merged(tallies), {
        "tickets": total,
        "customers_written": customers,
        "waiting": len(orphans),
        **first_set_aside(ledger, ["tickets"], keys),
    }
