"""The checks of the read-back: everything compared, links, silence; each on the asset that made its evidence.

It belongs here: which check looks at which differences, and when there is nothing to look at yet. It does not:
comparing (comparison/compare_days.py, comparison/compare_objects.py), and how a result becomes a gate
(checks/step_check.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from checks.evaluate import SHOWN, Evaluation
from checks.step_check import StepCheck
from migration_assets.partitions import daily_partitions
from migration_assets.reconciliation.comparison.comparison_rules import is_defect
from migration_assets.reconciliation.comparison.differences import found_in, of_slices
from migration_assets.reconciliation.comparison.expected_tickets import LINKS, SILENCE
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from resources.ledger import Ledger
from resources.warehouse import Warehouse

COMPARISON = dg.AssetKey(["reconciliation", "comparison"])
OBJECTS = dg.AssetKey(["reconciliation", "target_sweep"])
READ_DAY = "materialize reconciliation/readback for the day first (in the UI the job verify_days, or `migrate verify`)"
READ_OBJECTS = "materialize reconciliation/target_sweep (in the UI the job verify, or `migrate verify`)"
_COMPARED = (
    "What was written was read back and held against its staged row, field by field. What people changed or added in "
    "Gorgias since is told and closes nothing; what is missing, dropped, cut or altered does."
)


@dataclass(frozen=True)
class ReadBackCheck:
    """One check of a comparison.

    Attributes:
        objects: objects of the comparison that it looks at.
        concerns: which of their fields.
        excuses: what people changed since closes nothing.
    """

    check: StepCheck
    objects: tuple[str, ...]
    concerns: Callable[[str], bool] = lambda _: True
    excuses: bool = True

    def report(
        self, context: dg.AssetExecutionContext, warehouse: Warehouse, ledger: Ledger, keys: Sequence[str]
    ) -> dg.AssetCheckResult:
        def found() -> dict[str | None, Evaluation]:
            results = self.evaluate(warehouse, ledger, keys)
            return {None if key == UNPARTITIONED else key: result for key, result in results.items()}

        return self.check.report(context, ledger, found)

    def evaluate(self, warehouse: Warehouse, ledger: Ledger, keys: Sequence[str]) -> dict[str, Evaluation]:
        """Slice -> what was found. A slice that was not read back since it was written is not known, never failed."""
        written = ledger.times.last_written()
        slices: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
        for row in of_slices(warehouse, self.objects, keys):
            slices[row["partition"]].append(row)
        results = {
            key: _covered(rows, key, written.get(None if key == UNPARTITIONED else key)) for key, rows in slices.items()
        }
        for row in found_in(warehouse, self.objects, keys):
            result = results[row["partition"]]
            if not self.concerns(row["field"]) or result.unknown:
                continue
            result.failures[(row["field"], row["kind"])] += 1
            if len(result.first) < SHOWN:
                shown = {name: row[name] for name in ("object", "field", "kind", "source_id", "gorgias_id", "detail")}
                result.first.append(shown)
                result.source_ids.append(str(row["source_id"] or row["gorgias_id"]))
        for result in results.values():
            result.excused = self.excuses and not any(is_defect(kind, field) for field, kind in result.failures)
            result.sentence = _sentence(result)
        return results


def _covered(rows: list[dict[str, Any]], key: str, written_at: object) -> Evaluation:
    """How far a slice was compared since it was written last; `rows` of reconciliation.compared."""
    way = READ_OBJECTS if key == UNPARTITIONED else READ_DAY
    if written_at is None:
        return Evaluation(sentence="nothing was written to Gorgias")
    if not rows or any(row["checked_at"] < written_at for row in rows):
        return Evaluation(unknown=f"not read back since it was written: {way}")
    total, compared = sum(row["written"] for row in rows), sum(row["compared"] for row in rows)
    if compared < total:
        return Evaluation(rows=total, unknown=f"{total - compared} of {total} were not read back: {way}")
    return Evaluation(rows=total, equal=sum(row["equal"] for row in rows))


def _sentence(result: Evaluation) -> str:
    if result.equal is None:
        return result.sentence
    counted = f"{result.rows} written, all read back"
    if not result.failures:
        return f"{counted}, nothing differs"
    listed = "; ".join(f"{field}: {kind} ({count})" for (field, kind), count in result.failures.most_common())
    since = " (people changed it in Gorgias since, which closes nothing)" if result.excused else ""
    return f"{counted}; {listed}{since}"


def _daily(
    name: str,
    told: str,
    objects: tuple[str, ...],
    concerns: Callable[[str], bool] = lambda _: True,
    excuses: bool = True,
) -> ReadBackCheck:
    check = StepCheck(COMPARISON, name, told, partitions_def=daily_partitions(), gate=True)
    return ReadBackCheck(check, objects, concerns, excuses)


DAILY = (
    _daily("tickets_compared", _COMPARED, ("tickets",)),
    _daily("messages_compared", _COMPARED, ("messages",)),
    _daily("files_compared", "Every file is with its message, by name and size.", ("messages",), "attachments".__eq__),
    _daily(
        "links",
        "No orphan: customer, assignee, sender and receiver in Gorgias are those that were written.",
        ("tickets", "messages"),
        LINKS.__contains__,
    ),
    _daily(
        "no_mail",
        "Gorgias sent nothing: no rule and no AI Agent answered, no survey went out, each message has the sent time "
        "that it was given, and no attempt to send it failed. Where this fails nothing more is written to the day.",
        ("messages",),
        SILENCE.__contains__,
        # Whoever changed it: a message with another sent time may have been sent.
        excuses=False,
    ),
)
WITHOUT_DAY = tuple(
    ReadBackCheck(StepCheck(OBJECTS, f"{name}_compared", _COMPARED, gate=True), (name,))
    for name in ("users", "teams", "custom_fields", "tags", "customers")
)
STRANGERS = StepCheck(
    OBJECTS,
    "tickets_known",
    "No ticket in Gorgias carries an external id of this migration that the ledger does not know.",
)
