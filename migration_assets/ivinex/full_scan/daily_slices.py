"""Days cut out of the sweeps: no call, set-wise over all keys of a range.

Belongs here: the SQL of `ivinex/tickets`, `ivinex/activities` and `ivinex/attachments`, and which days of them are
older than the sweeps. Does not belong here: asking for files again (attachments/link_renewal.py), and what a check says
of a slice (slice_checks.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS, DOWNLOADS, MENTIONS
from resources.warehouse import Connection, Table, Warehouse


@dataclass(frozen=True)
class Slice:
    """A table that is cut out of the sweeps.

    Attributes:
        select: its rows of `$days`, by name, as the sweeps hold them.
        marks: columns that together say which row it is and which version of it.
    """

    table: Table
    select: str
    marks: str


TICKETS = Slice(
    tables.TICKETS,
    "SELECT * FROM ivinex.ticket_sweep WHERE list_contains($days, partition)",
    "source_id, content_hash",
)
ACTIVITIES = Slice(
    tables.ACTIVITIES,
    """
    SELECT t.partition, t.source_id AS ticket_source_id, a.collection_type_id, a.collection_id, a.source_id,
           a.content_hash, a.raw, a.created_at, a.modified_at
    FROM ivinex.ticket_sweep t
    JOIN ivinex.links l ON l.to_source_id = t.source_id AND l.role = 'activity_ticket'
    JOIN ivinex.activity_sweep a ON a.source_id = l.from_source_id
    WHERE list_contains($days, t.partition)
    """,
    "ticket_source_id, source_id, content_hash",
)
_OF_TICKETS = f"""
    SELECT r.partition, r.ticket_source_id, m.*, d.status, d.detail, d.sha256, d.size, d.content_type, d.misnamed
    FROM (
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
    ) r
    JOIN {MENTIONS.name} m ON m.record_source_id = r.source_id AND m.content_hash = r.content_hash
    JOIN {DOWNLOADS.name} d ON d.source_id = m.source_id
"""  # noqa: S608
_BY_STATUS = f"""
    SELECT DISTINCT f.source_id, f.record_source_id, d.collection_type_id, d.page_offset
    FROM ({_OF_TICKETS}) f JOIN {DOWNLOADS.name} d USING (source_id)
    WHERE d.status = $status AND NOT d.refreshed
        AND ($tickets::VARCHAR[] IS NULL OR list_contains($tickets::VARCHAR[], f.ticket_source_id))
    ORDER BY f.record_source_id, f.source_id
"""  # noqa: S608
_WITHOUT_DAY = f"""
    WITH of_a_day AS (SELECT source_id FROM ivinex.ticket_sweep WHERE partition <> 'none')
    SELECT DISTINCT d.source_id, m.record_source_id, d.collection_type_id, d.page_offset
    FROM {DOWNLOADS.name} d JOIN {MENTIONS.name} m USING (source_id)
    WHERE d.status = 'pending' AND NOT d.refreshed AND m.record_source_id NOT IN (
        SELECT source_id FROM of_a_day
        UNION ALL SELECT from_source_id FROM ivinex.links
        WHERE role IN ('activity_ticket', 'task_ticket') AND to_source_id IN (SELECT source_id FROM of_a_day)
    )
    ORDER BY m.record_source_id, d.source_id
"""  # noqa: S608
FILES = Slice(
    ATTACHMENTS,
    # A picture in a body that could not be asked for without credentials is there all the same where a FILE field of
    # the same ticket holds it: an answer quotes the mail before it.
    f"""
    WITH files AS ({_OF_TICKETS}), known AS (
        SELECT ticket_source_id, label, arg_min(sha256, source_id) AS sha256, arg_min(size, source_id) AS size,
               arg_min(content_type, source_id) AS content_type, arg_min(misnamed, source_id) AS misnamed
        FROM (
            SELECT *, unnest(from_json(labels, '["VARCHAR"]')) AS label FROM files WHERE status = 'ok' AND NOT inline)
        WHERE starts_with(label, 'image:') GROUP BY ALL
    )
    SELECT f.* REPLACE (
        if(k.sha256 IS NULL, f.status, 'ok') AS status, if(k.sha256 IS NULL, f.detail, '') AS detail,
        coalesce(f.sha256, k.sha256) AS sha256, coalesce(f.size, k.size) AS size,
        coalesce(f.content_type, k.content_type) AS content_type, coalesce(k.misnamed, f.misnamed) AS misnamed)
    FROM files f LEFT JOIN known k ON f.inline AND f.status <> 'ok' AND k.ticket_source_id = f.ticket_source_id
        AND k.label = 'image:' || split_part(f.source_id, '/', 2)
    """,  # noqa: S608
    "ticket_source_id, source_id, content_hash, position, status, sha256",
)

MADE = (tables.LINKS, tables.TICKET_SWEEP, tables.ACTIVITY_SWEEP, tables.TASKS, MENTIONS, DOWNLOADS)
"""What the sweeps fill, and days are cut out of."""


def slice_tickets(warehouse: Warehouse, days: Sequence[str]) -> dict[str, int]:
    """Replaces the given days of `ivinex.tickets`; returns rows per day that has any."""
    return _cut_alone(warehouse, TICKETS, days, "partition")


def slice_activities(warehouse: Warehouse, days: Sequence[str]) -> dict[str, int]:
    """Replaces the given days of `ivinex.activities`: one row per (activity, ticket), on the ticket's day."""
    return _cut_alone(warehouse, ACTIVITIES, days, "partition")


