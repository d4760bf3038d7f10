"""One pass over the changed customers. It does not belong here: merging one (customer_changes.py)."""

from checks.quality_gates import require_open
from migration_assets.gorgias.delta.customer_changes import CUSTOMER_CHANGES_CHUNK, CustomerDelta
from migration_assets.gorgias.delta.unstaged_decisions import settle_unstaged_customers
from migration_assets.gorgias.load_step import LoadResult, Part, apply_writes, merged
from migration_assets.gorgias.merge_base import pending
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.set_aside import first_set_aside
from resources.batches import batches
from resources.ledger.quality_gates import UNPARTITIONED


def apply_customer_changes(step: TargetStep) -> LoadResult:
    """Changes of customers that are in Gorgias: name, addresses, custom field values and data, merged three ways.

    What changed in Gorgias since it was written stays; where the source changed it too, differently, it becomes a
    conflict for a person. Nothing is read or written where nothing changed.
    """
    context, warehouse, ledger = step.context, step.warehouse, step.ledger
    require_confirmed(warehouse, ledger, step.settings, [UNPARTITIONED])
    require_open(ledger, ["staging/customers", "gorgias/canary"])
    decided: dict[str, dict[str, str]] = {}
    for source_id, name, take in ledger.conflicts.resolutions("customers"):
        decided.setdefault(source_id, {})[name] = take
    settle_unstaged_customers(warehouse, ledger, decided)
    rows, tallies = pending(warehouse, "customers", also=decided), []
    with loading(step) as writer:
        work = CustomerDelta(warehouse, writer, step.settings.home, decided)
        through = 0
        for batch in batches(rows, CUSTOMER_CHANGES_CHUNK):
            plans = work.plans(batch)
            writes = [write for plan in plans for write in plan.writes]
            if writes:
                part = Part(through, len(batch), len(writes))
                tallies.append(apply_writes(context, writer, "gorgias/customer_changes", len(rows), writes, part))
            through += len(batch)
            work.record(plans)
    return merged(tallies), {**work.counts, **first_set_aside(ledger, ["customers"])}
