"""gorgias.written: what was written for each ticket and customer, the base of the three-way merge (docs/cutover.md).

One row per object: its state as we left it, and a digest of the staged row (with its messages) that it came from. A
digest that differs says that the source changed, whatever its modified date says. It belongs here: the table and its
queries. It does not: merging.

When the warehouse was rebuilt the table is empty. The ledger still holds the digest of every create: where a staged
row would give the same request again, its base is known and entered anew; where not, the base is unknown and a field
that differs becomes a CONFLICT (three_way_merge.py). Nothing is overwritten either way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pandas as pd

from migration_assets.gorgias.as_left import forget
from resources.batches import batches
from resources.warehouse import Connection, Table, Warehouse

WRITTEN = Table(
    "gorgias.written",
    {
        "object": ("VARCHAR", "tickets or customers"),
        "source_id": ("VARCHAR", "the staged row"),
        "partition": ("VARCHAR", "the ticket's created day; NULL for customers"),
        "base": ("VARCHAR", "JSON of the state as we left it"),
        "staged": ("VARCHAR", "digest of the staged row that was merged last"),
        "written_at": ("TIMESTAMPTZ", "when"),
    },
)
DIGESTS = {
    "tickets": """
        SELECT t.source_id, t.partition, md5(to_json(t)::VARCHAR || coalesce(m.digest, '')) AS staged
        FROM staging.tickets t LEFT JOIN (
            SELECT partition, ticket_source_id,
                   md5(string_agg(md5(to_json(m)::VARCHAR), '' ORDER BY position, source_id)) AS digest
            FROM staging.messages m WHERE {m_days} GROUP BY ALL
        ) m ON m.partition = t.partition AND m.ticket_source_id = t.source_id
        WHERE {t_days}
    """,
    "customers": "SELECT c.source_id, NULL AS partition, md5(to_json(c)::VARCHAR) AS staged FROM staging.customers c",
}
_BATCH = 2_000


@dataclass(frozen=True)
class Pending:
    """A staged row that is not what was merged last.

    Attributes:
        staged: its digest.
        base: the base, None where there is none.
        written_at: when that was written.
    """

    source_id: str
    partition: str | None
    staged: str
    base: dict[str, Any] | None
    written_at: datetime | None


def pending(
    warehouse: Warehouse, object: str, keys: Sequence[str] | None = None, also: Iterable[str] = ()
) -> list[Pending]:
    """Staged rows without a base or with another digest.

    Args:
        keys: created days; None for all.
        also: source ids to look at all the same (a person decided).
    """
    digests, params = digests_of(object, keys)
    warehouse.ensure(WRITTEN)
    rows = warehouse.rows(
        f"SELECT s.source_id, s.partition, s.staged, w.base, w.written_at FROM ({digests}) s "  # noqa: S608
        "LEFT JOIN gorgias.written w ON w.object = $object AND w.source_id = s.source_id "
        "WHERE w.staged IS DISTINCT FROM s.staged OR list_contains($also, s.source_id) "
        "ORDER BY s.partition, s.source_id",
        params | {"object": object, "also": list(also)},
    )
    return [Pending(**row | {"base": orjson.loads(row["base"]) if row["base"] else None}) for row in rows]


def digests_of(object: str, keys: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    """SQL with source_id, partition and digest of the staged rows, and its parameters."""
    days = {f"{name}_days": "true" if keys is None else f"list_contains($days, {name}.partition)" for name in "tm"}
    return DIGESTS[object].format(**days), {} if keys is None else {"days": list(keys)}


def merged_customers(warehouse: Warehouse) -> dict[str, str]:
    """Customer -> digest of the staged row that was merged last."""
    warehouse.ensure(WRITTEN)
    rows = warehouse.rows("SELECT source_id, staged FROM gorgias.written WHERE object = 'customers'")
    return {row["source_id"]: row["staged"] for row in rows}


def changed_customers(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Of each customer that was merged between the two: new, or changed."""
    return ["changed" if name in before else "new" for name, staged in now.items() if before.get(name) != staged]


def with_base(warehouse: Warehouse, object: str, source_ids: Sequence[str]) -> set[str]:
    """Those of these objects whose base is known."""
    warehouse.ensure(WRITTEN)
    rows = warehouse.rows(
        "SELECT source_id FROM gorgias.written WHERE object = ? AND base <> 'null' AND list_contains(?, source_id)",
        [object, list(source_ids)],
    )
    return {row["source_id"] for row in rows}


def without_base(warehouse: Warehouse, object: str) -> list[str]:
    """Staged tickets or customers whose base is not known."""
    warehouse.ensure(WRITTEN)
    rows = warehouse.rows(
        f"SELECT s.source_id FROM staging.{object} s WHERE s.source_id NOT IN "  # noqa: S608
        "(SELECT source_id FROM gorgias.written WHERE object = ? AND base <> 'null') ORDER BY 1",
        [object],
    )
    return [row["source_id"] for row in rows]


def keep(warehouse: Warehouse, object: str, bases: Iterable[tuple[Pending, dict[str, Any] | None]]) -> int:
    """Enter the bases of these rows (None: looked at, and unknown), in one transaction; returns how many."""
    made = list(bases)
    if made:
        with warehouse.transaction() as tx:
            keep_in(tx, object, made)
    return len(made)


def keep_in(tx: Connection, object: str, bases: Iterable[tuple[Pending, dict[str, Any] | None]]) -> None:
    """The same inside an open transaction."""
    now = pd.Timestamp(datetime.now(UTC))
    made = ((object, row.source_id, row.partition, orjson.dumps(base).decode(), row.staged, now) for row, base in bases)
    tx.ensure(WRITTEN)
    for rows in batches(made, _BATCH):
        frame = pd.DataFrame(rows, columns=list(WRITTEN.columns))
        tx.execute(
            "DELETE FROM gorgias.written WHERE object = ? AND list_contains(?, source_id)",
            [object, frame["source_id"].tolist()],
        )
        tx.append(WRITTEN, frame)
        forget(tx, frame["source_id"].tolist())
