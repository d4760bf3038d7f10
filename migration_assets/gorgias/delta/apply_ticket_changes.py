"""One pass over the changed tickets of some days. It does not belong here: merging one (ticket_changes.py)."""

from collections import Counter
from typing import Any

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.attachments.carried_files import carry, left_files
from migration_assets.gorgias.batches import batches
from migration_assets.gorgias.delta.conflict_resolutions import decisions, ticket_of
from migration_assets.gorgias.delta.ticket_changes import (
    FILES_STAGE,
    PHASE,
    TICKET_CHANGES_CHUNK,
    TicketDelta,
    write_rounds,
)
from migration_assets.gorgias.delta.unstaged_decisions import settle_unstaged_tickets
from migration_assets.gorgias.load.id_resolver import target_ids
from migration_assets.gorgias.load_step import Part, apply_writes, merged
from migration_assets.gorgias.merge_base import pending
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import StepContext
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def apply_ticket_changes(
    context: StepContext, warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource, settings: Settings
) -> tuple[Tally, dict[str, Any]]:
    """Merge and write them, chunk by chunk; returns what was written, and the numbers to show."""
    keys = list(context.partition_keys)
    staged_reader.ensure(warehouse)
    decided = decisions(ledger)
    settle_unstaged_tickets(warehouse, ledger, decided, keys)
    rows = pending(warehouse, "tickets", keys, {ticket_of(object, name) for object, name in decided})
    counts: Counter[str] = Counter(changed=0, read=0, appended=0, conflicts=0, not_reachable=0)
    carry(warehouse, ledger, keys)
    ledger.record_losses(FILES_STAGE, "files", left_files(warehouse, ledger, keys), keys)
    if not rows:
        return Tally(), {**counts}
    require_confirmed(warehouse, ledger, settings, keys)
    require_open(ledger, ["gorgias/canary"])
    require_open(
        ledger, ["staging/tickets", "staging/messages"], keys, {row.partition for row in rows if row.partition}
    )
    require_not_failed(ledger, BEFORE_LOADS, keys)
    people = target_ids(ledger, gorgias.reader, settings.gorgias_fallback_user)
    tallies = []
    with loading(context, gorgias, ledger, warehouse) as writer:
        through = 0
        for batch in batches(rows, TICKET_CHANGES_CHUNK):
            work = TicketDelta(warehouse, ledger, gorgias.reader, writer, people, keys, settings.home, counts)
            plans = work.plans(batch, decided)
            rounds, sent = list(write_rounds(plans)), 0
            for writes in rounds:
                part = Part(through, len(batch), sum(map(len, rounds)), sent)
                tallies.append(apply_writes(context, writer, ledger, PHASE, len(rows), writes, part))
                sent += len(writes)
            through += len(batch)
            work.record(plans)
    return merged(tallies), {**counts}
