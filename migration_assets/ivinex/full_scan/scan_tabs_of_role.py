"""The body of every sweep asset: all tabs of one role, swept one after another, with the numbers for the UI.

Belongs here: what the sweep assets share between Dagster and the plain sweep. Does not belong here: what comes
after a sweep (partitions, relations), which is the asset's own.
"""

from collections import Counter
from typing import Any

import pandas as pd

from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.exports.export_files import read_users
from migration_assets.ivinex.full_scan.scan import ScanSource, full_scan
from migration_assets.ivinex.full_scan.scan_result import ScanResult
from migration_assets.ivinex.schema import schema_reader
from migration_assets.ivinex.source_step import SourceStep
from migration_assets.ivinex.tables import UNREADABLE
from migration_assets.partitions import NO_PARTITION
from resources.ivinex.response_parser import Tab
from resources.ledger import Ledger
from resources.ledger.records import Loss, Quarantined
from resources.warehouse import Warehouse

SCAN_STAGE = "ivinex sweep"
"""What the ledger calls the stage that sets records aside as they are read."""
OBJECTS = {
    "contact": "contacts",
    "organization": "organizations",
    "ticket": "tickets",
    "activity": "activities",
    "task": "tasks",
}


def scan_tabs_of_role(step: SourceStep, role: str) -> dict[str, Any]:
    """Sweeps every tab of a role; returns metadata for the materialization.

    Raises:
        IvinexFailure: a page could not be read; that tab's tables are as they were.
        ExportProblem: users.csv cannot be read.
    """
    client, warehouse, settings, ledger = step.ivinex.get(), step.warehouse, step.settings, step.ledger
    files, zone = Files.of(settings, step.ivinex), settings.zone
    tabs = schema_reader.tabs_of(warehouse, role)
    user_ids = {user.username: user.user_id for user in read_users(settings.home) or []}
    present = tables.OF_ROLE[role]
    warehouse.ensure(present)
    results = []
    for tab in tabs:
        source = ScanSource(tab, role, schema_reader.fields_of(warehouse, tab), user_ids, zone)
        results.append(full_scan(client, warehouse, source, present, files=files, log=step.log.info))
    with warehouse.transaction() as tx:
        tx.execute(
            f"DELETE FROM {present.name} WHERE NOT list_contains(?, collection_type_id)",  # noqa: S608
            [[tab.collection_type_id for tab in tabs]],
        )
        rows = int(tx.scalar(f"SELECT count(*) FROM {present.name}"))  # noqa: S608
    ledger.losses.record_losses("ivinex", OBJECTS[role], _losses(results))
    _set_aside(warehouse, ledger, OBJECTS[role], list(zip(tabs, results, strict=True)))
    return _metadata(results, rows)


def _set_aside(warehouse: Warehouse, ledger: Ledger, name: str, results: list[tuple[Tab, ScanResult]]) -> None:
    """Books the records that could not be read; they are in no table but their own, and the balance counts them."""
    found = [
        {"source_id": source_id, "object": name, "collection_type_id": tab.collection_type_id, "reason": reason}
        for tab, result in results
        for source_id, reason in sorted(result.unreadable.items())
    ]
    warehouse.ensure(UNREADABLE)
    with warehouse.transaction() as tx:
        tx.delete_slice(UNREADABLE, "object", [name])
        if found:
            tx.append(UNREADABLE, pd.DataFrame(found))
    day = NO_PARTITION if name == "tickets" else None
    rows = [Quarantined(one["source_id"], "never_possible", one["reason"], partition=day) for one in found]
    ledger.quarantine.record(name, SCAN_STAGE, rows)


def _losses(results: list[ScanResult]) -> list[Loss]:
    counted: dict[str, int] = {}
    for result in results:
        for trouble, count in result.problems.items():
            counted[trouble] = counted.get(trouble, 0) + count
    replaced = sum(result.replaced for result in results)
    broken = [Loss(field="*", kind="characters that are no UTF-8", count=replaced)] if replaced else []
    return broken + [
        Loss(field=trouble.split()[0], kind=f"time {trouble.split()[1]}", count=count)
        for trouble, count in sorted(counted.items())
    ]


def _metadata(results: list[ScanResult], rows: int) -> dict[str, Any]:
    seconds = sum(result.seconds for result in results)
    read = sum(result.rows_read for result in results)
    unproved = [result.note for result in results if not result.proved]
    tried = sum((Counter(result.files) for result in results), Counter[str]())
    metadata: dict[str, Any] = {
        "dagster/row_count": rows,
        "files_tried": tried.total(),
        "files_downloaded": tried["ok"],
        "tabs": len(results),
        "passes": max((result.passes for result in results), default=0),
        "pages": sum(result.pages for result in results),
        "rows_read": read,
        "rows_per_second": round(read / seconds, 1) if seconds else 0.0,
        "new_versions": sum(result.new_versions for result in results),
        "missing_once": sum(result.missing_once for result in results),
        "deleted_at_source": sum(result.deleted for result in results),
        "replaced_characters": sum(result.replaced for result in results),
        "soft_deleted": sum(result.soft_deleted for result in results),
        "unreadable_records": sum(len(result.unreadable) for result in results),
        "completeness_proved": not unproved,
        "proof": "; ".join(result.note for result in results),
    }
    return metadata | ({"problem": "; ".join(unproved)} if unproved else {})
