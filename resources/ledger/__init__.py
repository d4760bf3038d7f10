"""The ledger: what was written to Gorgias and what was decided. Small, precious, and read by many processes."""

from typing import TYPE_CHECKING, Any

from resources.ledger.ledger import Ledger
from resources.ledger.records import Confirmation, Loss, Outcome, Quarantined

if TYPE_CHECKING:
    from resources.ledger.resource import LedgerResource

__all__ = ["Confirmation", "Ledger", "LedgerResource", "Loss", "Outcome", "Quarantined"]


def __getattr__(name: str) -> Any:
    """The resource brings Dagster along, which a command that only looks does not need."""
    if name != "LedgerResource":
        raise AttributeError(name)
    from resources.ledger.resource import LedgerResource

    return LedgerResource
