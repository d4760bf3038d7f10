"""The ledger's outcomes beside the source, in the warehouse, so that the two can be joined set-wise.

It belongs here: the copy. It is made anew for every look; the ledger stays what counts.
"""

from resources.ledger import Ledger
from resources.warehouse import Connection, Table

OUTCOME_COPY = Table(
    "reconciliation.booked",
    {
        "object": ("VARCHAR", "name of the object in the balance"),
        "source_id": ("VARCHAR", "the row's id"),
        "outcome": ("VARCHAR", "what became of it"),
        "reason": ("VARCHAR", "why"),
        "partition": ("VARCHAR", "the ticket's day, none, or NULL"),
        "synthetic": ("BOOLEAN", "made by the migration"),
        "gorgias_id": ("BIGINT", "the object in Gorgias, where it has one"),
    },
)


def copy_outcomes(tx: Connection, ledger: Ledger) -> None:
    """Refill reconciliation.booked."""
    tx.execute("CREATE SCHEMA IF NOT EXISTS reconciliation")
    tx.execute(f"DROP TABLE IF EXISTS {OUTCOME_COPY.name}")
    tx.ensure(OUTCOME_COPY)
    for batch in ledger.outcomes.outcome_batches():
        tx.append(OUTCOME_COPY, batch.astype({"partition": "str", "reason": "str", "gorgias_id": "Int64"}))
