"""Days cut out of the sweeps: no call, set-wise over all keys of a range.

Belongs here: the SQL of `ivinex/tickets` and `ivinex/activities`.
"""

from collections.abc import Sequence

from migration_assets.ivinex import tables
from resources.warehouse import Table, Warehouse


def slice_tickets(warehouse: Warehouse, days: Sequence[str]) -> dict[str, int]:
    """Replaces the given days of `ivinex.tickets`; returns rows per day that has any."""
    return _slice(
        warehouse,
        tables.TICKETS,
        days,
        "SELECT * FROM ivinex.ticket_sweep WHERE list_contains($days, partition)",
    )


def slice_activities(warehouse: Warehouse, days: Sequence[str]) -> dict[str, int]:
    """Replaces the given days of `ivinex.activities`: one row per (activity, ticket), on the ticket's day."""
    return _slice(
        warehouse,
        tables.ACTIVITIES,
        days,
        """
        SELECT t.partition, t.source_id AS ticket_source_id, a.collection_type_id, a.collection_id, a.source_id,
               a.content_hash, a.raw, a.created_at, a.modified_at
        FROM ivinex.ticket_sweep t
        JOIN ivinex.links l ON l.to_source_id = t.source_id AND l.role = 'activity_ticket'
        JOIN ivinex.activity_sweep a ON a.source_id = l.from_source_id
        WHERE list_contains($days, t.partition)
        """,
    )


def _slice(warehouse: Warehouse, table: Table, days: Sequence[str], select: str) -> dict[str, int]:
    scope = {"days": list(days)}
    with warehouse.transaction() as tx:
        tx.ensure(tables.LINKS, tables.TICKET_SWEEP, tables.ACTIVITY_SWEEP)
        tx.delete_slice(table, "partition", days)
        tx.execute(f"INSERT INTO {table.name} BY NAME {select}", scope)
        counted = tx.query(
            f"SELECT partition, count(*) AS rows FROM {table.name} "  # noqa: S608
            "WHERE list_contains($days, partition) GROUP BY partition ORDER BY partition",
            scope,
        )
    return {str(day): int(rows) for day, rows in counted.itertuples(index=False)}
