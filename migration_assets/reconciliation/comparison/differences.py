"""The tables that a comparison leaves: verdicts counted, differences one by one, and what it covered of each day.

It belongs here: the tables, and reading them for people. It does not: filling them (comparator.py). No value of a
record is in them: ids, field names, kinds and times only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from migration_assets.reconciliation.comparison.comparison_rules import is_defect
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from resources.warehouse import Table, Warehouse

DIFFERENCES = Table(
    "reconciliation.differences",
    {
        "partition": ("VARCHAR", "the day, or * for objects without days"),
        "object": ("VARCHAR", "users, teams, tags, custom_fields, customers, tickets or messages"),
        "field": ("VARCHAR", "what differs; * for the whole object"),
        "kind": ("VARCHAR", "truncated, dropped, altered, changed since write, missing or extra"),
        "source_id": ("VARCHAR", "the staged row; NULL for an object that is not ours"),
        "gorgias_id": ("BIGINT", "the object in Gorgias, where there is one"),
        "detail": ("VARCHAR", "ids that belong to it"),
        "checked_at": ("TIMESTAMPTZ", "when it was compared"),
    },
)
VERDICTS = Table(
    "reconciliation.verdicts",
    {
        "partition": ("VARCHAR", "the day, or * for objects without days"),
        "object": ("VARCHAR", "as in differences"),
        "field": ("VARCHAR", "what was compared; custom field values by the field's external id"),
        "verdict": ("VARCHAR", "equal, normalised, or a kind of difference"),
        "rows": ("BIGINT", "records with that verdict"),
        "checked_at": ("TIMESTAMPTZ", "when it was compared"),
    },
)
COMPARED = Table(
    "reconciliation.compared",
    {
        "partition": ("VARCHAR", "the day, or * for objects without days"),
        "object": ("VARCHAR", "as in differences"),
        "written": ("BIGINT", "records that the ledger knows as created or adopted"),
        "compared": ("BIGINT", "of these, those that were read back and held against their staged row, or are missing"),
        "equal": ("BIGINT", "of these, those in which no field differs"),
        "checked_at": ("TIMESTAMPTZ", "when they were compared"),
    },
)
TABLES = (DIFFERENCES, VERDICTS, COMPARED)


def difference_counts(warehouse: Warehouse, but: Sequence[str] = ()) -> list[dict[str, Any]]:
    """object, field, kind, rows of the last comparisons; [] where nothing differs or nothing was compared.

    Args:
        but: partitions that are left out.
    """
    if not warehouse.exists(DIFFERENCES):
        return []
    return warehouse.rows(
        "SELECT object, field, kind, count(*) AS rows FROM reconciliation.differences "
        "WHERE NOT list_contains(?::VARCHAR[], partition) GROUP BY ALL ORDER BY ALL",
        [list(but)],
    )


def coverage(warehouse: Warehouse, but: Sequence[str] = ()) -> list[dict[str, Any]]:
    """object, written, compared, equal, fields, since (time of the oldest comparison); one row per object."""
    if not warehouse.exists(COMPARED):
        return []
    return warehouse.rows(
        """SELECT c.object, sum(c.written)::BIGINT AS written, sum(c.compared)::BIGINT AS compared,
               sum(c.equal)::BIGINT AS equal, any_value(v.fields) AS fields, min(c.checked_at) AS since
        FROM reconciliation.compared c LEFT JOIN (
            SELECT object, list_sort(list(DISTINCT field)) AS fields FROM reconciliation.verdicts GROUP BY object
        ) v USING (object) WHERE NOT list_contains(?::VARCHAR[], c.partition) GROUP BY c.object ORDER BY c.object""",
        [list(but)],
    )


def outdated(warehouse: Warehouse, written: Mapping[str | None, datetime]) -> list[str]:
    """Partitions that were written after they were compared: what was found of them says nothing any more.

    Args:
        written: as `Times.last_written`.
    """
    last = {key or UNPARTITIONED: at for key, at in written.items()}
    return [key for key, at in compared_at(warehouse).items() if key in last and at < last[key]]


def compared_at(warehouse: Warehouse) -> dict[str, datetime]:
    """Partition -> its oldest comparison."""
    if not warehouse.exists(COMPARED):
        return {}
    rows = warehouse.rows(
        "SELECT partition, min(checked_at) AS at FROM reconciliation.compared GROUP BY ALL ORDER BY 1"
    )
    return {row["partition"]: row["at"] for row in rows}


def of_slices(warehouse: Warehouse, objects: Sequence[str], partitions: Sequence[str]) -> list[dict[str, Any]]:
    """partition, object, written, compared, equal, checked_at of these slices."""
    if not warehouse.exists(COMPARED):
        return []
    return warehouse.rows(
        "SELECT * FROM reconciliation.compared WHERE list_contains(?, object) AND list_contains(?, partition)",
        [list(objects), list(partitions)],
    )


def found_in(warehouse: Warehouse, objects: Sequence[str], partitions: Sequence[str]) -> list[dict[str, Any]]:
    """The differences of these slices, in order of object, id and field."""
    if not warehouse.exists(DIFFERENCES):
        return []
    return warehouse.rows(
        "SELECT * EXCLUDE (checked_at) FROM reconciliation.differences "
        "WHERE list_contains(?, object) AND list_contains(?, partition) ORDER BY ALL",
        [list(objects), list(partitions)],
    )


def kinds(warehouse: Warehouse, but: Sequence[str] = ()) -> list[dict[str, Any]]:
    """object, kind, blamed, rows: differences that speak against the migration apart from people's work since."""
    rows: dict[tuple[str, str, bool], int] = {}
    for row in difference_counts(warehouse, but):
        key = (row["object"], row["kind"], is_defect(row["kind"], row["field"]))
        rows[key] = rows.get(key, 0) + row["rows"]
    return [{"object": name, "kind": kind, "blamed": bad, "rows": number} for (name, kind, bad), number in rows.items()]
