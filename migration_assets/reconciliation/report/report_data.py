"""What the report shows, collected once: books, gates, reasons, losses, quarantine, conflicts, comparison, requests.

It belongs here: reading ledger and warehouse. It does not: writing files (report_files.py), deciding whether the books
balance (balance/balance.py), and what all of it means (report_verdict.py). Nothing here holds people's data: ids, field
names, reasons and counts only.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from migration_assets.field_labels import labels
from migration_assets.mapping.model import Mapping
from migration_assets.reconciliation.balance.balance import BalanceRow, calculate_balance, reasons, totals
from migration_assets.reconciliation.balance.idempotency_check import PLANNED, would_write
from migration_assets.reconciliation.comparison.differences import COMPARED, compared_at, coverage, difference_counts
from migration_assets.reconciliation.target.call_counts import costs
from migration_assets.reconciliation.target.customer_proof import customer_proofs
from migration_assets.reconciliation.target.file_contents import compared_files
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from resources.ledger import Ledger
from resources.ledger.conflicts import conflict_id
from resources.warehouse import Warehouse

_PER_DAY = """
    SELECT partition AS day, count(*) FILTER (object = 'tickets') AS tickets,
           count(*) FILTER (object = 'messages') AS messages
    FROM reconciliation.units WHERE partition <> 'none' GROUP BY partition ORDER BY partition
"""
_SYNTHETIC = """
    SELECT object, regexp_extract(source_id, '#(.*)', 1) AS kind, count(*) AS rows FROM reconciliation.ends
    WHERE synthetic GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class ReportData:
    """The state of one migration.

    Attributes:
        source: host of the Ivinex site.
        account: target and host of the Gorgias account.
        closed_gates: check_name, partition, detail of the gates that failed and that nobody overrode.
        overridden_gates: how many failed gates a person opened.
        synthetic: object, kind, rows of what the migration made by itself; the kind of a stub is ''.
        requests: of the whole history, per object and part: requests, throttled, first, last.
        source_calls: requests to Ivinex by call, as its connection counted them; pages by role where an earlier
            release did not count.
        target_reads: requests that read Gorgias, as its connection counted them.
        conflicts: as in the ledger, each with the id by which it is decided.
        differences: object, field, kind, rows of the last comparisons with Gorgias; None where there was none.
        coverage: per object what was written, compared and found equal, and the names of the compared fields.
        unread: slices (a day, or * for what has no day) that were not compared since they were written last.
        second_pass: what the load planned again would still write; None where it was not planned.
        read_costs: per object the calls of the last read-back, and the fewest possible.
        customer_proofs: proof -> customers, of the last read of everything.
        compared_files: `by_bytes` and `by_address`: attachments that were compared in either way.
        per_day: day, tickets, messages in the source.
        names: id of a field -> what people call it.
    """

    source: str
    account: str
    mapping_version: str
    at: datetime
    rows: list[BalanceRow]
    totals: list[BalanceRow]
    closed_gates: list[dict[str, Any]]
    overridden_gates: int
    reasons: list[dict[str, Any]]
    synthetic: list[dict[str, Any]]
    losses: pd.DataFrame
    quarantine: pd.DataFrame
    conflicts: pd.DataFrame
    requests: pd.DataFrame
    source_calls: dict[str, int]
    target_reads: int
    differences: list[dict[str, Any]] | None
    coverage: list[dict[str, Any]]
    unread: list[str]
    second_pass: list[dict[str, Any]] | None
    read_costs: list[dict[str, Any]]
    customer_proofs: dict[str, int]
    compared_files: dict[str, int]
    per_day: pd.DataFrame
    names: dict[str, str]

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
        return float((self.requests["last"].max() - self.requests["first"].min()).total_seconds())

    @property
    def calls(self) -> dict[str, int]:
        """Requests by type: to Gorgias writes by object and part, and all that read; to Ivinex by call."""
        writes = {
            f"Gorgias: {row['object']} {row['part']}": int(row["requests"]) for row in self.requests.to_dict("records")
        }
        reads = {"Gorgias: reads": self.target_reads} if self.target_reads else {}
        return writes | reads | {f"Ivinex: {call}": number for call, number in self.source_calls.items()}


def collect(ledger: Ledger, warehouse: Warehouse, mapping: Mapping, source: str) -> ReportData:
    """Make the books anew and read everything else as it is now.

    Args:
        source: host of the Ivinex site.
    """
    rows, gates = calculate_balance(ledger, warehouse, mapping), ledger.quality_gates.gate_rows()
    failed = gates[~gates["passed"]]
    closed = failed.loc[~failed["overridden"], ["check_name", "partition", "detail"]]
    return ReportData(
        source=source,
        account=ledger.account,
        mapping_version=mapping.mapping_version,
        at=datetime.now(UTC),
        rows=rows,
        totals=totals(rows),
        closed_gates=[{str(key): value for key, value in row.items()} for row in closed.to_dict("records")],
        overridden_gates=int(failed["overridden"].sum()),
        reasons=reasons(warehouse),
        synthetic=warehouse.rows(_SYNTHETIC),
        losses=ledger.losses.loss_rows(),
        quarantine=ledger.quarantine.rows(),
        conflicts=_with_ids(ledger.conflicts.conflict_rows()),
        requests=ledger.known_writes.request_counts(),
        source_calls=ledger.sent_calls.of("ivinex") or _source_pages(warehouse),
        target_reads=sum(number for call, number in ledger.sent_calls.of("gorgias").items() if call.startswith("GET ")),
        differences=difference_counts(warehouse) if warehouse.exists(COMPARED) else None,
        coverage=coverage(warehouse),
        unread=_unread(ledger, warehouse),
        second_pass=would_write(warehouse) if warehouse.exists(PLANNED) else None,
        read_costs=costs(warehouse),
        customer_proofs=customer_proofs(warehouse),
        compared_files=compared_files(warehouse),
        per_day=warehouse.query(_PER_DAY),
        names=labels(warehouse),
    )


def _with_ids(conflicts: pd.DataFrame) -> pd.DataFrame:
    """Conflicts with the short name by which a person decides them."""
    ids = [conflict_id(row["object"], row["source_id"], row["field"]) for row in conflicts.to_dict("records")]
    return conflicts.assign(id=pd.Series(ids, dtype="str"))


def _unread(ledger: Ledger, warehouse: Warehouse) -> list[str]:
    """Slices that hold something written after they were compared, or that were never compared."""
    compared = compared_at(warehouse)
    written = {key or UNPARTITIONED: at for key, at in ledger.times.last_written().items()}
    return sorted(key for key, at in written.items() if key not in compared or compared[key] < at)


def _source_pages(warehouse: Warehouse) -> dict[str, int]:
    if not warehouse.exists("ivinex.sweeps"):
        return {}
    rows = warehouse.rows("SELECT role, sum(pages)::BIGINT AS pages FROM ivinex.sweeps GROUP BY role ORDER BY role")
    return {f"{row['role']} pages": row["pages"] for row in rows}
