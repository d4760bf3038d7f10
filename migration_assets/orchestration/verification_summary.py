"""What a verification found: per object compared, equal, differences, and calls; in numbers and in one sentence.

It belongs here: reading it together for the end of a command or of a run. It does not: comparing (reconciliation/),
running it (migration.py), and showing it on a terminal (cli/result_tables.py).
"""

from dataclasses import dataclass
from typing import Any

from migration_assets.orchestration.migration import Migration
from migration_assets.reconciliation.balance.idempotency_check import would_write
from migration_assets.reconciliation.comparison.differences import coverage, kinds, outdated
from migration_assets.reconciliation.target.call_counts import costs


@dataclass(frozen=True)
class Verified:
    """The present state of the verification.

    Attributes:
        objects: object, written, compared, equal, differences by kind, calls, minimum.
        blamed: differences that speak against the migration.
        since: differences that people made: changed or added in Gorgias after it was written.
        unread: records that were written and not compared.
        writes: writes that a second run would send.
        outdated: slices (`*`: what has no day) that were written since they were compared, and are in no number here.
    """

    objects: list[dict[str, Any]]
    blamed: int
    since: int
    unread: int
    writes: int
    outdated: list[str]

    @classmethod
    def of(cls, migration: Migration) -> "Verified":
        """From the warehouse, as the last comparisons left it."""
        store = migration.warehouse
        old = outdated(store, migration.ledger.times.last_written())
        found, spent = kinds(store, old), {row["object"]: row for row in costs(store)}
        covered = {row["object"]: row for row in coverage(store, old)}
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
            old,
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
            "written_since_compared": self.outdated,
            "second_pass_plan": self.writes,
        }

    def as_numbers(self) -> dict[str, int]:
        """For the metadata of a run."""
        return {
            **{f"{row['object']}_compared": row["compared"] for row in self.objects},
            "differences": self.blamed,
            "changed_by_people": self.since,
            "not_compared": self.unread,
            "second_pass_writes": self.writes,
        }

    def sentence(self) -> str:
        """What does not agree, for a person; empty where everything does."""
        told = []
        if self.blamed or self.since:
            told.append(f"{self.blamed + self.since} differences ({self._kinds()})")
        if self.blamed:
            told.append(f"{self.blamed} of them speak against the migration")
        if self.since:
            told.append(f"{self.since} of them were made by people in Gorgias since")
        if self.unread:
            told.append(f"{self.unread} records were written and not compared")
        if self.writes:
            told.append(f"a second run would send {self.writes} writes")
        return "; ".join(told)

    def _kinds(self) -> str:
        return ", ".join(
            f"{row['object']}: {number} {kind}" for row in self.objects for kind, number in row["differences"].items()
        )
