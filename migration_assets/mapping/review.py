"""What a person looks at in a map: the doubtful fields first, and what it leaves open. Pure, no Dagster.

It belongs here: tables and counts for the UI and for the checks. It does not: proposing (propose.py), confirming
(confirm.py), and whether a map can be used (mapping_file.py, schema_check.py).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from checks.evaluate import SHOWN, Evaluation
from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.heuristics.option_labels import is_placeholder
from migration_assets.mapping.map_rows import DOUBTFUL, open_points
from migration_assets.mapping.mapping_file import CONFIRM
from migration_assets.mapping.model import TO_DECIDE, FieldMap, Mapping
from migration_assets.mapping.restricted_fields import restrictions_of, undecided_restrictions
from migration_assets.mapping.schema_check import options_of
from migration_assets.mapping.target_fields import STANDARDS
from migration_assets.markdown import table
from resources.ledger.records import Confirmation

MOST_ROWS = 300
_VALUE_COLUMNS = {name: name for name in ("field", "option", "value", "confidence", "reason")}
_COLUMNS = {"field": "field", "target": "target", "confidence": "confidence", "reason": "reason"}


def facts(mapping: Mapping) -> dict[str, Any]:
    """Version and counts."""
    targets = Counter(item.target.to for _, _, item in mapping.each())
    return {
        "mapping_version": mapping.mapping_version,
        "fields": targets.total(),
        "doubtful": sum(item.confidence < DOUBTFUL for _, _, item in mapping.each()),
        **{f"fields_{to}": count for to, count in sorted(targets.items())},
    }


def as_markdown(mapping: Mapping, fields: pd.DataFrame) -> str:
    """The map as a Markdown table: field, target, confidence, reason; doubtful ones first.

    Args:
        fields: `ivinex.fields`, for the names of tabs.
    """
    tabs, restrictions = _tab_names(fields), restrictions_of(fields)
    listed = [(item, open_points(role, item, restrictions)) for role, _, item in mapping.each()]
    listed.sort(key=lambda row: (not row[1], row[0].confidence >= DOUBTFUL))
    items = [item for item, _ in listed]
    shown = [
        {
            "field": _name(item, tabs),
            "target": str(item.target),
            "confidence": f"{item.confidence:.2f}",
            "reason": "; ".join([*(f"to be decided: {point}" for point in points), item.reason]),
        }
        for item, points in listed[:MOST_ROWS]
    ]
    more = len(items) - len(shown)
    told = f"\nAnd {more} more fields; the whole map is mapping.yaml, or `migrate mapping show`.\n" if more else ""
    return table(shown, _COLUMNS) + told + _values(items, tabs)


def changes_as_markdown(changes: list[str] | None) -> str:
    """What is different since the last confirmation, one row a change."""
    if not changes:
        return "Nothing was confirmed yet." if changes is None else "Nothing changed since the confirmation."
    more = f"\nAnd {len(changes) - MOST_ROWS} more: `migrate mapping diff`.\n" if len(changes) > MOST_ROWS else ""
    return (
        table([{"changed since": change} for change in changes[:MOST_ROWS]], {"changed since": "changed since"}) + more
    )


def _values(items: list[FieldMap], tabs: dict[str, str]) -> str:
    """The value maps, each value with its confidence, the least sure first."""
    listed = [
        {
            "field": _name(item, tabs),
            "option": option,
            "value": value,
            "confidence": f"{item.value_confidence[option]:.2f}",
            "reason": item.value_reasons.get(option, ""),
        }
        for item in items
        for option, value in item.values.items()
        if option in item.value_confidence
    ]
    listed.sort(key=lambda row: (row["value"] != TO_DECIDE, row["confidence"]))
    return "\n" + table(listed[:MOST_ROWS], _VALUE_COLUMNS) if listed else ""


def proposed(mapping: Mapping, fields: pd.DataFrame) -> Evaluation:
    """How many fields of a proposal a person should look at before confirming it."""
    doubtful, named = _doubtful(mapping, _tab_names(fields))
    count = facts(mapping)["fields"]
    told = f"{len(doubtful)} of {count} fields are doubtful: {named}" if doubtful else f"{count} fields, none doubtful"
    failures = {("confidence", f"below {DOUBTFUL}"): len(doubtful)} if doubtful else {}
    if undecided := [*mapping.undecided(), *undecided_restrictions(mapping, restrictions_of(fields))]:
        failures[("to be decided", "by a person")] = len(undecided)
        told = f"{len(undecided)} points are to be decided before it can be confirmed; {told}"
    return Evaluation(
        count,
        Counter(failures),
        sorted(item.external_id for item in doubtful)[:SHOWN],
        sentence=f"{told}. Correct mapping.yaml where it is wrong, then confirm it: {CONFIRM}.",
    )


def confirmed(mapping: Mapping, fields: pd.DataFrame, confirmation: Confirmation) -> Evaluation:
    """Who confirmed a map and when, and what is doubtful or unresolved in it all the same."""
    tabs = _tab_names(fields)
    doubtful, named = _doubtful(mapping, tabs)
    unresolved = unnamed_options(mapping, fields)
    told = [
        f"{confirmation.by} confirmed version {confirmation.version} on {confirmation.at:%Y-%m-%d %H:%M} UTC.",
        f"{len(doubtful)} of its {facts(mapping)['fields']} fields are doubtful: {named}."
        if doubtful
        else "No field in it is doubtful.",
    ]
    if unresolved:
        listed = "; ".join(f"{_name(item, tabs)}: {count}, {_policy(item)}" for item, count in unresolved[:SHOWN])
        told.append(f"Options that values does not name: {listed}.")
    failures = {("confidence", f"below {DOUBTFUL}"): len(doubtful)} if doubtful else {}
    if unresolved:
        failures[("values", "option not named")] = sum(count for _, count in unresolved)
    ids = {item.external_id for item in [*doubtful, *(item for item, _ in unresolved)]}
    return Evaluation(facts(mapping)["fields"], Counter(failures), sorted(ids)[:SHOWN], sentence=" ".join(told))


def unnamed_options(mapping: Mapping, fields: pd.DataFrame) -> list[tuple[FieldMap, int]]:
    """Fields that feed a target of few values, with the number of options that the map gives no value."""
    options = {(row["collection_type_id"], row["field_name"]): options_of(row["options"]) for row in to_rows(fields)}
    found = []
    for role, _, item in mapping.each("standard"):
        if STANDARDS[role][item.target.name or ""].vocabulary:
            live = options.get((item.collection_type_id, item.source), {})
            open_ = [label for key, label in live.items() if not {key, label} & item.values.keys()]
            count = sum(not is_placeholder(label) for label in open_)
            found += [(item, count)] if count else []
    return found


def _doubtful(mapping: Mapping, tabs: dict[str, str]) -> tuple[list[FieldMap], str]:
    doubtful = [item for _, _, item in mapping.each() if item.confidence < DOUBTFUL]
    more = f" and {len(doubtful) - SHOWN} more" if len(doubtful) > SHOWN else ""
    return doubtful, ", ".join(_name(item, tabs) for item in doubtful[:SHOWN]) + more


def _policy(item: FieldMap) -> str:
    return f"they become {item.default}" if item.unmapped == "default" else f"policy {item.unmapped}"


def _name(item: FieldMap, tabs: dict[str, str]) -> str:
    return f"{tabs.get(item.collection_type_id, item.collection_type_id)}: {item.label or item.source}"


def _tab_names(fields: pd.DataFrame) -> dict[str, str]:
    return dict(zip(fields["collection_type_id"], fields["tab"], strict=True))
