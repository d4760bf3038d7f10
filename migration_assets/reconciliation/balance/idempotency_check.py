"""reconciliation/second_pass: the load planned again, against the ledger; a whole migration leaves nothing to write.

It belongs here: counting what a second run would do. It does not: building requests
(gorgias/load/all_planned_writes.py). It is read-only by construction: it is given a Reader and never opens the write
gate.
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from checks.evaluate import Evaluation
from checks.step_check import StepCheck, asset_key
from checks.step_result import StepResult
from migration_assets.gorgias.load.all_planned_writes import PlannedWrite, day_writes, message_writes, object_writes
from migration_assets.gorgias.load.id_resolver import target_ids
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from resources.gorgias.client import Reader
from resources.gorgias.writer.planner import PlannedAction
from resources.ledger import Ledger
from resources.warehouse import Table, Warehouse

NAME = "second_pass"
DAYS_AT_ONCE, MESSAGE_DAYS_AT_ONCE, SHOWN = 366, 31, 20
PLANNED = Table(
    "reconciliation.second_pass",
    {
        "partition": ("VARCHAR", "the day, or * for objects without days"),
        "object": ("VARCHAR", "object of the writes"),
        "part": ("VARCHAR", "create, append, update, values, data"),
        "need": (
            "VARCHAR",
            "send or settle: a second run would write; unchanged, changed, refused, conflict: it would not",
        ),
        "rows": ("BIGINT", "writes"),
        "first_ids": ("VARCHAR[]", "the first source ids of those that would be written"),
        "planned_at": ("TIMESTAMPTZ", "when"),
    },
)
WRITES = (PlannedAction.send, PlannedAction.settle)
NOTHING_TO_WRITE = StepCheck(
    asset_key("reconciliation", NAME),
    "nothing_to_write",
    "The load of everything that is staged was planned again and compared with the ledger: a second run would send "
    "nothing. Creates whose rows changed since are the delta's, and are counted apart.",
    gate=True,
)


def plan_again(reader: Reader, ledger: Ledger, warehouse: Warehouse, fallback_email: str | None) -> None:
    """Refill reconciliation.second_pass."""
    at = datetime.now(UTC)
    counts: Counter[tuple[str, str, str, str]] = Counter()
    ids: defaultdict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for write in _writes(reader, ledger, warehouse, fallback_email):
        key = (write.partition or UNPARTITIONED, write.key.object, write.key.part, str(write.action))
        counts[key] += 1
        if write.action in WRITES and len(ids[key]) < SHOWN:
            ids[key].append(write.key.source_id)
    # The last row says that it was planned, also where there was nothing to look at.
    counts[UNPARTITIONED, "", "", str(PlannedAction.unchanged)] = 0
    rows = [(*key, number, ids.get(key, []), at) for key, number in sorted(counts.items())]
    frame = pd.DataFrame(rows, columns=list(PLANNED.columns)).astype({"planned_at": "datetime64[us, UTC]"})
    warehouse.replace(PLANNED, frame)


def _writes(reader: Reader, ledger: Ledger, warehouse: Warehouse, fallback_email: str | None) -> Iterator[PlannedWrite]:
    confirmed = ledger.decisions.confirmed_mapping()
    version = confirmed.version if confirmed else ""
    people = target_ids(ledger, reader, fallback_email)
    yield from object_writes(warehouse, ledger, reader, people, version)
    if not warehouse.exists("staging.tickets"):
        return
    days = [row["partition"] for row in warehouse.rows("SELECT DISTINCT partition FROM staging.tickets ORDER BY 1")]
    for start in range(0, len(days), DAYS_AT_ONCE):
        yield from day_writes(warehouse, ledger, people, version, days[start : start + DAYS_AT_ONCE])
    for start in range(0, len(days), MESSAGE_DAYS_AT_ONCE):
        yield from message_writes(warehouse, ledger, people, days[start : start + MESSAGE_DAYS_AT_ONCE])


def evaluate_idempotency(planned: int, writes: int, left: list[dict[str, Any]]) -> Evaluation:
    told = f"{planned} writes planned again, a second run would send {writes}"
    listed = "".join(f"; {row['partition']} {row['object']} {row['part']}: {row['rows']}" for row in left[:SHOWN])
    result = Evaluation(rows=planned, sentence=told + listed)
    for row in left:
        result.failures[(f"{row['object']} {row['part']}", "would be written again")] += row["rows"]
        result.source_ids = sorted([*result.source_ids, *row["first_ids"]])[:SHOWN]
    return result


IDEMPOTENCY_TOTALS = f"SELECT need, sum(rows)::BIGINT AS rows FROM {PLANNED.name} GROUP BY need"


def would_write(warehouse: Warehouse) -> list[dict[str, Any]]:
    """partition, object, part, need, rows, first_ids of what a second run would send."""
    if not warehouse.exists(PLANNED):
        return []
    return warehouse.rows(
        f"SELECT * EXCLUDE (planned_at) FROM {PLANNED.name} WHERE need IN ('send', 'settle') ORDER BY ALL"
    )


def check_idempotency(step: TargetStep) -> StepResult:
    """Every payload built again and held against the ledger; nothing is sent. A whole load leaves nothing to write."""
    plan_again(step.gorgias.reader, step.ledger, step.warehouse, step.settings.gorgias_fallback_user)
    totals = {row["need"]: row["rows"] for row in step.warehouse.rows(IDEMPOTENCY_TOTALS)}
    left, planned = would_write(step.warehouse), sum(totals.values())
    writes = sum(row["rows"] for row in left)
    return StepResult(
        {"planned": planned, "writes": writes} | {str(one): totals.get(one, 0) for one in PlannedAction},
        [lambda: evaluate_idempotency(planned, writes, left)],
    )
