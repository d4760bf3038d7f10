"""What is known of a source field before it has a target: its schema and the profile of its values.

It belongs here: putting `ivinex.fields` and the profile together. It does not: judging (field_scores.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.heuristics.option_labels import is_placeholder
from migration_assets.mapping.model import Role
from migration_assets.mapping.schema_check import options_of

LOOKS = {
    "email_share": "look like e-mail addresses",
    "phone_share": "look like phone numbers",
    "date_share": "look like dates",
    "number_share": "are numbers",
    "url_share": "are web addresses",
    "html_share": "hold HTML",
    "sentence_share": "are sentences",
}
ENOUGH_ROWS = 20
"""Shares of fewer filled values than this prove nothing."""


@dataclass(frozen=True)
class Source:
    """A source field.

    Attributes:
        linked_role: the role of the tab that a link points to.
        options: id -> label.
        position: place on the tab, from 0.
        shares: of the filled values, which part looks like an e-mail, a phone number, a sentence, ... (profile.py).
        filled: number of filled values that were looked at.
    """

    role: Role
    collection_type_id: str
    tab: str
    name: str
    field_id: str | None
    label: str
    kind: str
    linked_role: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    position: int = 0
    filled_share: float = 0.0
    max_length: int = 0
    html_share: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)
    filled: int = 0

    @property
    def how_full(self) -> str:
        """How many records have a value, and what the values look like; never one of them."""
        looks = max(self.shares, key=lambda name: self.shares[name], default="")
        told = f"filled in {self.filled_share:.0%} of records"
        if self.kind in ("text", "longtext", "unknown") and (self.share(looks) or 0) > 0.5 and looks in LOOKS:
            told += f", {self.shares[looks]:.0%} of the values {LOOKS[looks]}"
        return told

    @property
    def choices(self) -> list[str]:
        """Labels of the options, the placeholder left out."""
        return [label for label in self.options.values() if label.strip() and not is_placeholder(label)]

    def share(self, of: str) -> float | None:
        """A share of the profile, None where too few values were seen."""
        return self.shares.get(of) if self.filled >= ENOUGH_ROWS else None


def sources(
    fields: pd.DataFrame, profile: pd.DataFrame, role: Role, tab: str, roles: dict[Role, list[str]]
) -> Iterator[Source]:
    """The fields of one tab, in their order."""
    seen = {row["field_name"]: row for row in to_rows(profile[profile["collection_type_id"] == tab])}
    linked = {linked_tab: linked_role for linked_role, tabs in roles.items() for linked_tab in tabs}
    of_tab = to_rows(fields[fields["collection_type_id"] == tab].sort_values("position"))
    for position, row in enumerate(of_tab):
        values: dict[str, Any] = seen.get(row["field_name"], {})
        yield Source(
            role=role,
            collection_type_id=tab,
            tab=str(row["tab"]),
            name=row["field_name"],
            field_id=row["field_id"],
            label=str(row["label"] or row["field_name"]),
            kind=row["kind"],
            linked_role=linked.get(str(row["linked_collection_type_id"])),
            options=options_of(row["options"]),
            position=position,
            filled_share=float(values.get("filled_share") or 0),
            max_length=int(values.get("max_length") or 0),
            html_share=float(values.get("html_share") or 0),
            shares={name: float(values.get(name) or 0) for name in LOOKS},
            filled=int(values.get("filled") or 0),
        )
