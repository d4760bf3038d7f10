"""What a verification found, as a table and as JSON: per object compared, equal, differences, and calls.

It belongs here: showing. It does not: comparing (reconciliation/) and running it (orchestration/migration.py).
"""

from dataclasses import dataclass
from typing import Any

from rich.console import Console

from migration_assets.cli.output import table
from migration_assets.orchestration.migration import Migration
from migration_assets.reconciliation.costs import costs
from migration_assets.reconciliation.differences import coverage, kinds
from migration_assets.reconciliation.second_pass import would_write

COLUMNS = ("object", "written", "compared", "equal", "share equal", "differences", "calls", "fewest calls")


@dataclass(frozen=True)
class Verified:
    """The present state of the verification.

    Attributes:
        objects: object, written, compared, equal, differences by kind, calls, minimum.
        blamed: differences that speak against the migration.
        since: differences that people made: changed or added in Gorgias after it was written.
        unread: records that were written and not compared.
        writes: writes that a second run would send.
    """

    objects: list[dict[str, Any]]
    blamed: int
    since: int
    unread: int
    writes: int

    @classmethod
    def of(cls, migration: Migration) -> "Verified":
        """From the warehouse, as the last comparisons left it."""
        store = migration.warehouse
        found, spent = kinds(store), {row["object"]: row for row in costs(store)}
        covered = {row["object"]: row for row in coverage(store)}
        objects = []
        for name in [*covered, *(name for name in spent if name not in covered)]:
            row, calls = covered.get(name, {}), spent.get(name, {})
            objects.append(
                {
                    "object": name,
                    **{key: row.get(key, 0) for key in ("written", "compared", "equal")},
                    "differences": {one["kind"]: one["rows"] for one in found if one["object"] == name},
                    "calls": calls.get("used", 0),
                    "calls_minimum": calls.get("minimum", 0),
                }
            )
        return cls(
            objects,
            sum(row["rows"] for row in found if row["blamed"]),
            sum(row["rows"] for row in found if not row["blamed"]),
            sum(row["written"] - row["compared"] for row in covered.values()),
            sum(row["rows"] for row in would_write(store)),
        )

    @property
    def as_written(self) -> bool:
        """Nothing speaks against the migration: all compared, nothing lost, nothing left to write."""
        return not (self.blamed or self.unread or self.writes)

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {
            "objects": self.objects,
            "differences": self.blamed + self.since,
            "changed_by_people": self.since,
            "not_compared": self.unread,
            "second_pass_plan": self.writes,
        }

    def show(self, console: Console) -> None:
        lines = [
            (
                *(row[name] for name in ("object", "written", "compared", "equal")),
                f"{row['equal'] / row['compared']:.2%}" if row["compared"] else "",
                ", ".join(f"{number} {kind}" for kind, number in row["differences"].items()),
                row["calls"],
                row["calls_minimum"],
            )
            for row in self.objects
        ]
        numbers = (*COLUMNS[1:5], *COLUMNS[6:])
        console.print(table("Read back from Gorgias and compared, field by field", COLUMNS, lines, numbers=numbers))
        if self.unread:
            console.print(f"{self.unread} records were written and not compared.")
        if self.writes:
            console.print(f"{self.writes} writes would be sent by a second run.")
