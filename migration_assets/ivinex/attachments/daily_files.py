"""ivinex/attachments: files of the tickets created on the day, and of their activities and tasks.

Belongs here: the asset only; the SQL is in full_scan/daily_slices.py. Files were downloaded during the sweep; only
where a URL had expired is a fresh one asked for (link_renewal.py).
"""

import dagster as dg

from migration_assets.ivinex import checks
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.attachments.link_renewal import refresh
from migration_assets.ivinex.full_scan.daily_slices import slice_files
from migration_assets.ivinex.full_scan.slice_checks import files_there
from migration_assets.partitions import daily_partitions
from migration_assets.settings import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["ivinex", name]) for name in ("ticket_sweep", "activity_sweep", "tasks")],
    metadata=ATTACHMENTS.metadata() | {"partition_expr": "partition"},
    check_specs=[checks.DOWNLOADED.spec],
)
def attachments(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Files on the day's tickets and activities, each with its content in the store or the reason why it is not there.

    A URL that had expired is refreshed once, from the ticket's related items or the page of its record; a day without
    such files makes no call.
    """
    chosen, open_warehouse, days = settings.get(), warehouse.get(), list(context.partition_keys)
    files = Files.of(chosen, ivinex)
    counts = slice_files(open_warehouse, days)
    asked = {"refreshed": 0, "recovered": 0}
    if files.downloader is not None:
        asked = refresh(open_warehouse, days, files, ivinex.get)
        if asked["refreshed"]:
            counts = slice_files(open_warehouse, days)
    rows = sum(counts.values())
    context.log.info(f"{rows} files on {len(days)} days: {counts}")
    seen = checks.DOWNLOADED.report(context, None, lambda: files_there(open_warehouse, days, chosen.files_later))
    return dg.MaterializeResult(
        metadata={"dagster/partition_row_count": rows, "held": counts.get("ok", 0), **asked}
        | {f"status_{status}": count for status, count in counts.items() if status != "ok"},
        check_results=[seen],
    )
