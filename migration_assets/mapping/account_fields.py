"""The custom fields that are active in the target account before this migration makes its own.

They share the limit with ours (gorgias-api.md 6.5), and seven of them Gorgias manages itself on a fresh account. Read
once with the source, so that proposing and confirming the map need no call. It belongs here: reading them, and what
they leave. It does not: who gets what is left (budget.py), and making fields (gorgias/load/custom_fields.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from migration_assets.mapping.target_fields import OBJECT_OF_ROLE
from resources.gorgias.external_ids import is_of_this_site
from resources.warehouse import Table

if TYPE_CHECKING:
    from resources.gorgias.client import Reader
    from resources.warehouse import Warehouse

ACTIVE = Table(
    "mapping.account_fields",
    {
        "gorgias_id": ("BIGINT", "the field"),
        "object_type": ("VARCHAR", "Ticket or Customer"),
        "label": ("VARCHAR", "its label"),
        "managed": ("BOOLEAN", "Gorgias made it and fills it itself"),
        "ours": ("BOOLEAN", "a migration made it"),
    },
)


@dataclass(frozen=True)
class ActiveField:
    """One active field of the account."""

    gorgias_id: int
    object_type: str
    label: str
    managed: bool
    ours: bool

    def is_named(self, object_type: str, label: str) -> bool:
        """Whether a map that says this label means this field: a managed one only by its exact label."""
        same = self.label == label if self.managed else self.label.casefold() == label.casefold()
        return same and self.object_type == object_type


def read_active_fields(reader: Reader) -> list[ActiveField]:
    """Two calls: one list per object type."""
    return [
        ActiveField(
            int(row["id"]),
            object_type,
            str(row["label"]),
            bool(row.get("managed_type")),
            is_of_this_site(row.get("external_id")),
        )
        for object_type in sorted(set(OBJECT_OF_ROLE.values()))
        for row in reader.rows("/api/custom-fields", object_type=object_type)
        if not row.get("deactivated_datetime")
    ]


def keep(warehouse: Warehouse, fields: Iterable[ActiveField]) -> None:
    warehouse.replace(ACTIVE, pd.DataFrame([vars(one) for one in fields], columns=list(ACTIVE.columns)))


def kept(warehouse: Warehouse) -> list[ActiveField]:
    """As they were read last; [] where no account was asked yet."""
    query = f"SELECT {', '.join(ACTIVE.columns)} FROM {ACTIVE.name} ORDER BY gorgias_id"  # noqa: S608
    rows = warehouse.rows(query, if_exists=ACTIVE)
    return [ActiveField(**row) for row in rows]


def besides(active: Iterable[ActiveField], wanted: Mapping[tuple[str, str], Any] | None = None) -> int:
    """How many are neither this migration's nor named by the map: they take from what is allowed."""
    named = list(wanted or ())
    return sum(not one.ours and not any(one.is_named(*key) for key in named) for one in active)


def reserved(active: Iterable[ActiveField]) -> frozenset[str]:
    """Labels of managed fields: a proposal never takes one, so none is filled by accident."""
    return frozenset(one.label.casefold() for one in active if one.managed)


def standing(active: Iterable[ActiveField]) -> frozenset[tuple[str, str]]:
    """(object type, label) of fields that a map may name without making one: all but the managed ones."""
    return frozenset((one.object_type, one.label.casefold()) for one in active if not one.managed)
