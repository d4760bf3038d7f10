"""Runs a comparison: wanted rows beside held ones, a verdict per field, counts and differences into their tables.

It belongs here: what tickets, messages, customers and definitions have in common. It does not: their fields
(expected_tickets.py, expected_objects.py) and the meaning of a verdict (comparison_rules.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from migration_assets.gorgias.delta.conflict_resolutions import ticket_of
from migration_assets.gorgias.expected_differences import BY_PEOPLE, EXPECTED, Reason
from migration_assets.reconciliation.comparison.comparison_rules import FORMS, GOOD, Field, Verdict, verdict_sql
from migration_assets.reconciliation.comparison.differences import TABLES
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from resources.ledger import Ledger
from resources.warehouse import Connection, Table, Warehouse

IDS = Table(
    "reconciliation.ids",
    {
        "object": ("VARCHAR", "customers, users, custom_fields, tags or teams"),
        "source_id": ("VARCHAR", "the staged row"),
        "gorgias_id": ("BIGINT", "what it became"),
    },
)
SCOPE = Table(
    "reconciliation.scope",
    {
        "object": ("VARCHAR", "as in the ledger's outcomes"),
        "source_id": ("VARCHAR", "the staged row"),
        "gorgias_id": ("BIGINT", "what it became; NULL for some adopted messages"),
        "partition": ("VARCHAR", "its day; NULL for objects without days"),
        "adopted": ("BOOLEAN", "it was there before"),
        "settled_at": ("TIMESTAMPTZ", "our last write on it"),
    },
)
_KINDS = {"gorgias_id": "Int64", "partition": "str", "settled_at": "datetime64[us, UTC]", "adopted": "bool"}
GONE = "it is gone from Gorgias: take theirs to accept that, or bring it back there and take ours"
_KEYS = ("partition", "source_id", "gorgias_id")


def copy_ids(tx: Connection, ledger: Ledger, objects: Sequence[str]) -> None:
    """Refill reconciliation.ids with what the ledger knows of these objects."""
    tx.replace(IDS, pd.DataFrame(columns=list(IDS.columns)).astype({"gorgias_id": "Int64"}))
    for name in objects:
        found = ledger.known_writes.gorgias_ids(name)
        rows = pd.DataFrame({"source_id": list(found), "gorgias_id": list(found.values())}).assign(object=name)
        tx.append(IDS, rows)


def copy_scope(tx: Connection, ledger: Ledger, objects: dict[str, str], keys: Sequence[str] | None) -> None:
    """Refill reconciliation.scope: every row that the ledger knows as created or adopted.

    Args:
        objects: name in the outcomes -> name in the writes.
        keys: partitions; None for objects without days.
    """
    tx.replace(SCOPE, pd.DataFrame(columns=list(SCOPE.columns)).astype(_KINDS))
    for name, written_as in objects.items():
        rows = ledger.outcomes.outcomes_of(name, keys)
        rows = rows[rows["outcome"].isin(["created", "adopted"])]
        rows = rows.merge(ledger.times.settled_at(written_as, keys), on="source_id", how="left")
        rows = rows.assign(object=name, adopted=rows["outcome"] == "adopted")
        tx.append(SCOPE, rows[list(SCOPE.columns)].astype(_KINDS))


def delete_results(tx: Connection, keys: Sequence[str]) -> None:
    """Forget what earlier comparisons of these slices found."""
    for table in TABLES:
        tx.delete_slice(table, "partition", keys)


def compare_fields(
    tx: Connection, name: str, pairs: str, fields: Sequence[Field], at: datetime, asked: str = ""
) -> None:
    """A verdict for each field of each pair: as staged, and where a delta left something, as it left it.

    Args:
        name: the object.
        pairs: SQL from FROM on, with a place for the table of expected rows (`{{asked}}`); it gives `a` (partition,
            source_id and what was to be there) and `h` (held).
        asked: the table of expected rows, as staged; `expected_` instead of `asked_` holds those that were left.
    """
    table = asked or f"asked_{name}"
    record_differences(
        tx, name, _judged(tx, "judged", pairs.format(asked=table), fields), at, _again(tx, name, table, pairs, fields)
    )


def _again(tx: Connection, name: str, table: str, pairs: str, fields: Sequence[Field]) -> str:
    if not has_left(tx, name):
        return ""
    return _judged(tx, "judged_again", pairs.format(asked=table.replace("asked_", "expected_")), fields)


def _judged(tx: Connection, into: str, pairs: str, fields: Sequence[Field]) -> str:
    """SQL of partition, source_id, gorgias_id, field, verdict."""
    columns = ", ".join(f'{verdict_sql(field)} AS "{field.name}"' for field in fields)
    tx.execute(
        f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT a.partition, a.source_id, h.gorgias_id, {columns} {pairs}"
    )
    return " UNION ALL ".join(
        f"SELECT partition, source_id, gorgias_id, '{field.name}' AS field, \"{field.name}\" AS verdict FROM {into}"
        for field in fields
    )


def has_left(tx: Connection, name: str) -> bool:
    """Whether a delta left anything of this object, or of what it goes with: messages share a ticket's fate."""
    names = [name, "tickets"] if name == "messages" else [name]
    return tx.exists(EXPECTED) and bool(
        tx.scalar("SELECT count(*) FROM gorgias.expected WHERE list_contains(?, object)", [names])
    )


