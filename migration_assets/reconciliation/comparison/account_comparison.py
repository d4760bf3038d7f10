"""reconciliation/target_sweep: Gorgias's lists and customers read back, and objects without days compared."""

import time
from datetime import UTC, datetime

from checks.step_result import StepResult
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.reconciliation.comparison.compare_objects import compare_objects
from migration_assets.reconciliation.comparison.differences import of_slices
from migration_assets.reconciliation.comparison.events import EventEvidence, explain
from migration_assets.reconciliation.comparison.strangers import strangers
from migration_assets.reconciliation.target.call_counts import CallCounter
from migration_assets.reconciliation.target.customer_proof import customer_proofs
from migration_assets.reconciliation.target.object_comparison import OBJECT_COMPARISON_OBJECTS, read_objects_back
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED


def compare_account(step: TargetStep) -> StepResult:
    """Every list of Gorgias once, 100 rows a call, and customers of whose channels no answer told; then compared.

    Users, teams, tags, custom fields and customers are held field by field against their staged rows. Tickets are
    listed for doubles, and kept whole where their rows show custom field values; then their messages are listed too.
    """
    warehouse, ledger, settings, reader = step.warehouse, step.ledger, step.settings, step.gorgias.reader
    started, counter = time.monotonic(), CallCounter(lambda: step.gorgias.connection.requests)
    read_objects_back(reader, ledger, warehouse, counter, settings.gorgias_fallback_user, settings.customer_read_share)
    compare_objects(warehouse, ledger, datetime.now(UTC))
    evidence = EventEvidence(reader, ledger, warehouse)
    explain(evidence, OBJECT_COMPARISON_OBJECTS, [UNPARTITIONED])
    rows = of_slices(warehouse, OBJECT_COMPARISON_OBJECTS, [UNPARTITIONED])
    for name, minimum, used in counter.rows:
        step.context.log.info(f"{name}: {used} calls, the fewest possible are {minimum}")
    proofs = {f"customers_by_{name.replace(' ', '_')}": count for name, count in customer_proofs(warehouse).items()}
    metadata = {
        "calls": counter.used,
        "calls_minimum": counter.minimum,
        "events_read": evidence.lookups,
        "seconds": round(time.monotonic() - started, 1),
        **proofs,
        **{f"{row['object']}_{name}": row[name] for row in rows for name in ("written", "compared", "equal")},
    }
    return StepResult(metadata, [lambda: strangers(warehouse)])
