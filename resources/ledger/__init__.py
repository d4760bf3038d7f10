"""The ledger: what was written to Gorgias and what was decided. Small, precious, and read by many processes."""

from resources.ledger.ledger import Ledger, LedgerResource
from resources.ledger.records import Confirmation, Loss, Outcome, Quarantined

__all__ = ["Confirmation", "Ledger", "LedgerResource", "Loss", "Outcome", "Quarantined"]