def record_differences(tx: Connection, name: str, verdicts: str, at: datetime, again: str = "") -> None:
    """Count verdicts, and keep the bad ones one by one.

    Args:
        verdicts: SQL of partition, source_id, gorgias_id, field, verdict.
        again: the same, held against what a delta left; empty: it left nothing.
    """
    final = _LEFT.format(verdicts=verdicts, again=again, name=name) if again else verdicts
    tx.execute(f"CREATE OR REPLACE TEMP TABLE final AS {final}")
    tx.execute(
        "INSERT INTO reconciliation.verdicts SELECT partition, $name, field, verdict, count(*), $at FROM final "
        "WHERE verdict IS NOT NULL GROUP BY partition, field, verdict",
        {"name": name, "at": at},
    )
    good = ", ".join(f"'{one}'" for one in GOOD)
    tx.execute(
        "INSERT INTO reconciliation.differences "
        "SELECT partition, $name, field, verdict, source_id, gorgias_id, '', $at "
        f"FROM final WHERE verdict NOT IN ({good})",
        {"name": name, "at": at},
    )


_GOOD = f"IN ('{Verdict.equal}', '{Verdict.normalised}')"
_BY_PEOPLE = "(" + ", ".join(f"'{one}'" for one in BY_PEOPLE) + ")"
_LEFT = f"""
    SELECT v.partition, v.source_id, v.gorgias_id, v.field, CASE
        WHEN v.verdict IS NULL OR v.verdict {_GOOD} THEN v.verdict
        WHEN w.reason IN {_BY_PEOPLE} THEN '{Verdict.changed}'
        WHEN p.reason IN {_BY_PEOPLE} AND k.reason IS NULL AND v.field <> 'failed' THEN
            -- Nothing is written to a ticket out of reach, so a time that the source changed since was never sent.
            CASE WHEN v.field = 'sent_datetime' THEN '{Verdict.normalised}' ELSE '{Verdict.changed}' END
        WHEN k.reason IS NULL OR (x.verdict IS NOT NULL AND x.verdict NOT {_GOOD}) THEN v.verdict
        WHEN k.reason IN {_BY_PEOPLE} THEN '{Verdict.changed}'
        ELSE '{Verdict.normalised}' END AS verdict
    FROM ({{verdicts}}) v
    LEFT JOIN gorgias.expected k ON k.object = '{{name}}' AND k.source_id = v.source_id AND k.field = CASE
        WHEN v.field LIKE 'ivinex:field:%' THEN 'custom_fields'
        WHEN v.field = 'preferred channel' THEN 'channels'
        ELSE split_part(v.field, '.', 1) END
    LEFT JOIN gorgias.expected w ON w.field = '*' AND w.object = '{{name}}' AND w.source_id = v.source_id
    LEFT JOIN gorgias.expected p ON p.field = '*' AND p.object = 'tickets' AND '{{name}}' = 'messages'
        AND p.source_id = split_part(regexp_extract(v.source_id, '[^@]*$'), '#', 1)
    LEFT JOIN ({{again}}) x ON x.source_id = v.source_id AND x.field = v.field
"""


