"""How much a load would write, from what was read of the source: what a point could act on, and how long it takes.

It belongs here: counting, at most. It does not: rates (resources/pacing.py) and the points.
"""

from dataclasses import dataclass

from migration_assets.durations import about
from resources.gorgias.resource import GorgiasResource
from resources.warehouse import Warehouse


@dataclass(frozen=True)
class LoadSize:
    """Records of the source that are, or become, records of Gorgias; None where nobody can know yet."""

    tickets: int | None = 0
    messages: int | None = 0
    customers: int | None = 0
    files: int | None = 0

    def hours(self, gorgias: GorgiasResource) -> float | None:
        """At the share of the allowance that this migration may use: a ticket, an upload, three calls a customer."""
        if self.tickets is None or self.files is None or self.customers is None:
            return None
        calls = self.tickets + self.files + 3 * self.customers
        return calls / max(gorgias.calls_per_second, 1e-6) / 3600

    def takes(self, gorgias: GorgiasResource) -> str:
        """How long, as a person says it."""
        hours = self.hours(gorgias)
        return "as long as the delta takes" if hours is None else about(hours * 3600)


UNKNOWN = LoadSize(None, None, None, None)
"""Of a delta: its points are decided before it reads the source again, so what it will find has no number yet."""


def load_size(warehouse: Warehouse) -> LoadSize:
    """Of a load of everything that was read."""

    def count(table: str) -> int:
        return warehouse.scalar(f"SELECT count(*) FROM {table}") if warehouse.exists(table) else 0  # noqa: S608

    people = count("ivinex.contacts") + count("ivinex.organizations")
    return LoadSize(count("ivinex.ticket_sweep"), count("ivinex.activity_sweep"), people, count("ivinex.mentions"))
