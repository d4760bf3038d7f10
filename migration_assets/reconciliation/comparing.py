"""Runs a comparison: wanted rows beside held ones, a verdict per field, counts and differences into their tables.

It belongs here: what tickets, messages, customers and definitions have in common. It does not: their fields
(asked_days.py, asked_objects.py) and the meaning of a verdict (verdicts.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from migration_assets.gorgias.written import KEPT
from migration_assets.reconciliation.departed import leave_out
from migration_assets.reconciliation.differences import COMPARED, DIFFERENCES, TABLES, VERDICTS
from migration_assets.reconciliation.verdicts import FORMS, GOOD, Field, Verdict, verdict
from resources.ledger import Ledger
from resources.warehouse import Connection, Table

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
_KEYS = ("partition", "source_id", "gorgias_id")


def copy_ids(tx: Connection, ledger: Ledger, objects: Sequence[str]) -> None:
    """Refill reconciliation.ids with what the ledger knows of these objects."""
    tx.replace(IDS, pd.DataFrame(columns=list(IDS.columns)).astype({"gorgias_id": "Int64"}))
    for name in objects:
        found = ledger.gorgias_ids(name)
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
        rows = ledger.outcomes_of(name, keys)
        rows = rows[rows["outcome"].isin(["created", "adopted"])]
        rows = rows.merge(ledger.settled_at(written_as, keys), on="source_id", how="left")
        rows = rows.assign(object=name, adopted=rows["outcome"] == "adopted")
        tx.append(SCOPE, rows[list(SCOPE.columns)].astype(_KINDS))
    leave_out(tx, SCOPE)


def clear(tx: Connection, keys: Sequence[str]) -> None:
    """Forget what earlier comparisons of these slices found."""
    for table in TABLES:
        tx.delete_slice(table, "partition", keys)


def judge(tx: Connection, name: str, pairs: str, fields: Sequence[Field], at: datetime) -> None:
    """A verdict for each field of each pair.

    Args:
        name: the object.
        pairs: SQL from FROM on, with `a` (partition, source_id, touched and what was to be there) and `h` (held).
    """
    columns = ", ".join(f'{verdict(field)} AS "{field.name}"' for field in fields)
    tx.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS SELECT a.partition, a.source_id, h.gorgias_id, {columns} {pairs}"
    )
    melted = f"UNPIVOT judged ON COLUMNS(* EXCLUDE ({', '.join(_KEYS)})) INTO NAME field VALUE verdict"
    record(tx, name, f"SELECT * FROM ({melted})", at)


def record(tx: Connection, name: str, verdicts: str, at: datetime) -> None:
    """Count verdicts, and keep the bad ones one by one.

    Args:
        verdicts: SQL of partition, source_id, gorgias_id, field, verdict.
    """
    verdicts = _with_kept(tx, verdicts)
    tx.execute(
        f"INSERT INTO {VERDICTS.name} SELECT partition, $name, field, verdict, count(*), $at FROM ({verdicts}) "
        "WHERE verdict IS NOT NULL GROUP BY partition, field, verdict",
        {"name": name, "at": at},
    )
    good = ", ".join(f"'{one}'" for one in GOOD)
    tx.execute(
        f"INSERT INTO {DIFFERENCES.name} SELECT partition, $name, field, verdict, source_id, gorgias_id, '', $at "
        f"FROM ({verdicts}) WHERE verdict NOT IN ({good})",
        {"name": name, "at": at},
    )


_KEPT = f"""
    SELECT v.partition, v.source_id, v.gorgias_id, v.field, CASE
        WHEN k.source_id IS NULL OR v.verdict IN ('{Verdict.equal}', '{Verdict.normalised}') THEN v.verdict
        WHEN k.fixed THEN '{Verdict.normalised}' ELSE '{Verdict.changed}' END AS verdict
    FROM (%s) v LEFT JOIN (
        SELECT source_id, field, bool_and(fixed) AS fixed FROM {KEPT.name} WHERE object = $name GROUP BY ALL
    ) k ON k.source_id = v.source_id AND k.field = CASE
        WHEN v.field LIKE 'ivinex:field:%%' THEN 'custom_fields'
        WHEN v.field = 'preferred channel' THEN 'channels'
        ELSE split_part(v.field, '.', 1) END
