"""reconciliation/comparison [d]: what was read back of a day against its staged rows, field by field."""

from collections import Counter
from datetime import UTC, datetime

from checks.step_result import StepResult
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.reconciliation.comparison.compare_days import compare_days
from migration_assets.reconciliation.comparison.differences import found_in, of_slices
from migration_assets.reconciliation.comparison.events import EventEvidence, explain
from migration_assets.reconciliation.comparison.surveys import explain_surveys
from migration_assets.reconciliation.target.target_tables import TICKETS
from resources.ledger import Ledger
from resources.warehouse import Warehouse

TICKET_COMPARISON_OBJECTS = ("tickets", "messages")


def read_since_written(warehouse: Warehouse, ledger: Ledger, keys: list[str]) -> list[str]:
    """Those of the days whose tickets were all read after the day's last write; rows from before would accuse it."""
    warehouse.ensure(TICKETS)
    rows = warehouse.rows(
        "SELECT partition, min(read_at) AS read_at FROM reconciliation.target_tickets "
        "WHERE list_contains(?, partition) GROUP BY partition",
        [keys],
    )
    read, written = {row["partition"]: row["read_at"] for row in rows}, ledger.times.last_written(keys)
    return [key for key in keys if key not in read or key not in written or read[key] >= written[key]]


def compare_tickets(step: TargetStep) -> StepResult:
    """Every ticket and message of the day, every field, with a verdict; what differs is kept by id, field and kind.

    Of what differs Gorgias's events are read: what somebody set since is told and speaks against nothing. Doubles
    become conflicts. A day that was written after it was read back is not compared: it waits for its read-back.
    """
    warehouse, ledger, keys = step.warehouse, step.ledger, list(step.context.partition_keys)
    compared = read_since_written(warehouse, ledger, keys)
    compare_days(warehouse, ledger, compared, datetime.now(UTC))
    evidence = EventEvidence(step.gorgias.reader, ledger, warehouse)
    explain(evidence, TICKET_COMPARISON_OBJECTS, compared)
    explain_surveys(evidence, compared)
    numbers: Counter[str] = Counter()
    for row in of_slices(warehouse, TICKET_COMPARISON_OBJECTS, keys):
        numbers.update({f"{row['object']}_{name}": row[name] for name in ("written", "compared", "equal")})
    differences = len(found_in(warehouse, TICKET_COMPARISON_OBJECTS, keys))
    return StepResult({**numbers, "events_read": evidence.lookups, "differences": differences})
