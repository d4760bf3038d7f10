"""The schema that a map was confirmed for: its snapshot, its fingerprint, and what drifted since.

It belongs here: everything that compares a map or a confirmation with `ivinex.fields`. Field labels are left out of
the snapshot: machine names and ids do not follow a label (ivinex-api.md 5.2), so a new label changes no result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import pandas as pd

from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.model import Mapping, short_hash
from migration_assets.mapping.target_fields import OBJECT_OF_ROLE, PLATFORM_FIELDS, TEXT_KINDS

Snapshot = dict[str, Any]


def snapshot(fields: pd.DataFrame, mapping: Mapping) -> Snapshot:
    """The part of the schema that the map depends on.

    Args:
        fields: `ivinex.fields`.

    Returns:
        {"time_zone", "roles": {role: [tab]}, "tabs": {tab: {field name: {"field_id", "kind", "options"}}}}, where
        options are id -> label; and "site": [every tab of the site], by which a new one is noticed.
    """
    roles = {role: sorted(tabs) for role, tabs in mapping.roles.items()}
    schema = {"time_zone": mapping.time_zone, "roles": roles, "tabs": _fields_of(fields, mapping.tabs())}
    return schema | {"site": _tabs_of(fields)}


def drift_of_fields(confirmed: Snapshot, fields: pd.DataFrame) -> list[str]:
    """Each change of `ivinex.fields` since the confirmation, of the tabs that were confirmed."""
    return drift(confirmed, confirmed | {"tabs": _fields_of(fields, confirmed["tabs"]), "site": _tabs_of(fields)})


def _tabs_of(fields: pd.DataFrame) -> list[str]:
    return sorted(set(fields["collection_type_id"]))


def _fields_of(fields: pd.DataFrame, tabs: Iterable[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {tab: {} for tab in sorted(tabs)}
    for row in to_rows(fields):
        if row["collection_type_id"] in found and row["kind"] not in {"layout", "default"}:
            found[row["collection_type_id"]][row["field_name"]] = {
                "field_id": row["field_id"],
                "kind": row["kind"],
                "options": options_of(row["options"]),
                "linked": row.get("linked_collection_type_id") or "",
            } | ({"restricted": row["restricted"]} if row.get("restricted") else {})
    return found


def fingerprint(schema: Snapshot) -> str:
    """12 hex digits of schema, roles and time zone; not of tabs without a role."""
    return short_hash({key: value for key, value in schema.items() if key != "site"})


def options_of(text: Any) -> dict[str, str]:
    """The JSON list of `ivinex.fields.options` as id -> label."""
    if not isinstance(text, str) or not text:
        return {}
    return {str(option["id"]): str(option["label"]) for option in orjson.loads(text)}


def drift(confirmed: Snapshot, present: Snapshot) -> list[str]:
    """Each change since the confirmation, in words that name tab, field and option id."""
    changes = []
    if confirmed["time_zone"] != present["time_zone"]:
        changes.append(f"the time zone was {confirmed['time_zone']} and is {present['time_zone']}")
    for role in sorted(confirmed["roles"].keys() | present["roles"].keys()):
        was, now = confirmed["roles"].get(role, []), present["roles"].get(role, [])
        if was != now:
            changes.append(f"role {role} was tabs {', '.join(was) or 'none'} and is {', '.join(now) or 'none'}")
    for tab in sorted(confirmed["tabs"].keys() & present["tabs"].keys()):
        changes += [f"tab {tab}: {change}" for change in _drift_of(confirmed["tabs"][tab], present["tabs"][tab])]
    # A confirmation of an earlier release did not keep the tabs of the site.
    new = set(present["site"]) - set(confirmed["site"]) if "site" in confirmed else ()
    changes += [f"tab {tab} appeared, and no role in mapping.yaml says what it holds" for tab in sorted(new)]
    return changes


def _drift_of(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in sorted(now.keys() - was.keys()):
        yield f"field {name} appeared ({now[name]['kind']})"
    for name in sorted(was.keys() - now.keys()):
        yield f"field {name} is gone"
    for name in sorted(was.keys() & now.keys()):
        yield from _drift_of_field(name, was[name], now[name])


def _drift_of_field(name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if before["kind"] != after["kind"]:
        yield f"field {name} changed type from {before['kind']} to {after['kind']}"
    if before.get("linked", after["linked"]) != after["linked"]:
        yield f"field {name} links to tab {after['linked'] or 'none'}, and linked to {before['linked'] or 'none'}"
    if after.get("restricted") and before.get("restricted") != after["restricted"]:
        yield f"field {name} is {after['restricted']}"
    if before["field_id"] != after["field_id"]:
        yield f"field {name} was made anew (field id {before['field_id']} is now {after['field_id']})"
    for option in sorted(before["options"].keys() - after["options"].keys()):
        yield f"field {name} lost option {option}"
    for option in sorted(after["options"].keys() - before["options"].keys()):
        yield f"field {name} gained option {option}"
    for option in sorted(before["options"].keys() & after["options"].keys()):
        if before["options"][option] != after["options"][option]:
            yield f"field {name}: option {option} has a new label"


def schema_problems(
    mapping: Mapping, fields: pd.DataFrame, active_fields: int = 0, max_fields: int = 25
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Where the map does not fit the live schema or the budget: (path into the file, what is wrong)."""
    known = {(row["collection_type_id"], row["field_name"]): row for row in to_rows(fields)}
    tabs = set(fields["collection_type_id"])
    for role, listed in mapping.roles.items():
        for index, tab in enumerate(listed):
            if tab not in tabs:
                yield (
                    ("roles", role, index),
                    f"tab {tab} is not in the live schema (read it: the job discover, or `migrate discover`)",
                )
    mapped = set()
    for role, index, item in mapping.each():
        row = known.get((item.collection_type_id, item.source))
        mapped.add((item.collection_type_id, item.source))
        if row is None:
            if item.source not in PLATFORM_FIELDS:
                yield ("fields", role, index, "source"), f"tab {item.collection_type_id} has no field '{item.source}'"
        elif not _fits(item.kind, row["kind"]):
            yield ("fields", role, index, "kind"), f"'{item.source}' is of kind {row['kind']} in the live schema"
        else:
            for option, message in _no_options(item.values, item.source, options_of(row["options"])):
                yield ("fields", role, index, "values", option), message
    yield from _unmapped_fields(mapping, known, mapped)
    yield from _budget(mapping, active_fields, max_fields)


