"""One pass over the changed tickets of some days. It does not belong here: merging one (ticket_changes.py)."""

from collections import Counter

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.attachments.carried_files import carry, left_files
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
from migration_assets.gorgias.load_step import LoadResult, Part, apply_writes, merged
from migration_assets.gorgias.merge_base import pending
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping.staged_map import require_confirmed
from resources.batches import batches
from resources.gorgias.writer.write import Tally


def apply_ticket_changes(step: TargetStep) -> LoadResult:
    """Changes of tickets that are in Gorgias already: new activities appended, fields merged three ways, one PUT each.

    A field that changed in Gorgias since it was written keeps its value; where the source changed it too, differently,
    it becomes a conflict for a person. A day without changes costs no call.
    """
    context, warehouse, ledger = step.context, step.warehouse, step.ledger
    keys = list(context.partition_keys)
    staged_reader.ensure(warehouse)
    decided = decisions(ledger)
    settle_unstaged_tickets(warehouse, ledger, decided, keys)
    rows = pending(warehouse, "tickets", keys, {ticket_of(object, name) for object, name in decided})
    counts: Counter[str] = Counter(changed=0, read=0, appended=0, conflicts=0, not_reachable=0)
    carry(warehouse, ledger, keys)
    ledger.losses.record_losses(FILES_STAGE, "files", left_files(warehouse, ledger, keys), keys)
    if not rows:
        return Tally(), {**counts}
    require_confirmed(warehouse, ledger, step.settings, keys)
    require_open(ledger, ["gorgias/canary"])
    require_open(
        ledger, ["staging/tickets", "staging/messages"], keys, {row.partition for row in rows if row.partition}
    )
    require_not_failed(ledger, BEFORE_LOADS, keys)
    people = target_ids(ledger, step.gorgias.reader, step.settings.gorgias_fallback_user)
    tallies = []
    with loading(step) as writer:
        through = 0
        for batch in batches(rows, TICKET_CHANGES_CHUNK):
            work = TicketDelta(warehouse, writer, people, keys, step.settings.home, counts)
            plans = work.plans(batch, decided)
            rounds, sent = list(write_rounds(plans)), 0
            for writes in rounds:
                part = Part(through, len(batch), sum(map(len, rounds)), sent)
                tallies.append(apply_writes(context, writer, PHASE, len(rows), writes, part))
                sent += len(writes)
            through += len(batch)
            work.record(plans)
    return merged(tallies), {**counts}
