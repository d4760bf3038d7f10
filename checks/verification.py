"""How far a verification can be relied on: fresh, stale, failed or none (docs/verification.md).

It belongs here: judging recorded results by their age and by what was written since. It does not: comparing
(reconciliation/), and what a stale verification keeps from running (the cutover asks).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import pandas as pd

from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED

LASTS = timedelta(hours=24)
NO_MAIL = "reconciliation/comparison:no_mail"
"""Where it failed, Gorgias may have sent something: nothing more is written to that day."""
BEFORE_LOADS = (NO_MAIL, "ivinex/tickets:matches_sweep", "ivinex/activities:matches_sweep")
"""Checks of other stages whose failure keeps a day from being written."""
DAY_CHECKS = tuple(
    f"reconciliation/comparison:{name}"
    for name in ("tickets_compared", "messages_compared", "files_compared", "links", "no_mail")
)
OBJECT_CHECKS = tuple(
    f"reconciliation/target_sweep:{name}_compared" for name in ("users", "teams", "custom_fields", "tags", "customers")
)


class Verification(StrEnum):
    """The state of one partition's verification."""

    fresh = "fresh"
    stale = "stale"
    failed = "failed"
    none = "none"


def verification(rows: pd.DataFrame, checks: Sequence[str], written_at: datetime | None, now: datetime) -> Verification:
    """Judge the gate rows of one partition; pure.

    Args:
        rows: check_name, passed, overridden, recorded_at of that partition (`QualityGates.gate_rows`).
        checks: those that make up a verification.
        written_at: when the partition was last written; a result from before that says nothing of it.

    Returns:
        failed before stale: an old failure is not forgiven by its age. A failure that a person overrode counts as
        passed for as long as it is fresh.
    """
    own = rows[rows["check_name"].isin(list(checks))]
    if (~own["passed"] & ~own["overridden"]).any():
        return Verification.failed
    if set(checks) - set(own["check_name"]):
        return Verification.none
    oldest = own["recorded_at"].min()
    outdated = oldest < now - LASTS or (written_at is not None and oldest < written_at)
    return Verification.stale if outdated else Verification.fresh


def verifications(ledger: Ledger, partitions: Sequence[str]) -> dict[str, Verification]:
    """The verification of these days, and of objects without days under `*`."""
    now, rows = ledger.now(), ledger.quality_gates.gate_rows([*DAY_CHECKS, *OBJECT_CHECKS])
    written = ledger.times.last_written()
    by_partition = dict(tuple(rows.groupby("partition")))
    return {
        key: verification(
            by_partition.get(key, rows.iloc[:0]),
            OBJECT_CHECKS if key == UNPARTITIONED else DAY_CHECKS,
            written.get(None if key == UNPARTITIONED else key),
            now,
        )
        for key in partitions
    }
