"""What reading Gorgias back cost in calls, beside the fewest that its API allows (docs/verification.md).

It belongs here: the arithmetic and the table. It does not: reading (list_reads.py, single_reads.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from resources.gorgias.client import PAGE
from resources.warehouse import Table, Warehouse

COSTS = Table(
    "reconciliation.read_costs",
    {
        "partition": ("VARCHAR", "the day, or * for the sweep"),
        "object": ("VARCHAR", "what was read"),
        "minimum": ("BIGINT", "the fewest calls with which the API shows all of it"),
        "used": ("BIGINT", "requests that left, repeated ones included"),
        "read_at": ("TIMESTAMPTZ", "when"),
    },
)


def minimum_pages(rows: int) -> int:
    """Calls of a list walked to its end: 100 rows a call, and one for an empty list."""
    return max(1, -(-rows // PAGE))


@dataclass
class CallCounter:
    """Counts the requests of one object after the other.

    Attributes:
        sent: requests that left so far, on the whole connection.
        rows: (object, minimum, used), one per object.
    """

    sent: Callable[[], int]
    rows: list[tuple[str, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._before = self.sent()

    def take(self, object: str, minimum: int) -> None:
        """All requests since the last `take` were for this object."""
        now = self.sent()
        self.rows.append((object, minimum, now - self._before))
        self._before = now

    @property
    def minimum(self) -> int:
        return sum(minimum for _, minimum, _ in self.rows)

    @property
    def used(self) -> int:
        return sum(used for _, _, used in self.rows)

    def keep(self, warehouse: Warehouse, partitions: Sequence[str], at: datetime) -> None:
        """Replace what was kept of these partitions; a read over several days is kept under its first one."""
        rows = [(partitions[0], name, minimum, used, at) for name, minimum, used in self.rows]
        frame = pd.DataFrame(rows, columns=list(COSTS.columns)).astype({"read_at": "datetime64[us, UTC]"})
        warehouse.replace_slice(COSTS, "partition", partitions, frame)


def costs(warehouse: Warehouse) -> list[dict[str, Any]]:
    """object, minimum, used: of the last read of everything."""
    if not warehouse.exists(COSTS):
        return []
    return warehouse.rows(
        f"SELECT object, sum(minimum)::BIGINT AS minimum, sum(used)::BIGINT AS used FROM {COSTS.name} "
        "GROUP BY object ORDER BY object"
    )
