"""The pandera schemas that a confirmed map asks for: one per object and tab, generated from its fields.

A frame of the schema has one row per staged row, and for each mapped field and target (`column_of`) the staged value
as text, its JSON type (column + TYPE) and what the source record holds (column + WIRE). Rules name the field before a
colon: that is how `mapping_validity.py` reads them.

It belongs here: what a map demands of a staged value. It does not: the target's limits (checks/schemas), reading
tables, and whether a text arrived word by word.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pandera.pandas as pa

from migration_assets.mapping.model import FieldMap, data_type

DAY, STRAYS = "partition", "strays"
FACTS = ("label", "data_type", "input_type")
WANTED = ("external_id", *(f"{what} of the map" for what in FACTS), "choices of the map")
INTO, WIRE, TYPE, KNOWN = " -> ", " in Ivinex", " as JSON", " is staged"
JSON_TYPES = {
    "text": frozenset({"VARCHAR"}),
    "number": frozenset({"BIGINT", "UBIGINT", "DOUBLE", "HUGEINT"}),
    "boolean": frozenset({"BOOLEAN"}),
}


def name_of(item: FieldMap) -> str:
    """A field as losses name it."""
    return f"{item.collection_type_id}.{item.source}"


def column_of(item: FieldMap) -> str:
    """Its column of a frame: one field may feed several targets."""
    return f"{name_of(item)}{INTO}{item.target}"


Holds = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Judged:
    """A mapped field and what its column is held against.

    Attributes:
        definition: the staged custom field (a row of staging.custom_fields), for targets that are one.
        made: wire text -> what the map makes of it, for fields whose values come from a list.
        alone: the staged value can come from this record only; a customer is made of several.
        owed: wire texts of which the map makes a value, so that none may be absent.
        lossy: wire texts of which the map makes nothing and counts a loss.
        booked: days on which staging booked a loss of this field.
        vocabulary: the target's words; `worded` are the wire texts that become one of them.
    """

    item: FieldMap
    definition: Mapping[str, Any] | None = None
    made: Mapping[str, str | None] = field(default_factory=dict)
    alone: bool = True
    owed: Collection[str] = ()
    lossy: Collection[str] = ()
    booked: Collection[str] = ()
    vocabulary: Collection[str] = ()
    worded: Collection[str] = ()

    @property
    def name(self) -> str:
        return name_of(self.item)

    @property
    def column(self) -> str:
        return column_of(self.item)


def value_schema(
    title: str,
    judged: Collection[Judged],
    unmapped: Mapping[str, Callable[[pd.Series], pd.Series]],
    strays: Mapping[str, str],
) -> pa.DataFrameSchema:
    """The schema of one object's rows of one tab.

    Args:
        title: its name, for messages.
        unmapped: staged column that no field of the map feeds -> what it then has to be.
        strays: custom field that rows hold a value of though no field of the map feeds it -> its name.
    """
    checks = [_rule(name, "no field of the map feeds it", _of_column(name, right)) for name, right in unmapped.items()]
    checks += [
        _rule(name, "no field of the map feeds it", _of_column(STRAYS, _without(key))) for key, name in strays.items()
    ]
    columns = {}
    for one in judged:
        columns[one.column] = pa.Column(nullable=one.item.missing == "empty")
        checks += _rules(one)
    return pa.DataFrameSchema(columns, checks=checks, name=title)


def reference_schema(title: str, references: Mapping[str, str]) -> pa.DataFrameSchema:
    """Every reference of a row is a row of the table that it names.

    Args:
        references: column -> that table; a frame has the answer in column + KNOWN.
    """
    checks = [
        _rule(name, f"a row of {table}", _of_column(name + KNOWN, lambda answers: answers))
        for name, table in references.items()
    ]
    return pa.DataFrameSchema({}, checks=checks, name=title)


def definition_schema() -> pa.DataFrameSchema:
    """A staged custom field beside what the map says of it (`WANTED`); a row lacks the side that is not there."""
    there = _rule("custom field", "staged, because the map asks for it", lambda rows: rows["label"].notna())
    asked = _rule("custom field", "no field of the map feeds it", lambda rows: rows["label of the map"].notna())
    same = [_rule(what, "as the map says", _same(what)) for what in FACTS]
    offered = _rule("choices", "all that the map names", _offered)
    return pa.DataFrameSchema({}, checks=[there, asked, *same, offered], name="staging.custom_fields")


def _same(what: str) -> Holds:
    return lambda rows: (
        rows[what].isna() | rows[f"{what} of the map"].isna() | (rows[what] == rows[f"{what} of the map"])
    )


def _offered(rows: pd.DataFrame) -> pd.Series:
    both = zip(rows["choices of the map"], rows["choices"], strict=True)
    fits = [not isinstance(a, list) or not isinstance(b, list) or set(a) <= set(b) for a, b in both]
    return pd.Series(fits, index=rows.index)


def _rules(one: Judged) -> list[pa.Check]:
    name, item = one.name, one.item
    rules = [_rule(name, "filled in Ivinex, but neither staged nor recorded as a loss", lambda rows: _there(one, rows))]
    if one.made:
        rules.append(_rule(name, "what the map makes of it", lambda rows: _as_made(one, rows)))
    if one.vocabulary:
        words = ", ".join(one.vocabulary)
        rules.append(_rule(name, f"one of {words}, or recorded as a loss", lambda rows: _in_vocabulary(one, rows)))
    if item.target.to == "custom_field":
        kind, entry = data_type(item)
        rules.append(_rule(name, f"a {kind}", lambda rows: _isin(rows[one.column + TYPE], JSON_TYPES[kind])))
        rules += _of_definition(one, {"label": item.target.name, "data_type": kind, "input_type": entry})
    return rules


def _of_definition(one: Judged, wanted: Mapping[str, str | None]) -> list[pa.Check]:
    """A value needs its custom field in Gorgias, as the map describes it and with the choice that it names."""
    name, definition = one.name, one.definition
    if definition is None:
        return [_rule(name, "its custom field is staged", lambda rows: rows[one.column].isna())]
    rules = [
        _rule(name, f"its custom field is staged with the map's {what}", lambda rows: rows[one.column].isna())
        for what, value in wanted.items()
        if definition[what] != value
    ]
    if choices := definition["choices"]:
        rules.append(_rule(name, "a choice of its custom field", lambda rows: _isin(rows[one.column], choices)))
    return rules


def _rule(name: str, rule: str, holds: Holds) -> pa.Check:
    # Rows with an empty cell somewhere are looked at as well.
    return pa.Check(holds, error=f"{name}: {rule}", ignore_na=False)


def _of_column(name: str, right: Callable[[pd.Series], pd.Series]) -> Holds:
    return lambda rows: right(rows[name])


def _without(key: str) -> Callable[[pd.Series], pd.Series]:
    return lambda values: ~values.map(lambda keys: key in keys).astype(bool)


def _isin(values: pd.Series, allowed: Collection[str]) -> pd.Series:
    return values.isna() | values.isin(list(allowed))


def _there(one: Judged, rows: pd.DataFrame) -> pd.Series:
    wire = rows[one.column + WIRE]
    lost = wire.isin(list(one.lossy)) & ~rows[DAY].isin(list(one.booked))
    return rows[one.column].notna() | wire.isna() | ~(wire.isin(list(one.owed)) | lost)


def _as_made(one: Judged, rows: pd.DataFrame) -> pd.Series:
    staged, wire = rows[one.column], rows[one.column + WIRE]
    made = wire.map(one.made)
    nothing = made.isna() & (staged.isna() | (not one.alone))
    return wire.isna() | nothing | (staged == made) | (staged.isna() & made.notna())


def _in_vocabulary(one: Judged, rows: pd.DataFrame) -> pd.Series:
    wire = rows[one.column + WIRE]
    return wire.isna() | wire.isin(list(one.worded)) | rows[DAY].isin(list(one.booked))
