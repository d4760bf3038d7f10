"""How a migration stands at the end of a command or of a run: the books, and the exit code that they stand for.

It does not belong here: showing it on a terminal (cli/result_tables.py).
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migration_assets.orchestration.closed_gates import ClosedGate
from migration_assets.orchestration.closed_gates import describe_gates as told_gates
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.verification_summary import Verified
from migration_assets.reconciliation.balance.balance import BalanceRow, calculate_balance, totals
from resources.ledger import Ledger

SHOWN = 5
"""Open ends that a sentence names."""


@dataclass(frozen=True)
class Result:
    """How a migration stands at the end of a command.

    Attributes:
        books: one row per object.
        conflicts: fields and objects that a person must decide.
        verified: what was read back from Gorgias and compared.
        open_ends: checks of the load that failed, with their day: staged rows whose end is not known.
    """

    books: list[BalanceRow]
    closed: list[ClosedGate]
    conflicts: int
    failed_check: str
    report: Path
    verified: Verified
    open_ends: list[ClosedGate] = field(default_factory=list)

    @classmethod
    def of(cls, migration: Migration) -> "Result":
        """From the present state of warehouse and ledger."""
        ledger = migration.ledger
        rows = calculate_balance(ledger, migration.warehouse, migration.confirmed_map())
        return cls(
            totals(rows),
            migration.closed,
            len(ledger.conflicts.conflict_rows()),
            migration.failed_check,
            migration.home / "handoff" / "report.html",
            Verified.of(migration),
            _open_ends(ledger),
        )

    @property
    def exit_code(self) -> Exit:
        """A closed gate explains missing rows, so it is told first."""
        if self.closed:
            return Exit.GATE_CLOSED
        balanced = all(row.balanced and not row.conflict for row in self.books)
        told = self.conflicts or self.failed_check or self.open_ends
        proved = balanced and not told and self.verified.as_written
        return Exit.BALANCED if proved else Exit.NOT_BALANCED

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {
            "books": [row.as_dict() for row in self.books],
            "conflicts": self.conflicts,
            "closed_gates": [vars(gate) for gate in self.closed],
            "failed_check": self.failed_check or None,
            "open_ends": [vars(gate) for gate in self.open_ends],
            "verification": self.verified.as_data(),
            "report": str(self.report),
        }

    def as_numbers(self) -> dict[str, int]:
        """For the metadata of a run."""
        return {
            **{f"{row.object}_source": row.source for row in self.books},
            "unbalanced_objects": len([row for row in self.books if not row.balanced]),
            "conflicts": self.conflicts,
            "closed_gates": len(self.closed),
            **self.verified.as_numbers(),
        }

    def sentence(self) -> str:
        """What keeps the migration from being through, for a person; empty where it is (exit code 0)."""
        unbalanced = [row.object for row in self.books if not row.balanced]
        in_conflict = sum(row.conflict for row in self.books)
        told = []
        if self.closed:
            told.append(told_gates(self.closed))
        if unbalanced:
            told.append(f"the outcomes do not balance for {', '.join(unbalanced)}")
        if self.conflicts or in_conflict:
            told.append(f"{max(self.conflicts, in_conflict)} conflicts are for a person to decide")
        if self.failed_check:
            told.append(self.failed_check)
        told += [f"{gate.check} {gate.partition}: {gate.detail}" for gate in self.open_ends[:SHOWN]]
        if not self.verified.as_written:
            told.append(self.verified.sentence())
        return "\n".join(one[0].upper() + one[1:] for one in told)


def _open_ends(ledger: Ledger) -> list[ClosedGate]:
    """Failed checks of the load that nobody overrode."""
    rows = ledger.quality_gates.gate_rows()
    rows = rows[~rows["passed"] & ~rows["overridden"] & rows["check_name"].str.endswith("balance")]
    rows = rows[rows["check_name"].str.startswith("gorgias/")]
    return [ClosedGate(*map(str, row)) for row in rows[["check_name", "partition", "detail"]].itertuples(index=False)]
