"""ivinex/tasks: every record of the tabs with the role task.

Belongs here: what is recorded of tasks that no ticket takes along. Which ticket a task hangs on is found with
the links of the activities (unattached_activities.py), because one answer on a ticket names both.
"""

from resources.ledger import Ledger, Outcome
from resources.warehouse import Warehouse


def record_independent(warehouse: Warehouse, ledger: Ledger) -> int:
    """Books tasks that hang on no ticket as skipped (handoff/task_rebuild_scope lists them); returns how many."""
    rows = warehouse.query(
        "SELECT source_id FROM ivinex.tasks t WHERE NOT EXISTS (SELECT 1 FROM ivinex.links l "
        "WHERE l.role = 'task_ticket' AND l.from_source_id = t.source_id) ORDER BY source_id"
    )
    skipped = [Outcome(source_id, "skipped", "independent task") for source_id in rows["source_id"]]
    ledger.outcomes.record_outcomes("tasks", "ivinex", skipped)
    return len(rows)
