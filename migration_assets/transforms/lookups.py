"""What transforms look things up in: option labels, users, the tabs behind links, the zone of the times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.heuristics.option_labels import is_placeholder
from migration_assets.mapping.model import Mapping
from migration_assets.mapping.schema_check import options_of


@dataclass(frozen=True)
class Lookups:
    """Attributes:
    options: (tab, field name) -> option id -> label; `(please select)` has the label "".
    unlabelled: (tab, field name) -> options whose label is blank.
    linked: (tab, field name) -> the tab that a link field points to.
    users: user id or user name -> the row of ivinex.users as a dict (source_id, name, email, ...).
    accounts: source id of a user -> the same row.
    senders: lower-case e-mail -> source id of the user it belongs to.
    zone: of the times on the wire.
    hash_key: of the transform hash; empty where the map has none.
    """

    options: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    unlabelled: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    linked: dict[tuple[str, str], str] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    hash_key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, mapping: Mapping, fields: pd.DataFrame, users: pd.DataFrame, hash_key: bytes = b"") -> Lookups:
        """From the frames `ivinex.fields` and `ivinex.users`."""
        options: dict[tuple[str, str], dict[str, str]] = {}
        unlabelled: dict[tuple[str, str], frozenset[str]] = {}
        linked: dict[tuple[str, str], str] = {}
        for row in to_rows(fields):
            labels = options_of(row["options"])
            key = (row["collection_type_id"], row["field_name"])
            if labels:
                options[key] = {
                    option: "" if is_placeholder(label) else " ".join(label.split()) for option, label in labels.items()
                }
            if blank := frozenset(option for option, label in labels.items() if not label.strip()):
                unlabelled[key] = blank
            if row["linked_collection_type_id"]:
                linked[key] = str(row["linked_collection_type_id"])
        by_key: dict[str, dict[str, Any]] = {}
        senders: dict[str, str] = {}
        listed = to_rows(users)
        for user in listed:
            if user.get("username"):
                by_key.setdefault(str(user["username"]), user)
            if user.get("email"):
                senders.setdefault(str(user["email"]).strip().lower(), str(user["source_id"]))
        by_key.update({str(user["user_id"]): user for user in listed})
        accounts = {str(user["source_id"]): user for user in listed}
        return cls(options, unlabelled, linked, by_key, accounts, senders, ZoneInfo(mapping.time_zone), hash_key)

    def key_of_hash(self) -> bytes:
        """
        Raises:
            ValueError: there is none, and a hash without a key can be tried out.
        """
        if not self.hash_key:
            raise ValueError("no key for the transform hash")
        return self.hash_key

    def user(self, key: str | None) -> dict[str, Any] | None:
        return self.users.get(key) if key else None
