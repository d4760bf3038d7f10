"""What the report shows, collected once: books, reasons, losses, quarantine, conflicts, requests, and the last walk.

It belongs here: reading ledger and warehouse. It does not: writing files (handoff_files.py) and deciding whether the
books balance (books.py). Nothing here holds people's data: ids, field names, reasons and counts only.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from migration_assets.mapping.model import Mapping
from migration_assets.reconciliation.books import BookRow, books, reasons, totals
from migration_assets.reconciliation.costs import costs
from migration_assets.reconciliation.differences import COMPARED, coverage, difference_counts
from resources.ledger import Ledger
from resources.warehouse import Warehouse

_PER_DAY = """
    SELECT partition AS day, count(*) FILTER (object = 'tickets') AS tickets,
           count(*) FILTER (object = 'messages') AS messages
    FROM reconciliation.units WHERE partition <> 'none' GROUP BY partition ORDER BY partition
"""


@dataclass(frozen=True)
class Evidence:
    """The state of one migration.

    Attributes:
        requests: of the whole history, per object and part: requests, throttled, first, last.
        source_pages: pages read from Ivinex, per role.
        differences: object, field, kind, rows of the last comparisons with Gorgias; None where there was none.
        coverage: per object what was written, compared and found equal, and the names of the compared fields.
        read_costs: per object the calls of the last read-back, and the fewest possible.
        per_day: day, tickets, messages in the source.
    """

    account: str
    mapping_version: str
    at: datetime
    rows: list[BookRow]
    totals: list[BookRow]
    reasons: list[dict[str, Any]]
    losses: pd.DataFrame
    quarantine: pd.DataFrame
    conflicts: pd.DataFrame
    requests: pd.DataFrame
    source_pages: dict[str, int]
    differences: list[dict[str, Any]] | None
    coverage: list[dict[str, Any]]
    read_costs: list[dict[str, Any]]
    per_day: pd.DataFrame

    @property
    def balanced(self) -> bool:
        return all(row.balanced for row in self.rows)

    @property
    def throttled(self) -> int:
        return int(self.requests["throttled"].sum())

    @property
    def seconds(self) -> float:
        """From the first announced write to the last settled one, pauses included."""
        if self.requests.empty:
            return 0.0
        return (self.requests["last"].max() - self.requests["first"].min()).total_seconds()

    @property
    def calls(self) -> dict[str, int]:
        """Requests by type: writes to Gorgias by object and part, pages of Ivinex by role."""
        writes = {
            f"Gorgias: {row['object']} {row['part']}": int(row["requests"]) for row in self.requests.to_dict("records")
        }
        return writes | {f"Ivinex: {role} pages": pages for role, pages in self.source_pages.items()}


def collect(ledger: Ledger, warehouse: Warehouse, mapping: Mapping) -> Evidence:
    """Make the books anew and read everything else as it is now."""
    rows = books(ledger, warehouse, mapping)
    return Evidence(
        account=ledger.account,
        mapping_version=mapping.mapping_version,
        at=datetime.now(UTC),
        rows=rows,
        totals=totals(rows),
        reasons=reasons(warehouse),
        losses=ledger.loss_rows(),
        quarantine=ledger.quarantined(),
        conflicts=ledger.conflict_rows(),
        requests=ledger.request_counts(),
        source_pages=_source_pages(warehouse),
        differences=difference_counts(warehouse) if warehouse.exists(COMPARED) else None,
        coverage=coverage(warehouse),
        read_costs=costs(warehouse),
        per_day=warehouse.query(_PER_DAY),
    )


def _source_pages(warehouse: Warehouse) -> dict[str, int]:
    if not warehouse.exists("ivinex.sweeps"):
        return {}
    rows = warehouse.rows("SELECT role, sum(pages)::BIGINT AS pages FROM ivinex.sweeps GROUP BY role ORDER BY role")
    return {row["role"]: row["pages"] for row in rows}
