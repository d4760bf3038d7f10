"""Tickets in Gorgias that carry an external id of ours and that the ledger does not know.

It belongs here: the evaluation of the last list that was read. It does not: the check that reports it (checks.py).
"""

from checks.evaluate import Evaluation
from migration_assets.reconciliation.comparison.differences import found_in
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from resources.warehouse import Warehouse


def strangers(warehouse: Warehouse) -> Evaluation:
    """Tickets of the last walk that look like ours and that the ledger does not know."""
    found = found_in(warehouse, ["tickets"], [UNPARTITIONED])
    listed = warehouse.scalar("SELECT count(*) FROM reconciliation.target_listed WHERE object = 'tickets'")
    told = f"{listed} tickets listed, {len(found)} with an external id of ours that the ledger does not know"
    result = Evaluation(rows=listed, sentence=told)
    for row in found:
        result.failures[(row["field"], row["kind"])] += 1
        result.source_ids.append(str(row["gorgias_id"]))
    return result
