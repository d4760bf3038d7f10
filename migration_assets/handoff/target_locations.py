"""Where the source's fields, options and users are in Gorgias, in the words that rules and views use there.

It belongs here: looking up, through the confirmed map and the ids in the ledger. It does not: what a condition or an
action becomes (conditions.py, rules.py). Names of paths, functions and actions are those of gorgias-api.md 8 and 10.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migration_assets.mapping.model import FieldMap
from migration_assets.mapping.model import Mapping as Map

STANDARD = {
    "status": ("Status", "ticket.status", "setStatus"),
    "priority": ("Priority", "ticket.priority", "setPriority"),
    "assignee": ("Assignee", "ticket.assignee_user.id", "setAssignee"),
    "tags": ("Tags", "ticket.tags.name", "addTags"),
    "subject": ("Subject", "ticket.subject", "setSubject"),
    "contact": ("Customer", "ticket.customer.id", ""),
    "created": ("Created", "ticket.created_datetime", ""),
    "modified": ("Updated", "ticket.updated_datetime", ""),
    "closed": ("Closed", "ticket.closed_datetime", ""),
}
"""Standard target of a ticket -> Gorgias's word, path in expressions, rule action that sets it."""
ELSEWHERE = {
    "meta": "the map keeps it in the ticket's meta, which neither rules nor views reach; give it a custom field if "
    "needed",
    "data": "the map keeps it in the customer's data, which neither rules nor views reach; give it a custom field if "
    "needed",
    "note": "the map keeps it in an internal note, which neither rules nor views reach",
}


@dataclass(frozen=True)
class TargetLocation:
    """One place that a field of the source has in Gorgias.

    Attributes:
        kind: the standard target's name, `custom_field`, or `none`.
        name: what an admin reads in Gorgias.
        path: in expressions; empty where nothing can test it.
        action: rule action that sets it; empty where none does.
        why: for `none`, in words.
    """

    kind: str
    name: str
    path: str = ""
    action: str = ""
    number: int | None = None
    item: FieldMap | None = None
    why: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def value(self, label: str) -> str:
        """What the map makes of an option's label (or of a plain value)."""
        if self.item is None:
            return label
        for key in (next((o for o, name in self.options.items() if name == label), ""), label):
            if key in self.item.values:
                return self.item.values[key]
        known = self.kind in ("status", "priority")
        return self.item.default or label if known else label

    def same(self, label: str) -> list[str]:
        """Other labels that the map turns into the same value: what tells them apart is lost."""
        mine = self.value(label)
        return [other for other in self.options.values() if other != label and other and self.value(other) == mine]


@dataclass(frozen=True)
class TargetLocations:
    """The lookup.

    Attributes:
        tabs: name of a tab in lower case -> (number, role).
        fields: (tab number, label or machine name in lower case) -> rows of `ivinex.fields`.
        users: user name, name, e-mail or number, in lower case -> source id.
        user_ids, field_ids: source id -> Gorgias id.
    """

    tabs: Mapping[str, tuple[str, str | None]]
    fields: Mapping[tuple[str, str], dict[str, Any]]
    items: Mapping[tuple[str, str], list[FieldMap]]
    users: Mapping[str, str]
    user_ids: Mapping[str, int]
    field_ids: Mapping[str, int]

    @classmethod
    def of(
        cls,
        mapping: Map | None,
        tabs: Iterable[dict[str, Any]],
        fields: Iterable[dict[str, Any]],
        users: Iterable[dict[str, Any]],
        user_ids: Mapping[str, int],
        field_ids: Mapping[str, int],
    ) -> TargetLocations:
        """From rows of `ivinex.tabs`, `ivinex.fields` and `ivinex.users`, and the ledger's ids."""
        roles = mapping.tabs() if mapping else {}
        known = {}
        for row in tabs:
            number = row["collection_type_id"]
            known[str(row["tab"]).lower()] = (str(number), roles.get(str(number), row["role"]))
        by_name: dict[tuple[str, str], dict[str, Any]] = {}
        for row in fields:
            for name in (row["field_name"], row["label"]):
                by_name[row["collection_type_id"], str(name).lower()] = row
        items: dict[tuple[str, str], list[FieldMap]] = {}
        for _, _, item in mapping.each() if mapping else ():
            items.setdefault((item.collection_type_id, item.source), []).append(item)
        people = {}
        for row in users:
            for name in (row["username"], row["name"], row["email"], row["user_id"]):
                if name:
                    people[str(name).lower()] = row["source_id"]
        return cls(known, by_name, items, people, user_ids, field_ids)

    def role(self, tab: str) -> str | None:
        return self.tabs.get(tab.lower(), ("", None))[1]

    def user(self, name: str) -> tuple[int | None, str]:
        """(Gorgias id, what to say) of a person named in an export."""
        source_id = self.users.get(name.lower())
        if source_id is None:
            return None, f"nobody in users.csv is called '{name}'"
        number = self.user_ids.get(source_id)
        return number, f"user {number} ({name})" if number else f"'{name}' ({source_id}) has no user in Gorgias"

    def find(self, tab: str, name: str) -> list[TargetLocation]:
        """The places of a field, the one that people will keep up to date first; never empty."""
        number, role = self.tabs.get(tab.lower(), ("", None))
        if not number:
            return [_no_equivalent(name, f"'{tab}' is none of the tabs that were read")]
        row = self.fields.get((number, name.lower()))
        if row is None:
            return [_no_equivalent(name, f"the tab {tab} has no field '{name}'")]
        options = {one["id"]: one["label"] for one in json.loads(row["options"] or "[]")}
        items = self.items.get((number, row["field_name"]), [])
        found = [self._place(item, role, options) for item in items]
        usable = [place for place in found if place.kind != "none"]
        return (
            sorted(usable, key=lambda place: place.kind == "custom_field")
            or found
            or [_no_equivalent(name, "not mapped")]
        )

    def _place(self, item: FieldMap, role: str | None, options: Mapping[str, str]) -> TargetLocation:
        to, name = item.target.to, item.target.name or ""
        if to == "standard" and role == "ticket" and name in STANDARD:
            word, path, action = STANDARD[name]
            return TargetLocation(name, word, path, action, item=item, options=options)
        if to == "custom_field":
            number = self.field_ids.get(item.external_id)
            of = "Ticket" if role == "ticket" else "Customer"
            owner = "ticket" if role == "ticket" else "ticket.customer"
            if number is None:
                return _no_equivalent(name, f"the {of.lower()} field '{name}' was not created")
            action = "setCustomFieldValue" if role == "ticket" else "setCustomerCustomFieldValue"
            path = f"{owner}.custom_fields['{number}'].value"
            return TargetLocation("custom_field", f"{of} field '{name}'", path, action, number, item, options=options)
        if to == "skip":
            return _no_equivalent(item.label or item.source, f"not moved: {item.reason}")
        why = ELSEWHERE.get(to, f"it became '{name}' of a {role}, which neither rules nor views reach")
        return _no_equivalent(item.label or item.source, why)


def _no_equivalent(name: str, why: str) -> TargetLocation:
    return TargetLocation("none", name, why=why)
