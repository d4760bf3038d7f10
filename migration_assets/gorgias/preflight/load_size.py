"""How much a load would write, from what was read of the source: what a point could act on, and how long it takes.

It belongs here: counting, at most. It does not: rates (resources/pacing.py) and the points.
"""

from dataclasses import dataclass

from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.warehouse import Warehouse


@dataclass(frozen=True)
class LoadSize:
    """Records of the source that are, or become, records of Gorgias."""

    tickets: int = 0
    messages: int = 0
    customers: int = 0
    files: int = 0

    def hours(self, gorgias: GorgiasResource) -> float:
        """At the share of the allowance that this migration may use: a ticket, an upload, three calls a customer."""
        calls = self.tickets + self.files + 3 * self.customers
        return calls / max(gorgias.calls_per_second, 1e-6) / 3600


def load_size(warehouse: Warehouse, ledger: Ledger, *, changed_only: bool) -> LoadSize:
    """
    Args:
        changed_only: of a delta: what the change list names.
    """

    def count(table: str) -> int:
        return warehouse.scalar(f"SELECT count(*) FROM {table}") if warehouse.exists(table) else 0  # noqa: S608

    if changed_only:
        changed = ledger.change_rows()["object"].value_counts().to_dict()
        return LoadSize(*(int(changed.get(name, 0)) for name in ("tickets", "messages", "contacts", "files")))
    people = count("ivinex.contacts") + count("ivinex.organizations")
    return LoadSize(count("ivinex.ticket_sweep"), count("ivinex.activity_sweep"), people, count("ivinex.mentions"))