def _unmapped_fields(
    mapping: Mapping, known: dict[tuple[str, str], Any], mapped: set[tuple[str, str]]
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Fields of the site of which the map says nothing; a tab of which it says nothing at all is named once."""
    in_map = {tab for tab, _ in mapped}
    for tab, role in mapping.tabs().items():
        names = [name for (of, name), row in known.items() if of == tab and row["kind"] not in {"layout", "default"}]
        if names and tab not in in_map:
            message = "take its section from a new proposal (the job discover, or `migrate mapping propose`)"
            yield ("fields", role), f"no field of tab {tab} is in the map; {message}"
            continue
        for name in names:
            if (tab, name) not in mapped:
                yield ("fields", role), f"tab {tab}: field '{name}' is not in the map (skip it with a reason)"


def _no_options(values: dict[str, str], source: str, options: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Labels in `values` that no option has, and so no record. An id may be that of an option that is gone."""
    labels = {" ".join(label.split()) for label in options.values()}
    for option in values if options else ():
        if option not in options and option not in labels and not option.isdigit():
            yield option, f"no option of '{source}' is called so; there are {', '.join(sorted(labels))}"


def _budget(mapping: Mapping, active: int, maximum: int) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Counted over tickets and customers together, since the reference does not say otherwise (gorgias-api.md 6.5)."""
    wanted = mapping.custom_fields()
    if len(wanted) + active > maximum:
        counts = {kind: sum(1 for object_type, _ in wanted if object_type == kind) for kind in OBJECT_OF_ROLE.values()}
        of_overflow = ", one of them that of `overflow: field`" if mapping.overflow == "field" else ""
        yield (
            ("fields",),
            f"over the budget: {len(wanted)} custom fields ({counts['Ticket']} of tickets, {counts['Customer']} of "
            f"customers{of_overflow}) and {active} already active, where Gorgias allows {maximum}; move some to meta, "
            "data or note",
        )


def _fits(mapped: str, live: str) -> bool:
    """A site that tells no display types calls a rich text or an e-mail field text; a person may know better."""
    return mapped == live or live == "default" or (live == "text" and mapped in TEXT_KINDS)
