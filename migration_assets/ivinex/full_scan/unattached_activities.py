"""ivinex/activity_sweep: every record of the tabs with the role activity, and what hangs on which ticket.

Belongs here: what is recorded of activities that no ticket takes along. The links of tasks are found here
too: an answer on a ticket names everything that hangs on it, and is asked for once.
"""

from resources.ledger import Ledger, Outcome
from resources.warehouse import Warehouse


def record_unattached(warehouse: Warehouse, ledger: Ledger) -> int:
    """Books activities that hang on no ticket as skipped; returns how many."""
    rows = warehouse.query(
        "SELECT source_id FROM ivinex.activity_sweep a WHERE NOT EXISTS (SELECT 1 FROM ivinex.links l "
        "WHERE l.role = 'activity_ticket' AND l.from_source_id = a.source_id) ORDER BY source_id"
    )
    ledger.outcomes.record_outcomes(
        "activities", "ivinex", [Outcome(source_id, "skipped", "no ticket") for source_id in rows["source_id"]]
    )
    return len(rows)
