"""reconciliation/change_list: after a sweep, which records changed since they were loaded.

It belongs here: keeping the list. It does not: how a change is found (change_detection.py).
"""

from collections import Counter

from checks.step_result import StepResult
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.reconciliation.changes.change_detection import anything_loaded, changes, deleted_since, watermark
from resources.ledger import Loss

GONE = "deleted at the source, kept in Gorgias"
STAGE = "change_list"
CHANGE_LIST_RECORDED_AS = {"tickets": "tickets", "customers": "contacts"}


def list_changes(step: TargetStep) -> StepResult:
    """Records that changed at the source since they were loaded, by created day, kept in the ledger with a watermark.

    Found by content and not by a modified date. What was deleted at the source is told as a loss and stays in Gorgias.
    Calls no API. Before the first load the list is empty.
    """
    warehouse, ledger = step.warehouse, step.ledger
    if not anything_loaded(ledger):
        ledger.changes.list_changes([], watermark(warehouse))
        return StepResult({"records": 0, "days": 0, "gone": 0, "loaded": False})
    found, missing, mark = changes(warehouse, ledger), deleted_since(warehouse), watermark(warehouse)
    records = ledger.changes.list_changes(found, mark)
    for object, name in CHANGE_LIST_RECORDED_AS.items():
        rows = [row for row in missing if row["object"] == object]
        losses = [Loss("*", GONE, row["source_id"], partition=row["partition"]) for row in rows]
        ledger.losses.record_losses(STAGE, name, losses)
    days = {row["partition"] for row in found if row["partition"]}
    kinds = Counter(f"{row['object']}_{row['kind']}" for row in found)
    step.context.log.info(
        f"{records} records on {len(days)} days changed up to {mark}; {len(missing)} gone at the source"
    )
    numbers = {"records": records, "days": len(days), "gone": len(missing), **dict(sorted(kinds.items()))}
    return StepResult(numbers | {"loaded": True, "watermark": mark})