"""


def _with_kept(tx: Connection, verdicts: str) -> str:
    """What a delta left as it is, knowingly: changed by people, or fixed since its creation and told as a loss."""
    return _KEPT % verdicts if tx.exists(KEPT) else verdicts


def add_objects(tx: Connection, name: str, kind: str, rows: str, at: datetime) -> None:
    """Objects that are missing or extra.

    Args:
        rows: SQL of partition, field, source_id, gorgias_id, detail.
    """
    tx.execute(
        f"INSERT INTO {DIFFERENCES.name} "
        f"SELECT partition, $name, field, $kind, source_id, gorgias_id, detail, $at FROM ({rows})",
        {"name": name, "kind": kind, "at": at},
    )


def cover(tx: Connection, name: str, asked: str, keys: Sequence[str], written: str, at: datetime) -> None:
    """Say for each slice how many records were written, compared, and found equal.

    Args:
        asked: table of the rows that were held against Gorgias, with partition, source_id and `read`.
        written: SQL of partition, number: what the ledger knows.
    """
    tx.execute(
        f"""INSERT INTO {COMPARED.name}
        SELECT k.partition, $name, coalesce(w.number, 0), coalesce(c.number, 0),
               coalesce(c.number, 0) - coalesce(d.number, 0), $at
        FROM (SELECT unnest($keys::VARCHAR[]) AS partition) k
        LEFT JOIN ({written}) w USING (partition)
        LEFT JOIN (SELECT partition, count(*) AS number FROM {asked} WHERE read GROUP BY partition) c USING (partition)
        LEFT JOIN (
            SELECT partition, count(DISTINCT source_id) AS number FROM {DIFFERENCES.name}
            WHERE object = $name GROUP BY partition
        ) d USING (partition)""",
        {"name": name, "keys": list(keys), "at": at},
    )


def judge_values(tx: Connection, name: str, pairs: str, at: datetime, merged_from: str = "NULL") -> None:
    """Custom field values, one verdict a field: what was staged against what Gorgias shows.

    A field that could not be created was never sent with its value, so it is not compared; the books tell.

    Args:
        pairs: SQL from FROM on, with `a` (field_values by external id, adopted, touched) and `h` (by Gorgias id).
        merged_from: SQL of a JSON with values that a merged customer may have brought.
    """
    tx.execute(
        f"""CREATE OR REPLACE TEMP TABLE asked_values AS
        SELECT p.* EXCLUDE (field_values), i.gorgias_id AS number, json_extract_string(e.value, '$') AS text, e.type
        FROM (SELECT a.partition, a.source_id, h.gorgias_id, a.touched, a.adopted, a.field_values {pairs}) p
        CROSS JOIN json_each(p.field_values) e
        JOIN {IDS.name} i ON i.object = 'custom_fields' AND i.source_id = e.key"""
    )
    tx.execute(
        f"""CREATE OR REPLACE TEMP TABLE held_values AS
        SELECT p.* EXCLUDE (field_values, brought), try_cast(e.key AS BIGINT) AS number,
               json_extract_string(e.value, '$') AS text,
               coalesce(json_extract_string(brought, '$."' || e.key || '"') = text, false) AS brought
        FROM (
            SELECT a.partition, a.source_id, h.gorgias_id, a.touched, a.adopted, h.field_values,
                   ({merged_from})::JSON AS brought {pairs}
        ) p CROSS JOIN json_each(p.field_values) e"""
    )
    judged = verdict(Field("value", "a.text", "h.text", "text", also=_SAME_VALUE), "coalesce(a.touched, h.touched)")
    record(
        tx,
        name,
        f"""SELECT coalesce(a.partition, h.partition) AS partition, source_id,
                   coalesce(a.gorgias_id, h.gorgias_id) AS gorgias_id,
                   coalesce(i.source_id, 'field ' || number) AS field, {judged} AS verdict
        FROM asked_values a FULL JOIN held_values h USING (source_id, number)
        LEFT JOIN {IDS.name} i ON i.object = 'custom_fields' AND i.gorgias_id = number""",
        at,
    )


_SAME_VALUE = f"""h.brought OR (h.text IS NOT NULL AND coalesce(a.adopted, h.adopted)) OR (
    a.type IN ('BIGINT', 'UBIGINT', 'DOUBLE')
    AND {FORMS["number"][0].format(x="a.text")} = {FORMS["number"][0].format(x="h.text")})"""
