"""Fields that some groups may not see in Ivinex, and that every agent would see in Gorgias: a person decides each.

It belongs here: which places of a map want a decision, and what a review says of restrictions. It does not: the admin's
list of such fields (ivinex/schema/restricted_fields.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.model import FieldMap, Mapping
from migration_assets.mapping.target_fields import PRIVATE, PRIVATE_STANDARDS

CARRY = "carry"
FILE = "admin_exports/restricted_fields.csv"
Restrictions = dict[tuple[str, str], str]
"""(tab, machine name) -> why not everybody may see it."""


def restrictions_of(fields: pd.DataFrame) -> Restrictions:
    """Of rows of `ivinex.fields`; one that an earlier release read knows none."""
    rows = to_rows(fields) if "restricted" in fields else []
    return {(row["collection_type_id"], row["field_name"]): row["restricted"] for row in rows if row["restricted"]}


def undecided_restrictions(mapping: Mapping, restrictions: Restrictions) -> Iterator[tuple[tuple[Any, ...], str]]:
    """What a person has to decide before the map can be confirmed: (path into the file, what to write)."""
    for role, index, item in mapping.each():
        if asked := restriction_to_decide(role, item, restrictions):
            yield ("fields", role, index, "target"), f"'{item.label or item.source}': {asked}"


def restriction_to_decide(role: str, item: FieldMap, restrictions: Restrictions) -> str:
    """The question and its choices; empty where the field is open to all, goes nowhere, or was decided."""
    why = restrictions.get((item.collection_type_id, item.source))
    if not why or item.target.to == "skip" or item.transform in PRIVATE or item.restricted == CARRY:
        return ""
    private = item.target.to != "standard" or (role, item.target.name) in PRIVATE_STANDARDS
    hidden = "transform: drop, transform: mask or transform: hash (keyed), or " if private else ""
    return (
        f"{why} in Ivinex, and every agent would see it in Gorgias. Write restricted: {CARRY}, {hidden}"
        "target: {to: skip} with a reason."
    )


def restrictions_sentence(home: Path, restrictions: Restrictions) -> str:
    """What is known of restrictions, for a review; where nothing is, the way out."""
    if not (home / FILE).exists():
        return (
            "Which fields are restricted by group is unproved: no call of Ivinex shows it. Ask its admin; list them in "
            f"{FILE} (tab, field, group) and read again (the job discover, or `migrate discover`), or write "
            "target: {to: skip} for each in mapping.yaml."
        )
    return f"{len(restrictions)} fields are restricted by group, by {FILE}; each is decided in mapping.yaml."
