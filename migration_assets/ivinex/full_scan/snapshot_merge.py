"""From the rows of one sweep to versions and present state: set-wise SQL, in one transaction.

Belongs here: what a sweep changes in the warehouse. Does not belong here: reading.
"""

from datetime import datetime

import pandas as pd

from migration_assets.ivinex import tables
from migration_assets.ivinex.full_scan.scan_result import ScanResult
from resources.warehouse import Connection, Table, Warehouse

DEDUPLICATE_SQL = """
    SELECT {columns} FROM ivinex.sweep_rows s
    SEMI JOIN (SELECT max(seq) AS seq FROM ivinex.sweep_rows WHERE collection_type_id = $tab
               GROUP BY source_id, content_hash) newest ON s.seq = newest.seq
    WHERE s.collection_type_id = $tab
"""

TOUCH_SEEN_SQL = f"""
    UPDATE ivinex.versions v SET last_seen = s.read_at, sweep_id = $sweep
    FROM ({DEDUPLICATE_SQL.format(columns="source_id, content_hash, read_at")}) s
    WHERE v.source_id = s.source_id AND v.content_hash = s.content_hash
"""  # noqa: S608

# A known version keeps its hash while the tokens of its file URLs change: the freshest ones are worth having.
_FRESH_URLS = f"""
    UPDATE ivinex.versions v SET raw = s.raw
    FROM ({DEDUPLICATE_SQL.format(columns="source_id, content_hash, raw")}) s
    WHERE v.source_id = s.source_id AND v.content_hash = s.content_hash AND v.raw <> s.raw
"""  # noqa: S608

_NEW = f"""
    INSERT INTO ivinex.versions BY NAME
    SELECT collection_type_id, collection_id, source_id, content_hash, raw, created_raw, modified_raw, created_at,
           modified_at, read_at AS first_seen, read_at AS last_seen, $sweep AS sweep_id
    FROM ({DEDUPLICATE_SQL.format(columns="*")}) s
    ANTI JOIN ivinex.versions v ON v.source_id = s.source_id AND v.content_hash = s.content_hash
"""  # noqa: S608

_PRESENT_HASHES = """
    SELECT source_id, arg_max(content_hash, seq) AS content_hash, false AS missing
    FROM ivinex.sweep_rows WHERE collection_type_id = $tab GROUP BY source_id
    UNION ALL
    SELECT source_id, arg_max(content_hash, last_seen) AS content_hash, true AS missing
    FROM ivinex.versions v
    WHERE collection_type_id = $tab AND last_seen >= $since
      AND NOT EXISTS (SELECT 1 FROM ivinex.sweep_rows s WHERE s.source_id = v.source_id)
    GROUP BY source_id
"""


def known_hashes(warehouse: Warehouse, tab: str, present: Table) -> int:
    """Makes the tables, forgets rows of a sweep that was cut off; returns the last sweep's record count or 0."""
    with warehouse.transaction() as tx:
        tx.ensure(tables.VERSIONS, tables.SWEEPS, tables.SWEEP_ROWS, present)
        tx.execute("DELETE FROM ivinex.sweep_rows WHERE collection_type_id = $tab", {"tab": tab})
        last = tx.scalar(
            "SELECT arg_max(distinct_ids, started_at) FROM ivinex.sweeps WHERE collection_type_id = $tab", {"tab": tab}
        )
    return int(last or 0)


def commit_snapshot(
    warehouse: Warehouse, tab: str, role: str, present: Table, result: ScanResult, ended_at: datetime
) -> None:
    """Merges the sweep's rows, replaces the tab's present state, and books the sweep.

    A record missing from this sweep only stays present; one missing from two counts as deleted at the source: it is
    reported and leaves the present state, and nothing is propagated (docs/reading-ivinex.md).
    """
    with warehouse.transaction() as tx:
        before = tx.scalar("SELECT count(*) FROM ivinex.versions")
        known = {"tab": tab, "sweep": result.scan_id}
        tx.execute(TOUCH_SEEN_SQL, known)
        tx.execute(_FRESH_URLS, {"tab": tab})
        tx.execute(_NEW, known)
        result.new_versions = int(tx.scalar("SELECT count(*) FROM ivinex.versions")) - int(before)
        _rebuild_current(tx, tab, present, result)
        tx.append(tables.SWEEPS, _scan_row(tab, role, result, ended_at))
        tx.execute("DELETE FROM ivinex.sweep_rows WHERE collection_type_id = $tab", {"tab": tab})


def _rebuild_current(tx: Connection, tab: str, present: Table, result: ScanResult) -> None:
    since = tx.scalar("SELECT max(started_at) FROM ivinex.sweeps WHERE collection_type_id = $tab", {"tab": tab})
    scope = {"tab": tab, "since": since or result.started_at}
    tx.execute(f"CREATE OR REPLACE TEMP TABLE present_hashes AS {_PRESENT_HASHES}", scope)
    tx.delete_slice(present, "collection_type_id", [tab])
    tx.execute(
        f"""
        INSERT INTO {present.name} BY NAME
        SELECT v.collection_type_id, v.collection_id, v.source_id, v.content_hash, v.raw, v.created_at, v.modified_at
        FROM ivinex.versions v SEMI JOIN present_hashes p USING (source_id, content_hash)
        WHERE v.collection_type_id = $tab
        """,  # noqa: S608
        {"tab": tab},
    )
    result.missing_once = int(tx.scalar("SELECT count(*) FROM present_hashes WHERE missing") or 0)
    ever = tx.scalar(
        "SELECT count(DISTINCT source_id) FROM ivinex.versions WHERE collection_type_id = $tab", {"tab": tab}
    )
    result.deleted = int(ever) - int(tx.scalar("SELECT count(*) FROM present_hashes"))


def _scan_row(tab: str, role: str, result: ScanResult, ended_at: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "sweep_id": result.scan_id,
                "role": role,
                "collection_type_id": tab,
                "started_at": pd.Timestamp(result.started_at),
                "ended_at": pd.Timestamp(ended_at),
                "passes": result.passes,
                "pages": result.pages,
                "rows_read": result.rows_read,
                "distinct_ids": result.distinct_ids,
                "proved": result.proved,
                "note": result.note,
            }
        ]
    )
