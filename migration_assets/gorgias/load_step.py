"""What every load shares: progress, the numbers it shows, and the error when something is left open.

It belongs here: the frame around one pass through the gate. It does not: what is written (one file per target)
and how (resources/gorgias/writer/writer.py).
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checks.refusal import refusal
from migration_assets.gorgias.step_context import StepContext
from resources.gorgias.writer.write import Tally, Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger

INTERVAL = 2.0
LoadResult = tuple[Tally, dict[str, Any]]
"""What was written, and further numbers to show."""


@dataclass(frozen=True)
class Part:
    """The share of a phase that some writes stand for, where it counts records and a record takes several writes.

    Attributes:
        before: records that were through before.
        records: records of which these writes are.
        writes: of these records, all of them.
        sent: of those, the ones before these.
    """

    before: int
    records: int
    writes: int
    sent: int = 0

    def records_through(self, done: int) -> int:
        return self.before + self.records * (self.sent + done) // max(self.writes, 1)


class Progress:
    """Says how far a phase is: count, rate and time left, to the log and to the ledger (`migrate status`)."""

    def __init__(self, context: StepContext, ledger: Ledger, phase: str, total: int, part: Part | None = None):
        self._log, self._ledger, self._phase, self._total = context.log, ledger, phase, total
        self._part = part
        self._started = self._said = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        done = self._part.records_through(done) if self._part else done
        if now - self._said < INTERVAL and done < self._total:
            return
        self._said = now
        rate = done / max(now - self._started, 1e-6)
        remaining = (self._total - done) / rate if rate else 0
        self._ledger.progress.note_progress(self._phase, done, self._total, rate)
        self._log.info(f"{self._phase}: {done} of {self._total}, {rate:.1f} a second, {remaining:.0f} s left")


def apply_writes(
    context: StepContext, writer: Writer, phase: str, total: int, writes: Iterable[Write], part: Part | None = None
) -> Tally:
    """One pass through the gate, with progress; a warning names what is not as it should be.

    Args:
        total: writes; with `part`, records.
    """
    tally = writer.apply(writes, Progress(context, writer.ledger, phase, total, part))
    if tally["changed"]:
        context.log.warning(
            f"{phase}: {tally['changed']} rows differ from what was written earlier. A create is never repeated; the "
            "asset of changes (gorgias/customer_changes, gorgias/ticket_changes) merges them."
        )
    if tally["refused"]:
        context.log.warning(
            f"{phase}: {tally['refused']} rows are in quarantine (in the UI the table first_set_aside of this asset, "
            "or `migrate quarantine list`)"
        )
    if tally["transient"]:
        context.log.warning(
            f"{phase}: something between this program and Gorgias keeps refusing {tally['transient']} rows (a proxy, a "
            "firewall). What it said is in quarantine: in the UI the table first_set_aside of this asset, or "
            "`migrate quarantine list`. The next run tries them again."
        )
    return tally


def require_all(tally: Tally, what: str, ledger: Ledger, object: str) -> None:
    """Stop before the first record where one missing definition would cost a value in every record.

    Raises:
        dagster.Failure: names the refused ones with Gorgias's answer.
    """
    if not (tally["refused"] or tally["conflict"] or tally["transient"] or tally["given_up"]):
        return
    rows = ledger.quarantine.rows()
    told = [f"{row.source_id}: {row.message}" for row in rows[rows["object"] == object].itertuples()]
    told += [
        f"{row.source_id}: {row.detail}"
        for row in ledger.conflicts.conflict_rows().itertuples()
        if row.object == object
    ]
    raise refusal(
        f"Not all {what} could be made, and no record was written:\n  " + "\n  ".join(told[:20]) + "\nChange the map "
        "(mapping.yaml, then the job confirm_mapping in the UI, or `migrate mapping confirm --by NAME`) or the object "
        "in Gorgias, and run the same job or command again.",
    )


def merged(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.counts.update(tally.counts)
        whole.refused.extend(tally.refused)
        whole.transient.extend(tally.transient)
        whole.calls += tally.calls
        whole.seconds += tally.seconds
    return whole
