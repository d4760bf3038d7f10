"""The end of a migration command on a terminal: the books, and what was read back and compared, as tables.

It does not belong here: what they hold (orchestration/result.py, orchestration/verification_summary.py).
"""

from rich.console import Console

from checks.quality_gates import way_out
from migration_assets.cli.output import table
from migration_assets.orchestration.closed_gates import SHOWN_GATES, ClosedGate
from migration_assets.orchestration.result import Result
from migration_assets.orchestration.verification_summary import Verified

_BOOKS = (
    *("source", "created", "adopted", "merged", "skipped", "quarantined", "conflict", "rolled_back"),
    *("in_doubt", "synthetic"),
)
_VERIFIED = ("object", "written", "compared", "equal", "share equal", "differences", "calls", "fewest calls")


def show_result(console: Console, result: Result) -> None:
    """The books, what keeps them from balancing, and where the report is."""
    names = ("object", *(name.replace("_", " ") for name in _BOOKS), "balanced")
    cells = [
        (row.object, *(getattr(row, name) for name in _BOOKS), "yes" if row.balanced else "NO") for row in result.books
    ]
    console.print(table("The balance", names, cells, numbers=names[1:-1]))
    show_verified(console, result.verified)
    show_closed(console, result.closed)
    if result.failed_check:
        console.print(result.failed_check, markup=False)
    if result.conflicts:
        console.print(f"{result.conflicts} conflicts are for a person to decide; nothing was overwritten.")
    console.print(f"Report: {result.report}", markup=False)


def show_closed(console: Console, closed: list[ClosedGate]) -> None:
    """The gates that kept days from being loaded, and how they are opened; nothing where there are none."""
    if closed:
        lines = [(gate.partition, gate.check, gate.detail) for gate in closed[:SHOWN_GATES]]
        title = f"{len(closed)} closed gates: their days are not loaded"
        console.print(table(title, ("day", "check", "what it found"), lines))
        console.print(way_out(gate.check for gate in closed), markup=False)


def show_verified(console: Console, verified: Verified) -> None:
    lines = [
        (
            *(row[name] for name in ("object", "written", "compared", "equal")),
            f"{row['equal'] / row['compared']:.2%}" if row["compared"] else "",
            ", ".join(f"{number} {kind}" for kind, number in row["differences"].items()),
            row["calls"],
            row["calls_minimum"],
        )
        for row in verified.objects
    ]
    numbers = (*_VERIFIED[1:5], *_VERIFIED[6:])
    console.print(table("Read back from Gorgias and compared, field by field", _VERIFIED, lines, numbers=numbers))
    if verified.unread:
        console.print(f"{verified.unread} records were written and not compared.")
    if verified.writes:
        console.print(f"{verified.writes} writes would be sent by a second run.")