def add_objects(tx: Connection, name: str, kind: str, rows: str, at: datetime) -> None:
    """Objects that are missing or extra; one of which a person said that it may be gone is told, and no more.

    Args:
        rows: SQL of partition, field, source_id, gorgias_id, detail; of a missing one also the parent.
    """
    tx.ensure(EXPECTED)
    accepted = (
        f"EXISTS (FROM gorgias.expected w WHERE w.field = '*' AND w.reason = '{Reason.declined}' "
        f"AND ((w.object = $name AND w.source_id = r.source_id) OR (w.object = 'tickets' AND w.source_id = r.parent)))"
        if kind == Verdict.missing
        else "false"
    )
    tx.execute(
        f"INSERT INTO reconciliation.differences SELECT partition, $name, field, "
        f"CASE WHEN {accepted} THEN '{Verdict.changed}' ELSE $kind END, source_id, gorgias_id, detail, $at "
        f"FROM ({rows}) r",
        {"name": name, "kind": kind, "at": at},
    )


def record_doubles(warehouse: Warehouse, ledger: Ledger, objects: Sequence[str], keys: Sequence[str]) -> None:
    """A double of ours is a conflict until it is gone: each day speaks for itself."""
    rows = warehouse.rows(
        "SELECT partition, object, source_id, gorgias_id, detail FROM reconciliation.differences "
        "WHERE kind = 'extra' AND field = 'external_id' AND list_contains(?, partition) ORDER BY ALL",
        [list(keys)],
    )
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        row["detail"] = f"{row['gorgias_id']} carries the same external_id ({row['detail']})"
        told.setdefault((row.pop("object"), row.pop("partition")), []).append(row)
    for name in objects:
        for key in keys:
            looked = "sweep" if key == UNPARTITIONED else key
            ledger.conflicts.find_conflicts(name, f"external_id ({looked})", told.get((name, key), []))


def tell_missing(warehouse: Warehouse, ledger: Ledger, objects: Sequence[str], keys: Sequence[str]) -> None:
    """What is gone from Gorgias waits for a person's word: until then its day is closed (`missing`).

    A message of a ticket that is gone shares its ticket's fate.
    """
    rows = warehouse.rows(
        "SELECT object, source_id, gorgias_id FROM reconciliation.differences WHERE kind = 'missing' "
        "AND list_contains(?, object) AND list_contains(?, partition) ORDER BY ALL",
        [list(objects), list(keys)],
    )
    gone = {row["source_id"] for row in rows if row["object"] == "tickets"}
    for name in objects:
        told = [
            (row["source_id"], row["gorgias_id"])
            for row in rows
            if row["object"] == name and (name != "messages" or ticket_of(name, row["source_id"]) not in gone)
        ]
        ledger.conflicts.find_missing(name, told, GONE)


