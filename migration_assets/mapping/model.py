"""The map: which Ivinex field becomes what in Gorgias (docs/mapping.md).

It belongs here: the shape of `mapping.yaml`, the rules that need nothing but the map itself, and its version.
It does not: reading the file (`mapping_file.py`) or comparing it with a live schema (`schema_check.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from migration_assets.mapping.target_fields import (
    DATA_TYPES,
    KINDS,
    OBJECT_OF_ROLE,
    PRIVATE,
    PRIVATE_STANDARDS,
    ROLES,
    STANDARDS,
    TRANSFORMS,
)

TO_DECIDE = "to be decided"
"""Stands for a value that no word and no evidence tells: a map with one cannot be confirmed."""
Role = Literal["contact", "organization", "ticket", "activity", "task"]
To = Literal["standard", "custom_field", "meta", "data", "note", "skip"]
ALLOWED: dict[To, tuple[str, ...]] = {
    "standard": ROLES,
    "custom_field": tuple(OBJECT_OF_ROLE),
    "meta": ("ticket", "activity", "task"),
    "data": ("contact", "organization"),
    "note": ("ticket",),
    "skip": ROLES,
}
"""Which role may use which target: only customers have `data`, only tickets and messages have `meta`."""
LINK_NOTES: list[Role] = ["ticket"]
"""Parent and child tickets are told where a map says nothing of it."""
NOTES = ("confidence", "reason", "label", "value_confidence", "value_reasons", "to_decide")
"""What a map holds for its reader only."""
LOSSY_KINDS = {"date": "date as text", "datetime": "date as text", "user": "user as text", "multi": "list as text"}
"""Kinds that Gorgias has no type for (architecture.md 8): written as text, with one loss row a field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, frozen=True)


class Target(_Strict):
    """Where a field goes. `name`: the standard target, the custom field's label, or the key in meta or data."""

    to: To
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.to} {self.name}" if self.name else self.to


class FieldMap(_Strict):
    """One source field and what becomes of it.

    Attributes:
        collection_type_id: the tab, since roles may have several tabs and names differ between them.
        source: machine name, as records carry it.
        field_id: the site-wide id; the custom field's external id is made of it.
        values: option id or option label -> target value; ids win.
        missing: what an empty value does: stay empty, take `default`, or send the row to quarantine.
        unmapped: what a value outside `values` (or an option that is gone) does.
        value_confidence, value_reasons: notes of the proposal on `values`, by option label.
        restricted: `carry` where a person decided that all agents may see what some groups may not see in Ivinex.
        to_decide: what a person has to say of this field before the map can be confirmed; deleted once it is said.
    """

    collection_type_id: str
    source: str
    field_id: str | None = None
    label: str = ""
    kind: str = "text"
    target: Target
    transform: str = "text"
    values: dict[str, str] = Field(default_factory=dict)
    missing: Literal["empty", "default", "quarantine"] = "empty"
    unmapped: Literal["keep_label", "skip", "quarantine", "default"] = "keep_label"
    default: str | None = None
    restricted: Literal["", "carry"] = ""
    confidence: float = Field(1.0, ge=0, le=1)
    reason: str = ""
    value_confidence: dict[str, float] = Field(default_factory=dict)
    value_reasons: dict[str, str] = Field(default_factory=dict)
    to_decide: str = ""

    def allowed(self, role: Role) -> str:
        """What may stand for a value of it, for a person."""
        target = STANDARDS[role].get(self.target.name or "") if self.target.to == "standard" else None
        return " or ".join(target.vocabulary) if target and target.vocabulary else "a value"

    @field_validator("kind", "transform")
    @classmethod
    def _known_word(cls, value: str, info: ValidationInfo) -> str:
        what, known = ("kind of field", KINDS) if info.field_name == "kind" else ("transform", TRANSFORMS)
        if value not in known:
            raise ValueError(f"'{value}' is no {what}; known: {', '.join(known)}")
        return value

    @model_validator(mode="after")
    def _whole(self) -> FieldMap:
        if "default" in (self.missing, self.unmapped) and self.default is None:
            policy = "missing" if self.missing == "default" else "unmapped"
            raise ValueError(f"{policy} says default, but no default is given: add the line `default: VALUE`")
        if self.target.to == "skip" and not self.reason:
            raise ValueError("a skipped field needs a reason")
        if self.target.to != "skip" and not self.target.name:
            raise ValueError(f"target {self.target.to} needs a name")
        if self.target.to == "custom_field" and len(self.target.name or "") > 255:
            raise ValueError("a custom field's label has at most 255 characters")
        return self

    @property
    def external_id(self) -> str:
        """`ivinex:field:<CollectionTypeID>:<FieldID>`; default fields have no id and use their name."""
        return f"ivinex:field:{self.collection_type_id}:{self.field_id or self.source}"