def slice_files(warehouse: Warehouse, days: Sequence[str]) -> dict[str, int]:
    """Replaces the given days of `ivinex.attachments`; returns rows per status of the download."""
    return _cut_alone(warehouse, FILES, days, "status")


def files_of_days(
    warehouse: Warehouse, days: Sequence[str], status: str, tickets: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Files of these days with this status, each once, whether the days were cut already or not.

    Args:
        tickets: leave out the files of all tickets but these.
    """
    with warehouse.transaction() as tx:
        _ensure(tx)
        wanted = {"status": status, "tickets": None if tickets is None else list(tickets)}
        return tx.rows(_BY_STATUS, {"days": list(days), **wanted})


def files_without_day(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Pending files of records that hang on no ticket with a day; they have no place in Gorgias."""
    with warehouse.transaction() as tx:
        _ensure(tx)
        return tx.rows(_WITHOUT_DAY)


def refresh_stale(warehouse: Warehouse, days: Sequence[str]) -> list[str]:
    """Cuts those days again whose slices are not what the sweeps hold now; without a call.

    A slice may be older than the sweep: a run that begins at a later step, or is executed again from its failure,
    does not cut the day. The rows are compared as sets, by id and version.

    Returns:
        The days that differed, in order.
    """
    with warehouse.transaction() as tx:
        _ensure(tx)
        tx.ensure(*(one.table for one in (TICKETS, ACTIVITIES, FILES)))
        stale = {one.table.name: _stale(tx, one, days) for one in (TICKETS, ACTIVITIES, FILES)}
        for one in (TICKETS, ACTIVITIES, FILES):
            if differing := stale[one.table.name]:
                _cut(tx, one, differing)
    return sorted({day for differing in stale.values() for day in differing})


def _stale(tx: Connection, one: Slice, days: Sequence[str]) -> list[str]:
    """Days on which the table and the sweeps hold other rows, or a row in another number."""
    counted = f"SELECT partition, count(*) AS rows, sum(hash({one.marks})) AS marks FROM"
    present = f"{counted} {one.table.name} WHERE list_contains($days, partition) GROUP BY partition"
    wanted = f"{counted} ({one.select}) GROUP BY partition"
    rows = tx.rows(
        f"SELECT DISTINCT partition FROM (({present} EXCEPT {wanted}) UNION ALL ({wanted} EXCEPT {present}))",  # noqa: S608
        {"days": list(days)},
    )
    return sorted(row["partition"] for row in rows)


def _cut_alone(warehouse: Warehouse, one: Slice, days: Sequence[str], by: str) -> dict[str, int]:
    with warehouse.transaction() as tx:
        _ensure(tx)
        _cut(tx, one, days)
        rows = tx.rows(
            f"SELECT {by} AS key, count(*) AS rows FROM {one.table.name} "  # noqa: S608
            "WHERE list_contains($days, partition) GROUP BY ALL ORDER BY ALL",
            {"days": list(days)},
        )
    return {str(row["key"]): int(row["rows"]) for row in rows}


def _cut(tx: Connection, one: Slice, days: Sequence[str]) -> None:
    tx.delete_slice(one.table, "partition", days)
    tx.execute(f"INSERT INTO {one.table.name} BY NAME {one.select}", {"days": list(days)})


def _ensure(tx: Connection) -> None:
    tx.ensure(*MADE)
