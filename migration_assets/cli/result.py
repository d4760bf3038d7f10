"""The end of a migration command: the books as a table or JSON, and the exit code that they stand for."""

from typing import Any

from rich.console import Console

from migration_assets.cli.exits import Exit
from migration_assets.cli.output import table
from migration_assets.driver.migration import ClosedGate, Migration
from migration_assets.mapping.confirm import load_confirmed
from migration_assets.reconciliation.books import BookRow, books, totals

COLUMNS = (
    *("source", "created", "adopted", "merged", "skipped", "quarantined", "conflict", "rolled_back"),
    *("in_doubt", "synthetic"),
)
SHOWN_GATES = 20


def book_totals(migration: Migration) -> list[BookRow]:
    """The books per object, from the present state of warehouse and ledger."""
    mapping = load_confirmed(migration.home, migration.ledger, migration.warehouse)
    return totals(books(migration.ledger, migration.warehouse, mapping))


def exit_code(rows: list[BookRow], closed: list[ClosedGate]) -> Exit:
    """A closed gate explains missing rows, so it is told first."""
    if closed:
        return Exit.GATE_CLOSED
    return Exit.BALANCED if all(row.balanced and not row.conflict for row in rows) else Exit.NOT_BALANCED


def as_data(rows: list[BookRow], closed: list[ClosedGate]) -> dict[str, Any]:
    return {"books": [row.as_dict() for row in rows], "closed_gates": [vars(gate) for gate in closed]}


def show_books(console: Console, rows: list[BookRow], closed: list[ClosedGate]) -> None:
    """The books, then each closed gate by name."""
    names = ("object", *(name.replace("_", " ") for name in COLUMNS), "balanced")
    cells = [(row.object, *(getattr(row, name) for name in COLUMNS), "yes" if row.balanced else "NO") for row in rows]
    console.print(table("The books", names, cells, numbers=names[1:-1]))
    if closed:
        lines = [(gate.partition, gate.check, gate.detail) for gate in closed[:SHOWN_GATES]]
        title = f"{len(closed)} closed gates: their days are not loaded"
        console.print(table(title, ("day", "check", "what it found"), lines))
        console.print(
            "Repair the data and run again, or open one with "
            "`migrate gates override CHECK DAY --by NAME --reason TEXT`.",
            markup=False,
        )
