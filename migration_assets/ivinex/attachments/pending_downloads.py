"""Files that the full scan left pending, downloaded when their days are next: by the addresses that the scan met.

It belongs here: where the addresses of pending files stand, and what came of each. It does not: which files of a day
are pending (full_scan/daily_slices.py), fresh addresses for those that had expired (link_renewal.py), requests
(resources/ivinex/downloads.py), and when the days are next (orchestration/files_ahead.py, and the asset
ivinex/attachments for what is left).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.download import Files, download_row, fetch, save
from migration_assets.ivinex.file_identity import file_id
from migration_assets.ivinex.file_references import FileReference
from migration_assets.ivinex.schema import schema_reader
from migration_assets.transforms.apply import parse_raw
from resources.batches import batches
from resources.ivinex.response_parser import Field
from resources.warehouse import Warehouse

Row = dict[str, Any]
AT_ONCE = 40
"""Files between two looks at whether to stop; what was downloaded by then is kept."""
_UNION = " UNION ALL ".join(f"SELECT source_id, raw FROM {one.name}" for one in tables.OF_ROLE.values())  # noqa: S608
_RAW = f"SELECT source_id, raw FROM ({_UNION}) WHERE source_id IN (SELECT unnest(?::VARCHAR[]))"  # noqa: S608


def download_pending(
    warehouse: Warehouse,
    pending: Sequence[Row],
    files: Files,
    stopped: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Download what the full scan left pending; a file that cannot be had is one bad record, told by its status.

    Where every address of a batch had expired, those after it have too: they are left to link_renewal.py unasked.

    Args:
        pending: files of some days, as `files_of_days` gives them.
        stopped: asked between two batches.

    Returns:
        Status -> files.
    """
    done: Counter[str] = Counter()
    if files.downloader is None or not pending:
        return done
    fields = {
        tab.collection_type_id: schema_reader.fields_of(warehouse, tab)
        for role in tables.OF_ROLE
        for tab in schema_reader.tabs_of(warehouse, role)
    }
    for batch in batches(pending, AT_ONCE):
        if stopped():
            break
        found = _addresses(warehouse, batch, files, fields)
        rows = [row for row in batch if row["source_id"] in found]
        fetched = fetch([found[row["source_id"]] for row in rows], files.downloader)
        kept = [
            download_row(row["source_id"], row["collection_type_id"], row["page_offset"], one)
            for row, one in zip(rows, fetched, strict=True)
        ]
        with warehouse.transaction() as tx:
            save(tx, [], kept)
        statuses = Counter(str(one.status) for one in fetched)
        done += statuses
        if len(fetched) == AT_ONCE and statuses["expired"] == AT_ONCE:
            break
    return done


def _addresses(
    warehouse: Warehouse, batch: Sequence[Row], files: Files, fields: dict[str, list[Field]]
) -> dict[str, FileReference]:
    """File -> where it stands in its record, as the scan read it."""
    wanted, found = {row["source_id"] for row in batch}, dict[str, FileReference]()
    warehouse.ensure(*tables.OF_ROLE.values())
    rows = warehouse.rows(_RAW, [sorted({row["record_source_id"] for row in batch})])
    for row, record in zip(rows, parse_raw([row["raw"] for row in rows]), strict=True):
        _, tab, _ = row["source_id"].split(":", 2)
        for mention in files.find(record, fields.get(tab, [])):
            identity = file_id(row["source_id"], mention.key)
            if identity in wanted:
                found[identity] = mention
    return found
