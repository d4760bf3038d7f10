"""What a run of the sample may write: its tickets, with the customers that they need, and nothing else of a day.

It belongs here: telling such a run, and its records. It does not: choosing them (reconciliation/sample/) and the order
of the runs (orchestration/sample.py).
"""

from typing import Any

from checks.quality_gates import GATE_CLOSED, never_looked_at
from checks.refusal import refusal
from resources.ledger import Ledger

SAMPLE_TAG = "migrate/sample"
"""Of runs that stage and load the sample."""


def sample_only(context: Any, ledger: Ledger, object: str) -> list[str] | None:
    """Source ids of the `tickets` or `customers` that this run may write; None: all."""
    return list(ledger.sample_records(object)) if _is_sample(context) else None


def require_all_customers(context: Any, ledger: Ledger) -> None:
    """After a sample alone, the customers of all other tickets are missing: a day would go to quarantine.

    Raises:
        dagster.Failure: this run loads whole days, and only the sample's customers were loaded. Nothing was written.
    """
    sampled = not _is_sample(context) and bool(ledger.sample_records("customers"))
    if sampled and len(never_looked_at(ledger, ["gorgias/customers"])):
        raise refusal(
            "Only the customers of the sample are in Gorgias, so no day can be loaded. Start the job prepare first; "
            "the command `migrate run` does it by itself. Nothing was written.",
            {GATE_CLOSED: 1},
        )


def _is_sample(context: Any) -> bool:
    return SAMPLE_TAG in (getattr(context.run, "tags", None) or {})
