"""The books (architecture.md 6): what became of every source row, per object and partition, by the ledger's state now.

It belongs here: joining the source's rows with their outcomes, row by row, so that one row missing and another one
too many cannot hide each other. It does not: counting the source (source_counts.py) and showing the books
(report/report.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from migration_assets.gorgias.expected_differences import EXPECTED, GONE_TICKETS
from migration_assets.mapping.model import Mapping
from migration_assets.reconciliation.balance.outcome_copy import OUTCOME_COPY, copy_outcomes
from migration_assets.reconciliation.balance.source_counts import OBJECTS, PARTITIONED, UNITS, count_units
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

OUTCOMES = ("created", "adopted", "merged", "skipped", "quarantined", "conflict", "rolled_back")
_BOOKED_AS = {"customers": "contacts"}
"""Object of a write -> object in the books, where the names differ."""


@dataclass(frozen=True)
class BalanceRow:
    """One line: source = created + adopted + merged + skipped + quarantined + conflict + rolled_back.

    Attributes:
        partition: the ticket's created day, `none`, or None for an object without days and for totals.
        in_doubt: writes announced whose outcome is not known (INTENT, IN_DOUBT); must be 0.
        synthetic: objects made by the migration (placeholders, loss notes, stubs), in no other number.
        missing: source rows of which nothing is known.
        unknown: booked rows that the source does not hold.
    """

    object: str
    partition: str | None
    source: int = 0
    created: int = 0
    adopted: int = 0
    merged: int = 0
    skipped: int = 0
    quarantined: int = 0
    conflict: int = 0
    rolled_back: int = 0
    in_doubt: int = 0
    synthetic: int = 0
    missing: int = 0
    unknown: int = 0

    @property
    def balanced(self) -> bool:
        """Every source row has exactly one known end, and nothing else was booked."""
        ends = sum(getattr(self, name) for name in OUTCOMES)
        return self.source == ends and not (self.in_doubt or self.missing or self.unknown)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"balanced": self.balanced}


def calculate_balance(ledger: Ledger, warehouse: Warehouse, mapping: Mapping) -> list[BalanceRow]:
    """The whole books: one row per object, or per object and partition for tickets and messages.

    Objects that neither the source nor the ledger knows anything of have a row of zeros.
    """
    with warehouse.transaction() as tx:
        count_units(tx, mapping)
        copy_outcomes(tx, ledger)
        tx.ensure(EXPECTED)
        ever = (
            "SELECT DISTINCT source_id FROM ivinex.versions"
            if tx.exists("ivinex.versions")
            else "SELECT '' AS source_id"
        )
        tx.execute(_ENDS.replace("$ever", ever))
        counted = _counted(tx)
    for write in ledger.known_writes.unsettled():
        name = _BOOKED_AS.get(write.key.object, write.key.object)
        row = counted.setdefault((name, write.partition if name in PARTITIONED else None), {})
        row["in_doubt"] = row.get("in_doubt", 0) + 1
    known = {name for name, _ in counted}
    counted |= {(name, None): {} for name in OBJECTS if name not in known}
    # An object of ours alone (the canary) has no line, unless something of it is in doubt.
    kept = [key for key in counted if key[0] in OBJECTS or counted[key].get("in_doubt")]
    kept.sort(key=lambda key: (_place(key[0]), key[1] or ""))
    return [BalanceRow(name, partition, **counted[name, partition]) for name, partition in kept]


def totals(rows: Iterable[BalanceRow]) -> list[BalanceRow]:
    """One row per object."""
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        held = sums.setdefault(row.object, {})
        for name, value in asdict(row).items():
            if name not in {"object", "partition"}:
                held[name] = held.get(name, 0) + value
    return [BalanceRow(name, None, **sums[name]) for name in sorted(sums, key=_place)]


def reasons(warehouse: Warehouse) -> list[dict[str, Any]]:
    """object, outcome, reason, rows of the books made last, for all that was not simply created."""
    return warehouse.rows(
        "SELECT object, outcome, reason, count(*) AS rows FROM reconciliation.ends "
        "WHERE outcome <> 'created' AND NOT synthetic GROUP BY ALL ORDER BY object, outcome, rows DESC, reason"
    )


def _place(name: str) -> tuple[int, str]:
    return (OBJECTS.index(name), "") if name in OBJECTS else (len(OBJECTS), name)


def _counted(tx: Connection) -> dict[tuple[str, str | None], dict[str, int]]:
    frame = tx.rows(
        f"""
        SELECT object, partition,
               count(*) FILTER (known) AS source,
               {", ".join(f"count(*) FILTER (known AND outcome = '{name}') AS {name}" for name in OUTCOMES)},
               count(*) FILTER (synthetic) AS synthetic,
               count(*) FILTER (known AND outcome IS NULL) AS missing,
               count(*) FILTER (NOT known AND NOT synthetic) AS unknown
        FROM reconciliation.ends GROUP BY object, partition
        """
    )
    return {(row.pop("object"), row.pop("partition")): row for row in frame}


_ENDS = f"""
CREATE OR REPLACE TABLE reconciliation.ends AS
WITH own AS (
    SELECT * FROM {OUTCOME_COPY.name} WHERE NOT synthetic
), units AS (
    -- A message without an outcome of its own shares that of a ticket that did not get through, or that a delta
    -- found gone in Gorgias: a conflict until a person decides.
    SELECT u.object, u.source_id, u.partition, u.activity,
           coalesce(o.outcome, CASE WHEN p.outcome NOT IN ('created', 'adopted') THEN p.outcome
                                    ELSE e.outcome END, u.fallback) AS outcome,
           CASE WHEN o.outcome IS NOT NULL THEN o.reason
                WHEN p.outcome NOT IN ('created', 'adopted') THEN 'parent: ' || p.reason
                ELSE coalesce(e.reason, u.reason) END AS reason
    FROM {UNITS.name} u
    LEFT JOIN ({GONE_TICKETS}) e ON e.source_id = u.parent
    LEFT JOIN own o ON o.object = u.object AND o.source_id = u.source_id
    LEFT JOIN own p ON p.object = 'tickets' AND p.source_id = u.parent
), carried AS (
    -- An activity or a task ended as well as the best of its messages did.
    SELECT activity, arg_min(outcome, rank) AS outcome, arg_min(reason, rank) AS reason FROM (
        SELECT activity, outcome, reason, list_position(
               ['created', 'adopted', 'conflict', 'quarantined', 'skipped', 'rolled_back'], outcome) AS rank
        FROM units WHERE activity IS NOT NULL AND outcome IS NOT NULL)
    GROUP BY activity
), before AS (
    -- One that hangs on no ticket any more, and was written while it did, is in Gorgias and stays there.
    SELECT split_part(source_id, '@', 1) AS activity, min(outcome) AS outcome FROM own
    WHERE object = 'messages' AND outcome IN ('created', 'adopted') AND contains(source_id, '@')
      AND split_part(source_id, '@', 1) NOT IN (SELECT activity FROM units WHERE activity IS NOT NULL)
    GROUP BY ALL
)
SELECT u.object, u.source_id, u.partition, true AS known, false AS synthetic,
       CASE WHEN coalesce(u.outcome, 'skipped') = 'skipped' THEN coalesce(b.outcome, u.outcome, c.outcome)
            ELSE u.outcome END AS outcome,
       CASE WHEN b.outcome IS NOT NULL THEN 'written while it hung on a ticket, and kept in Gorgias'
            ELSE coalesce(u.reason, c.reason, '') END AS reason
FROM units u LEFT JOIN carried c ON u.object IN ('activities', 'tasks') AND c.activity = u.source_id
LEFT JOIN before b ON u.object IN ('activities', 'tasks') AND b.activity = u.source_id
UNION ALL
-- What the source held when it was booked, and holds no more, stays in the books: a deletion is never propagated.
SELECT b.object, b.source_id, b.partition, v.source_id IS NOT NULL AND NOT b.synthetic AS known, b.synthetic,
       b.outcome, b.reason
FROM {OUTCOME_COPY.name} b LEFT JOIN units u ON u.object = b.object AND u.source_id = b.source_id
LEFT JOIN ($ever) v
    ON v.source_id = split_part(split_part(split_part(b.source_id, '@', 1), '#', 1), '/', 1)
WHERE b.synthetic OR u.source_id IS NULL
"""
