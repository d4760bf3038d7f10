"""One pass over the changed customers. It does not belong here: merging one (customer_changes.py)."""

from typing import Any

from checks.quality_gates import require_open
from migration_assets.gorgias.batches import batches
from migration_assets.gorgias.delta.customer_changes import CUSTOMER_CHANGES_CHUNK, CustomerDelta
from migration_assets.gorgias.delta.unstaged_decisions import settle_unstaged_customers
from migration_assets.gorgias.load_step import Part, apply_writes, merged
from migration_assets.gorgias.merge_base import pending
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import StepContext
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.set_aside import first_set_aside
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally
from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import Warehouse


def apply_customer_changes(
    context: StepContext, warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource, settings: Settings
) -> tuple[Tally, dict[str, Any]]:
    """Merge and write them, chunk by chunk; returns what was written, and the numbers to show."""
    require_confirmed(warehouse, ledger, settings, [UNPARTITIONED])
    require_open(ledger, ["staging/customers", "gorgias/canary"])
    decided: dict[str, dict[str, str]] = {}
    for source_id, name, take in ledger.resolutions("customers"):
        decided.setdefault(source_id, {})[name] = take
    settle_unstaged_customers(warehouse, ledger, decided)
    rows, tallies = pending(warehouse, "customers", also=decided), []
    with loading(context, gorgias, ledger, warehouse) as writer:
        work = CustomerDelta(warehouse, ledger, gorgias.reader, writer, settings.home, decided)
        through = 0
        for batch in batches(rows, CUSTOMER_CHANGES_CHUNK):
            plans = work.plans(batch)
            writes = [write for plan in plans for write in plan.writes]
            if writes:
                part = Part(through, len(batch), len(writes))
                tallies.append(
                    apply_writes(context, writer, ledger, "gorgias/customer_changes", len(rows), writes, part)
                )
            through += len(batch)
            work.record(plans)
    return merged(tallies), {**work.counts, **first_set_aside(ledger, ["customers"])}