OVERFLOW_LABEL = "Ivinex record"
LONGEST_OVERFLOW = 10_000
"""Characters: how long a value may be is not published (gorgias-api.md 6.5), so a longer one stays in `data`."""
OVERFLOW_FIELD = FieldMap(
    collection_type_id="customer",
    source="overflow",
    label="what has no field of its own, as JSON",
    confidence=1.0,
    target=Target(to="custom_field", name=OVERFLOW_LABEL),
)
"""Holds what would be a customer's `data`, where the map says so; it stands in no tab."""


class Mapping(_Strict):
    """A whole map, as `mapping.yaml` holds it.

    Attributes:
        overflow: where what has no field of a customer's goes: into `data`, which is one more call for each customer,
            or into one text custom field, which goes with the other values.
        link_notes: roles whose records, where they are linked with a ticket, stand in an internal note of it.
        to_decide: what a person has to say of the roles before the map can be confirmed.
    """

    version: str = "1"
    time_zone: str
    roles: dict[Role, list[str]]
    partition_fallback: Literal["none", "first_activity", "modified_date"] = "none"
    link_notes: list[Role] = Field(default_factory=lambda: list(LINK_NOTES))
    overflow: Literal["data", "field"] = "data"
    to_decide: list[str] = Field(default_factory=list)
    fields: dict[Role, list[FieldMap]] = Field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):  # no name of a zone, or that of a folder
            raise ValueError("is no time zone of the IANA list; one is written as America/Denver") from None
        return value

    @field_validator("version")
    @classmethod
    def _first_format(cls, value: str) -> str:
        if value != "1":
            raise ValueError("this program reads version 1 of the file")
        return value

    def problems(self) -> Iterator[tuple[tuple[Any, ...], str]]:
        """What no single field can know: (path into the file, what is wrong)."""
        taken: dict[tuple[str, str, str], FieldMap] = {}
        for role, index, item in self.each():
            path = ("fields", role, index)
            target = item.target
            if role not in ALLOWED[target.to]:
                yield (*path, "target", "to"), f"a {role} has no {target.to}; use {_allowed(role)}"
                continue
            if target.to == "standard" and target.name not in STANDARDS[role]:
                known = ", ".join(STANDARDS[role])
                yield (*path, "target", "name"), f"'{target.name}' is no standard target of a {role}; there are {known}"
                continue
            if item.collection_type_id not in self.roles.get(role, []):
                yield (*path, "collection_type_id"), f"tab {item.collection_type_id} has not the role {role}"
            vocabulary = STANDARDS[role][target.name].vocabulary if target.to == "standard" and target.name else ()
            for option, value in item.values.items():
                if vocabulary and value not in vocabulary and value != TO_DECIDE:
                    yield (*path, "values", option), f"'{value}' is not one of {', '.join(vocabulary)}"
            if target.to == "skip":
                continue
            if item.transform in PRIVATE and target.to == "standard" and (role, target.name) not in PRIVATE_STANDARDS:
                wrong = f"{item.transform} is for custom fields, data, meta, notes and names of people; to keep "
                wrong += f"{target.name} from Gorgias write target: {{to: skip}} and a reason"
                yield (*path, "transform"), wrong
            key = (role, item.collection_type_id, str(target))
            other = taken.setdefault(key, item)
            if other is not item:
                yield (*path, "target"), f"two fields on one target: {target} is already fed by '{other.source}'"
        yield from self._clashing_labels()

    def _clashing_labels(self) -> Iterator[tuple[tuple[Any, ...], str]]:
        """Labels are unique in an account (gorgias-api.md 6.5); only tabs of one role may share a field.

        A source field feeds one custom field at most, because its id is the custom field's external id.
        """
        fed: dict[str, str] = {}
        owners: dict[str, tuple[str, FieldMap]] = {}
        if self.overflow == "field":
            owners[OVERFLOW_LABEL.casefold()] = ("overflow", OVERFLOW_FIELD)
        for role, index, item in self.each("custom_field"):
            first_role, first = owners.setdefault((item.target.name or "").casefold(), (role, item))
            path = ("fields", role, index, "target", "name")
            other = fed.setdefault(item.external_id, item.target.name or "")
            if other != item.target.name:
                yield path, f"'{item.source}' feeds custom field '{other}' already; one field feeds one"
            if first_role == "overflow":
                yield path, f"two fields on one target: label '{item.target.name}' is that of `overflow: field`"
            elif first_role != role:
                yield path, f"two fields on one target: label '{item.target.name}' is used by a {first_role} field too"
            elif first is not item and data_type(first) != data_type(item):
                yield path, f"'{item.target.name}' is fed by kinds {first.kind} and {item.kind}, which do not agree"

    def undecided(self) -> Iterator[tuple[tuple[Any, ...], str]]:
        """What a person has to decide before the map can be confirmed: (path into the file, what to write)."""
        for index, question in enumerate(self.to_decide):
            yield ("to_decide", index), f"{question} Then delete this line."
        for role, index, item in self.each():
            path = ("fields", role, index)
            if item.to_decide:
                yield (*path, "to_decide"), f"'{item.label or item.source}': {item.to_decide} Then delete this line."
            for option, value in item.values.items():
                if value == TO_DECIDE:
                    yield (*path, "values", option), f"{TO_DECIDE}: write {item.allowed(role)}"

    def each(self, to: To | None = None) -> Iterator[tuple[Role, int, FieldMap]]:
        for role in get_args(Role):
            for index, item in enumerate(self.fields.get(role, [])):
                if to is None or item.target.to == to:
                    yield role, index, item

    def of(self, role: Role, collection_type_id: str) -> list[FieldMap]:
        """The maps of one tab, skipped fields left out."""
        items = self.fields.get(role, [])
        return [one for one in items if one.collection_type_id == collection_type_id and one.target.to != "skip"]

    def custom_fields(self) -> dict[tuple[str, str], list[FieldMap]]:
        """(object type, label) -> the fields that feed it; the first one gives the external id."""
        groups: dict[tuple[str, str], list[FieldMap]] = {}
        for role, _, item in self.each("custom_field"):
            groups.setdefault((OBJECT_OF_ROLE[role], item.target.name or ""), []).append(item)
        if self.overflow == "field":
            groups["Customer", OVERFLOW_LABEL] = [OVERFLOW_FIELD]
        return groups

    def tabs(self) -> dict[str, Role]:
        """CollectionTypeID -> role."""
        return {tab: role for role, tabs in self.roles.items() for tab in tabs}

    @property
    def mapping_version(self) -> str:
        """12 hex digits of what decides results: notes for the reader do not."""
        content = self.model_dump(exclude={"to_decide": True, "fields": {"__all__": {"__all__": set(NOTES)}}})
        for item in (item for items in content["fields"].values() for item in items):
            if not item["restricted"]:  # Maps that were confirmed before there was a choice keep their version.
                del item["restricted"]
        if self.link_notes == LINK_NOTES:  # Likewise.
            del content["link_notes"]
        if self.overflow == "data":  # Likewise.
            del content["overflow"]
        return short_hash(content)


def short_hash(content: Any) -> str:
    """12 hex digits over the canonical JSON of the content."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def data_type(item: FieldMap) -> tuple[str, str]:
    """(data_type, input_type) of the Gorgias field that a map feeds (gorgias-api.md 6.5)."""
    fitting = {"number": ("number",), "boolean": ("boolean",), "option": ("text",)}
    wanted = DATA_TYPES.get(item.kind, ("text", "input"))
    return wanted if wanted[0] in fitting.get(item.transform, ()) else ("text", "input")


def _allowed(role: str) -> str:
    return ", ".join(to for to, roles in ALLOWED.items() if role in roles)