def record_coverage(tx: Connection, name: str, asked: str, keys: Sequence[str], counted_as: str, at: datetime) -> None:
    """Say for each slice how many records were written, compared, and found equal.

    Args:
        asked: table of the rows that were held against Gorgias, with partition, source_id and `read`.
        counted_as: the object in the outcomes, of which the scope holds what the ledger knows.
    """
    tx.execute(
        f"""INSERT INTO reconciliation.compared
        SELECT k.partition, $name, coalesce(w.number, 0), coalesce(c.number, 0),
               coalesce(c.number, 0) - coalesce(d.number, 0), $at
        FROM (SELECT unnest($keys::VARCHAR[]) AS partition) k
        LEFT JOIN (
            SELECT CASE WHEN $keys = ['*'] THEN '*' ELSE partition END AS partition, count(*) AS number
            FROM reconciliation.scope WHERE object = $counted_as GROUP BY ALL
        ) w USING (partition)
        LEFT JOIN (SELECT partition, count(*) AS number FROM {asked} WHERE read GROUP BY partition) c USING (partition)
        LEFT JOIN (
            SELECT partition, count(DISTINCT source_id) AS number FROM reconciliation.differences
            WHERE object = $name GROUP BY partition
        ) d USING (partition)""",
        {"name": name, "keys": list(keys), "counted_as": counted_as, "at": at},
    )


def compare_field_values(tx: Connection, name: str, pairs: str, at: datetime, merged_from: str = "NULL") -> None:
    """Custom field values, one verdict a field: what was staged against what Gorgias shows.

    A field that could not be created was never sent with its value, so it is not compared; the books tell. Nor is a
    field that this migration has not made: managed ones are filled by Gorgias, others by people.

    Args:
        pairs: as for `judge`, with `a` (field_values by external id, adopted) and `h` (by Gorgias id).
        merged_from: SQL of a JSON with values that a merged customer may have brought.
    """
    table = f"asked_{name}"
    judged = _values(tx, "", pairs.format(asked=table), merged_from)
    again = ""
    if has_left(tx, name):
        again = _values(tx, "_again", pairs.format(asked=table.replace("asked_", "expected_")), merged_from)
    record_differences(tx, name, judged, at, again)


def _values(tx: Connection, suffix: str, pairs: str, merged_from: str) -> str:
    """SQL of partition, source_id, gorgias_id, field, verdict."""
    tx.execute(
        f"""CREATE OR REPLACE TEMP TABLE asked_values{suffix} AS
        SELECT p.* EXCLUDE (field_values), i.gorgias_id AS number, json_extract_string(e.value, '$') AS text, e.type
        FROM (SELECT a.partition, a.source_id, h.gorgias_id, a.adopted, a.field_values {pairs}) p
        CROSS JOIN json_each(p.field_values) e
        JOIN reconciliation.ids i ON i.object = 'custom_fields' AND i.source_id = e.key"""
    )
    tx.execute(
        f"""CREATE OR REPLACE TEMP TABLE held_values{suffix} AS
        SELECT p.* EXCLUDE (field_values, brought), try_cast(e.key AS BIGINT) AS number,
               json_extract_string(e.value, '$') AS text,
               coalesce(json_extract_string(brought, '$."' || e.key || '"') = text, false) AS brought
        FROM (
            SELECT a.partition, a.source_id, h.gorgias_id, a.adopted, h.field_values,
                   ({merged_from})::JSON AS brought {pairs}
        ) p CROSS JOIN json_each(p.field_values) e"""
    )
    judged = verdict_sql(Field("value", "a.text", "h.text", "text", equal_if=_SAME_VALUE))
    return f"""
        SELECT coalesce(a.partition, h.partition) AS partition, source_id,
               coalesce(a.gorgias_id, h.gorgias_id) AS gorgias_id, i.source_id AS field, {judged} AS verdict
        FROM asked_values{suffix} a FULL JOIN held_values{suffix} h USING (source_id, number)
        JOIN reconciliation.ids i ON i.object = 'custom_fields' AND i.gorgias_id = number"""


_SAME_VALUE = f"""h.brought OR (h.text IS NOT NULL AND coalesce(a.adopted, h.adopted)) OR (
    a.type IN ('BIGINT', 'UBIGINT', 'DOUBLE')
    AND {FORMS["number"][0].format(x="a.text")} = {FORMS["number"][0].format(x="h.text")})"""
