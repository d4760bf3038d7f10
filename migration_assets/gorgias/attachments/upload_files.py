"""One upload of the contents of some days. It does not belong here: how they are packed (files.py)."""

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.attachments.files import (
    UploadBatch,
    missing_parts,
    parts_of,
    record_refused,
    require_contents,
)
from migration_assets.gorgias.load_scope import tickets_only
from migration_assets.gorgias.load_step import LoadResult, apply_writes, merged
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.set_aside import first_set_aside
from resources.files import FileStore
from resources.gorgias.writer.write import Tally


def upload_files(step: TargetStep) -> LoadResult:
    """Contents of the day's files in Gorgias: one upload for each, packed to 20 MB a call across tickets and days.

    A content that any ticket brought before costs no call. One that Gorgias refuses is set aside with its answer, told
    in the messages that it came with, and stays in the store.
    """
    context, warehouse, ledger = step.context, step.warehouse, step.ledger
    days = list(context.partition_keys)
    staged_reader.ensure(warehouse)
    require_confirmed(warehouse, ledger, step.settings, days)
    require_not_failed(ledger, BEFORE_LOADS, days)
    require_open(ledger, ["gorgias/canary"])
    require_open(ledger, ["staging/attachments"], days, staged_reader.days(warehouse, "attachments", days))
    parts = parts_of(
        warehouse, FileStore(step.settings.home / "files"), days, tickets_only(context, ledger, warehouse, days)
    )
    missing = missing_parts(ledger, parts)
    require_contents(missing)
    tallies: list[Tally] = []
    if missing:
        packing = UploadBatch()
        with loading(step) as writer:
            while writes := list(packing.calls(missing)):
                tally = apply_writes(context, writer, f"gorgias/files {days[0]}", len(writes), writes)
                tallies.append(tally)
                packing.split(writes, tally)
                left = missing_parts(ledger, missing)
                if len(left) == len(missing) and not packing.changed:
                    break
                missing, packing.changed = left, False
    refused = record_refused(warehouse, ledger, parts, days)
    return merged(tallies), {
        "contents_of_days": len(parts),
        "undeliverable": refused,
        "uploaded": len(parts),
        **ledger.uploads.upload_counts(),
        **first_set_aside(ledger, ["files"], days),
    }
