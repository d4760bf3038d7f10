"""The end of a migration command: the books as a table or JSON, and the exit code that they stand for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from migration_assets.cli.exits import Exit
from migration_assets.cli.output import table
from migration_assets.cli.verified import Verified
from migration_assets.mapping.confirm import load_confirmed
from migration_assets.orchestration.migration import ClosedGate, Migration
from migration_assets.reconciliation.books import BookRow, books, totals

COLUMNS = (
    *("source", "created", "adopted", "merged", "skipped", "quarantined", "conflict", "rolled_back"),
    *("in_doubt", "synthetic"),
)
SHOWN_GATES = 20


@dataclass(frozen=True)
class Result:
    """How a migration stands at the end of a command.

    Attributes:
        books: one row per object.
        conflicts: fields and objects that a person must decide.
        verified: what was read back from Gorgias and compared.
    """

    books: list[BookRow]
    closed: list[ClosedGate]
    conflicts: int
    failed_check: str
    report: Path
    verified: Verified

    @classmethod
    def of(cls, migration: Migration) -> "Result":
        """From the present state of warehouse and ledger."""
        ledger = migration.ledger
        rows = books(ledger, migration.warehouse, load_confirmed(migration.home, ledger, migration.warehouse))
        return cls(
            totals(rows),
            migration.closed,
            len(ledger.conflict_rows()),
            migration.failed_check,
            migration.home / "handoff" / "report.html",
            Verified.of(migration),
        )

    @property
    def exit_code(self) -> Exit:
        """A closed gate explains missing rows, so it is told first."""
        if self.closed:
            return Exit.GATE_CLOSED
        balanced = all(row.balanced and not row.conflict for row in self.books)
        proved = balanced and not self.conflicts and not self.failed_check and self.verified.as_written
        return Exit.BALANCED if proved else Exit.NOT_BALANCED

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {
            "books": [row.as_dict() for row in self.books],
            "conflicts": self.conflicts,
            "closed_gates": [vars(gate) for gate in self.closed],
            "failed_check": self.failed_check or None,
            "verification": self.verified.as_data(),
            "report": str(self.report),
        }

    def show(self, console: Console) -> None:
        """The books, what keeps them from balancing, and where the report is."""
        names = ("object", *(name.replace("_", " ") for name in COLUMNS), "balanced")
        cells = [
            (row.object, *(getattr(row, name) for name in COLUMNS), "yes" if row.balanced else "NO")
            for row in self.books
        ]
        console.print(table("The books", names, cells, numbers=names[1:-1]))
        self.verified.show(console)
        if self.closed:
            lines = [(gate.partition, gate.check, gate.detail) for gate in self.closed[:SHOWN_GATES]]
            title = f"{len(self.closed)} closed gates: their days are not loaded"
            console.print(table(title, ("day", "check", "what it found"), lines))
            said = "Repair the data and run again, or `migrate gates override CHECK DAY --by NAME --reason TEXT`."
            console.print(said, markup=False)
        if self.failed_check:
            console.print(self.failed_check, markup=False)
        if self.conflicts:
            console.print(f"{self.conflicts} conflicts are for a person to decide; nothing was overwritten.")
        console.print(f"Report: {self.report}", markup=False)
