"""One load of the tickets of some days. It does not belong here: a ticket's request (tickets.py)."""

from typing import Any

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.attachments.ticket_files import MessageFiles
from migration_assets.gorgias.load.id_resolver import target_ids
from migration_assets.gorgias.load.initial_base import enter_initial_bases, keys_of, notes
from migration_assets.gorgias.load.tickets import Orphan, moved_days, record_orphans, ticket_writes
from migration_assets.gorgias.load_step import apply_writes
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.sample_scope import require_all_customers, sample_only
from migration_assets.gorgias.step_context import StepContext
from migration_assets.set_aside import first_set_aside
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def load_tickets(
    context: StepContext, warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource, settings: Settings
) -> tuple[Tally, dict[str, Any]]:
    """Create the days' tickets with their first messages; returns what was written, and the numbers to show."""
    keys = list(context.partition_keys)
    staged_reader.ensure(warehouse)
    require_open(ledger, ["gorgias/canary"])
    require_all_customers(context, ledger)
    require_open(ledger, ["staging/tickets", "staging/messages"], keys, staged_reader.days(warehouse, "tickets", keys))
    require_not_failed(ledger, BEFORE_LOADS, keys)
    only = sample_only(context, ledger, "tickets")
    total = staged_reader.count(warehouse, keys, only)
    ledger.move_days(moved_days(warehouse, ledger, keys))
    if not total:
        return Tally(), {"tickets": 0, "waiting": 0}
    people = target_ids(ledger, gorgias.reader, settings.gorgias_fallback_user)
    confirmed = ledger.confirmed_mapping()
    orphans: list[Orphan] = []
    version = confirmed.version if confirmed else ""

    def noted(chunk: list[staged_reader.StagedTicket], files: MessageFiles) -> None:
        known = ledger.known([key for one in chunk for key in keys_of(one)[:1]])
        note(warehouse, notes(chunk, known, people, version, files))

    wanted = ticket_writes(warehouse, ledger, keys, people, version, orphans, noted, only)
    with loading(context, gorgias, ledger, warehouse) as writer:
        tally = apply_writes(context, writer, ledger, f"gorgias/tickets {keys[0]}", total, wanted)
    record_orphans(ledger, orphans, keys, version)
    enter_initial_bases(warehouse, ledger, keys, people)
    return tally, {"tickets": total, "waiting": len(orphans), **first_set_aside(ledger, ["tickets"], keys)}
