"""Mapping validity: do the staged rows hold what the confirmed map makes of their source records?

Pandera schemas generated from the map (mapping_schemas.py) are held against the staged rows of each object, lazily:
a failure names ids, field and rule, never a value; the check `schema` of each table tells it. It belongs here: the
verdict per object and day. It does not: reading (mapping_frames.py), and the rows' own limits (checks/schemas).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pandera.pandas as pa

from checks.evaluate import SHOWN, Evaluation, broken_rules
from migration_assets.mapping.model import FieldMap, Role, data_type
from migration_assets.mapping.target_fields import OBJECT_OF_ROLE
from migration_assets.staging.context import StagingContext
from migration_assets.staging.validation.balance import Results
from migration_assets.staging.validation.mapping_frames import counts, dangling, frames, moved
from migration_assets.staging.validation.mapping_results import definitions, judged, losses_recorded
from migration_assets.staging.validation.mapping_schemas import (
    DAY,
    FACTS,
    INTO,
    STRAYS,
    WANTED,
    definition_schema,
    name_of,
    reference_schema,
    value_schema,
)
from migration_assets.staging.validation.mapping_sources import PLACES, REFERENCES
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

Found = dict[str | None, Evaluation]


def tickets_valid(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    return _look(warehouse, ledger, keys or [], context, ["ticket"], "tickets")


def messages_valid(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    return _look(warehouse, ledger, keys or [], context, ["activity", "task"], "messages")


def attachments_valid(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    return _look(warehouse, ledger, keys or [], context, [], "attachments")


def customers_valid(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext) -> Results:
    return _look(warehouse, ledger, None, context, ["contact", "organization"], "customers")


def custom_fields_valid(
    warehouse: Warehouse, ledger: Ledger, keys: list[str] | None, context: StagingContext
) -> Results:
    """The definitions are those of the map, and each offers the choices that the map names."""
    result = Evaluation()
    wanted = pd.DataFrame([_wanted(items) for items in context.mapping.custom_fields().values()], columns=WANTED)
    with warehouse.transaction() as tx:
        staged = pd.DataFrame(list(definitions(tx).values()), columns=["external_id", *FACTS, "choices"])
    both = wanted.merge(staged, how="outer", on="external_id", suffixes=(" of the map", ""))
    _judge(definition_schema(), both.assign(source_id=both["external_id"], partition=None), {None: result})
    result.rows = len(both)
    return {None: result}


def _wanted(items: Sequence[FieldMap]) -> tuple[str, str, str, str, list[str]]:
    """What the map says of a custom field, from the fields that feed it; the choices only where a list has some."""
    kind, entry = data_type(items[0])
    named = [value for item in items for value in [*item.values.values(), item.default] if value]
    listed = named if (kind, entry) == ("text", "dropdown") else []
    return items[0].external_id, items[0].target.name or "", kind, entry, listed


def _look(
    warehouse: Warehouse,
    ledger: Ledger,
    days: Sequence[str] | None,
    context: StagingContext,
    roles: Sequence[Role],
    table: str,
) -> Found:
    keys: list[str | None] = [None] if days is None else [*days]
    results: Found = {key: Evaluation() for key in keys}
    span = {"days": list(days), "first": min(days), "last": max(days)} if days else {}
    if not keys:
        return results
    with warehouse.transaction() as tx:
        if table in REFERENCES:
            tables = {name: target for name, (target, _) in REFERENCES[table].items()}
            for day, number in counts(tx, table, span).items():
                results[day].rows += number
            _judge(reference_schema(f"references of staging.{table}", tables), dangling(tx, table, span), results)
        losses, staged = (losses_recorded(ledger, days), definitions(tx)) if roles else ({}, {})
        for role in roles:
            for tab in context.mapping.roles.get(role, []):
                _look_at_tab(tx, role, tab, context, staged, losses, span, results)
    return results


def _look_at_tab(
    tx: Connection,
    role: Role,
    tab: str,
    context: StagingContext,
    staged: dict[str, dict[str, Any]],
    losses: dict[str, set[str]],
    span: dict[str, Any],
    results: Found,
) -> None:
    fields = moved(context, role, tab)
    owners = _owners(context, role)
    if not fields and not PLACES[role].unmapped:
        return
    for frame in frames(tx, role, tab, fields, owners, span):
        all_judged = [
            judged(
                item, role, frame, context, staged.get(owners.get(name_of(item), "")), losses.get(name_of(item), set())
            )
            for item in fields
        ]
        unmapped = {name: right for name, right in PLACES[role].unmapped.items() if name in frame}
        keys = set().union(*frame[STRAYS]) if STRAYS in frame else set()
        schema = value_schema(f"{role} {tab}", all_judged, unmapped, {key: _known_as(key, context) for key in keys})
        if role in ("contact", "organization"):
            frame = frame.assign(partition=None)
            results[None].rows += len(frame)
        _judge(schema, frame, results)


def _owners(context: StagingContext, role: Role) -> dict[str, str]:
    """Name of a source field -> the custom field that it feeds; a customer is fed by contacts and organizations."""
    of = OBJECT_OF_ROLE.get(role)
    return {
        name_of(item): items[0].external_id
        for (object_type, _), items in context.mapping.custom_fields().items()
        if object_type == of
        for item in items
    }


def _known_as(external_id: str, context: StagingContext) -> str:
    """The source field that a custom field is named after, as losses name it."""
    *_, tab, number = external_id.split(":")
    of_tab = context.fields[context.fields["collection_type_id"] == tab]
    named = of_tab[(of_tab["field_id"] == number) | (of_tab["field_name"] == number)]["field_name"].tolist()
    return f"{tab}.{named[0] if named else number}"


def _judge(schema: pa.DataFrameSchema, frame: pd.DataFrame, results: Found) -> None:
    days, ids = frame[DAY].tolist(), frame["source_id"].tolist()
    for position, rules in broken_rules(schema, frame).items():
        result = results[days[position]]
        result.failures.update(_of_field(column, rule) for column, rule in rules)
        if len(result.source_ids) < SHOWN:
            result.source_ids = sorted({*result.source_ids, str(ids[position])})


def _of_field(column: str, rule: str) -> tuple[str, str]:
    """A rule over several columns names its field itself."""
    if column != "row":
        return column.partition(INTO)[0], rule
    field, _, told = rule.partition(": ")
    return field, told
