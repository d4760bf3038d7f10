"""The frames that the schemas of a map are held against: staged values beside source values, whole columns at a time.

It belongs here: reading them from the warehouse. It does not: the rules (mapping_schemas.py), what the map makes of a
source value (mapping_results.py), and the verdict (mapping_validity.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from migration_assets.mapping.model import FieldMap, Role
from migration_assets.staging.context import StagingContext
from migration_assets.staging.validation.mapping_schemas import KNOWN, STRAYS, TYPE, WIRE, column_of, name_of
from migration_assets.staging.validation.mapping_sources import DAYS, PLACES, REFERENCES, Placed
from resources.warehouse import Connection

ROWS = 5_000
NOTHING = "''"


def moved(context: StagingContext, role: Role, tab: str) -> list[FieldMap]:
    """The fields of a tab whose staged value can be looked at; a value told in a note stands in no column."""
    standards = PLACES[role].standards
    return [
        item
        for item in context.mapping.of(role, tab)
        if item.kind not in ("layout", "default")
        and (item.target.to in ("custom_field", "meta", "data") or item.target.name in standards)
    ]


def frames(
    tx: Connection, role: Role, tab: str, fields: Sequence[FieldMap], owners: dict[str, str], span: dict[str, Any]
) -> Iterator[pd.DataFrame]:
    """The staged rows of one tab.

    Args:
        owners: name of each custom field's source -> external id of the field; others have no value on such a row.
        span: `days` with `first` and `last` of them; {} where rows have no day.
    """
    place = PLACES[role]
    paths = [pointer(item.source) for item in fields]
    columns = [f"{place.day} AS partition", "t.source_id"]
    for place_of_wire, item in enumerate(fields, 1):
        columns += _columns(item, place_of_wire, place, owners)
    fed = {item.target.name for item in fields if item.target.to == "standard"}
    columns += [f"{place.standards[name]} AS {name}" for name in place.unmapped if name not in fed]
    if place.values:
        known = ", ".join(_text(key) for key in sorted(set(owners.values())))
        columns.append(f"[key FOR key IN json_keys({place.values}) IF key NOT IN ({known or NOTHING})] AS {STRAYS}")
    source = f"{place.rows} WHERE {place.where} AND s.collection_type_id = $tab"
    read = "json_extract_string(CASE WHEN json_valid(s.raw) THEN s.raw END, $paths::VARCHAR[])"
    rows = tx.scalar(f"SELECT count(*) FROM {source}", span | {"tab": tab})  # noqa: S608
    parts = rows // ROWS + 1
    for part in range(parts if rows else 0):
        yield tx.query(
            f"SELECT {', '.join(columns)} FROM (SELECT t.*, {read} AS wire FROM {source} "  # noqa: S608
            f"AND hash(t.source_id) % {parts} = {part}) t",
            span | {"tab": tab, "paths": paths},
        )


def counts(tx: Connection, table: str, span: dict[str, Any]) -> dict[str, int]:
    """Day -> staged rows."""
    sql = f"SELECT t.partition, count(*) FROM staging.{table} t WHERE {DAYS} GROUP BY ALL"  # noqa: S608
    return {day: int(rows) for day, rows in tx.query(sql, span).itertuples(index=False)}


def dangling(tx: Connection, table: str, span: dict[str, Any]) -> pd.DataFrame:
    """The rows of a daily table of which a reference leads nowhere, with the answer for each reference."""
    answers = {name: f"t.{name} IS NULL OR {resolves}" for name, (_, resolves) in REFERENCES[table].items()}
    shown = ", ".join(f"{answer} AS {quoted(name + KNOWN)}" for name, answer in answers.items())
    all_lead = " AND ".join(quoted(name + KNOWN) for name in answers)
    return tx.query(
        f"SELECT * FROM (SELECT t.partition, t.source_id, {shown} FROM staging.{table} t WHERE {DAYS}) "  # noqa: S608
        f"WHERE NOT ({all_lead})",
        span,
    )


def pointer(key: str) -> str:
    """A key as a JSON pointer, which holds any character."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _columns(item: FieldMap, place_of_wire: int, place: Placed, owners: dict[str, str]) -> list[str]:
    column, target = column_of(item), item.target
    wire = f"nullif(wire[{place_of_wire}], '') AS {quoted(column + WIRE)}"
    if target.to == "standard":
        return [f"{place.standards[target.name or ''] or 'NULL::VARCHAR'} AS {quoted(column)}", wire]
    if target.to == "custom_field":
        path = _text(pointer(owners[name_of(item)]))
        kind = f"json_type({place.values}, {path}) AS {quoted(column + TYPE)}"
        return [f"json_extract_string({place.values}, {path}) AS {quoted(column)}", kind, wire]
    of, above = place.extra
    return [f"json_extract_string({of}, {_text(above + pointer(target.name or ''))}) AS {quoted(column)}", wire]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
