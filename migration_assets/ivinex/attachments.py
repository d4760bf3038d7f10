"""ivinex/attachments: files of the tickets created on the day, and of their activities and tasks.

Belongs here: the asset and the slice. They were downloaded during the sweep; only where a URL had expired is a fresh
one asked for (file_refresh.py).
"""

from collections.abc import Sequence

import dagster as dg

from migration_assets.ivinex import tables
from migration_assets.ivinex.file_refresh import refresh
from migration_assets.ivinex.file_sweep import Files
from migration_assets.ivinex.file_tables import ATTACHMENTS, DOWNLOADS, MENTIONS
from migration_assets.partitions import daily_partitions
from migration_assets.settings import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.warehouse import Warehouse, WarehouseResource

_SLICE = f"""
    WITH records AS (
        SELECT partition, source_id AS ticket_source_id, source_id, content_hash FROM ivinex.ticket_sweep
        WHERE list_contains($days, partition)
        UNION ALL
        SELECT DISTINCT t.partition, t.source_id, a.source_id, a.content_hash
        FROM ivinex.ticket_sweep t
        JOIN ivinex.links l ON l.to_source_id = t.source_id AND l.role IN ('activity_ticket', 'task_ticket')
        JOIN (
            SELECT source_id, content_hash FROM ivinex.activity_sweep
            UNION ALL SELECT source_id, content_hash FROM ivinex.tasks
        ) a ON a.source_id = l.from_source_id
        WHERE list_contains($days, t.partition)
    )
    SELECT r.partition, r.ticket_source_id, m.*, d.status, d.detail, d.sha256, d.size, d.content_type, d.misnamed
    FROM records r
    JOIN {MENTIONS.name} m ON m.record_source_id = r.source_id AND m.content_hash = r.content_hash
    JOIN {DOWNLOADS.name} d ON d.source_id = m.source_id
"""  # noqa: S608


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["ivinex", name]) for name in ("ticket_sweep", "activity_sweep", "tasks")],
    metadata=ATTACHMENTS.metadata() | {"partition_expr": "partition"},
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
    chosen, store, days = settings.get(), warehouse.get(), list(context.partition_keys)
    files = Files.of(chosen, ivinex)
    counts = slice_files(store, days)
    asked = {"refreshed": 0, "recovered": 0}
    if files.downloader is not None:
        downloader = files.downloader
        asked = refresh(store, days, files.site, lambda: (ivinex.get(), downloader()))
        if asked["refreshed"]:
            counts = slice_files(store, days)
    rows = sum(counts.values())
    context.log.info(f"{rows} files on {len(days)} days: {counts}")
    return dg.MaterializeResult(
        metadata={"dagster/partition_row_count": rows, "held": counts.get("ok", 0), **asked}
        | {f"status_{status}": count for status, count in counts.items() if status != "ok"}
    )


def slice_files(warehouse: Warehouse, days: Sequence[str]) -> dict[str, int]:
    """Replace the days of ivinex.attachments; returns rows per status of the download."""
    with warehouse.transaction() as tx:
        tx.ensure(tables.LINKS, tables.TICKET_SWEEP, tables.ACTIVITY_SWEEP, tables.TASKS, MENTIONS, DOWNLOADS)
        tx.delete_slice(ATTACHMENTS, "partition", days)
        tx.execute(f"INSERT INTO {ATTACHMENTS.name} BY NAME {_SLICE}", {"days": list(days)})
        rows = tx.rows(
            f"SELECT status, count(*) AS rows FROM {ATTACHMENTS.name} "  # noqa: S608
            "WHERE list_contains($days, partition) GROUP BY status ORDER BY status",
            {"days": list(days)},
        )
    return {row["status"]: int(row["rows"]) for row in rows}
