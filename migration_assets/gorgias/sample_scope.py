"""What a run of the sample may write: its tickets, with the customers that they need, and nothing else of a day.

It belongs here: telling such a run, and its records. It does not: choosing them (reconciliation/sample/) and the order
of the runs (orchestration/sample.py).
"""

from typing import Any

from resources.ledger import Ledger

SAMPLE_TAG = "migrate/sample"
"""Of runs that stage and load the sample."""


def sample_only(context: Any, ledger: Ledger, object: str) -> list[str] | None:
    """Source ids of the `tickets` or `customers` that this run may write; None: all."""
    return list(ledger.samples.sample_records(object)) if _is_sample(context) else None


def _is_sample(context: Any) -> bool:
    return SAMPLE_TAG in (getattr(context.run, "tags", None) or {})
