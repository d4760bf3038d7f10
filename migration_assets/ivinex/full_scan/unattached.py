"""Activities and tasks that hang on no ticket, as they were read last.

It belongs here: what is recorded of them. It does not: which of them hangs on which ticket. The links of both are found
together (relations/), because one answer on a ticket names everything that hangs on it, and is asked for once.
"""

from migration_assets.ivinex import tables
from migration_assets.written_before import written_before
from resources.ledger import Ledger, Outcome
from resources.warehouse import Warehouse

_RECORDED_AS = {"activity": ("activities", "no ticket"), "task": ("tasks", "independent task")}


def record_unattached(warehouse: Warehouse, ledger: Ledger, role: str) -> int:
    """Books those of this role as skipped (handoff/ lists them), but for what was written while it hung on a ticket.

    Returns:
        How many are booked.
    """
    object, reason = _RECORDED_AS[role]
    rows = warehouse.query(
        f"SELECT source_id FROM {tables.OF_ROLE[role].name} r WHERE NOT EXISTS (SELECT 1 FROM ivinex.links l "  # noqa: S608
        "WHERE l.role = ? AND l.from_source_id = r.source_id) ORDER BY source_id",
        [f"{role}_ticket"],
    )
    kept = written_before(warehouse, ledger, rows["source_id"].tolist())
    skipped = [Outcome(source_id, "skipped", reason) for source_id in rows["source_id"] if source_id not in kept]
    ledger.outcomes.record_outcomes(object, "ivinex", skipped)
    return len(skipped)
