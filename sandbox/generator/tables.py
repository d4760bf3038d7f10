"""A tab while it is generated: field specifications, their ids and machine names, and rows in wire form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from sandbox.generator.names import machine_name
from sandbox.ivinex.fields import DEFAULT_FIELDS, UNSET

PLEASE_SELECT = "(please select)"


@dataclass(frozen=True)
class Spec:
    """One field to be made.

    Attributes:
        key: the generator's own short name.
        label: what a person reads; the machine name is made from it.
        data_type, display_type: GetFields' words.
        options: labels in order.
        first_option: id of the first option, where it is not taken from the site's sequence.
        target: CollectionTypeID a LINKED RECORD field points to.
        listed: False for a layout item that GetFields does not name.
    """

    key: str
    label: str
    data_type: str = "TEXT"
    display_type: str = ""
    options: tuple[str, ...] = ()
    first_option: int | None = None
    target: int | None = None
    listed: bool = True


class Sequences:
    """Field ids and option ids: one sequence each for the whole site."""

    def __init__(self) -> None:
        """Starts where a site that has lived a while stands."""
        self.field_ids: Iterator[int] = count(30001)
        self.option_ids: Iterator[int] = count(20001)


class Table:
    """One tab: its fields.json and its rows."""

    def __init__(self, number: int, name: str, specs: tuple[Spec, ...], sequences: Sequences) -> None:
        """Gives every field its id, machine name and option ids."""
        self.number = number
        self.name = name
        taken = {field.FieldName for field in DEFAULT_FIELDS}
        self.names: dict[str, str] = {}
        self.options: dict[str, dict[str, str]] = {}
        self.fields: list[dict[str, Any]] = []
        self.field_ids: dict[str, str] = {}
        for spec in specs:
            self.names[spec.key] = machine_name(spec.label, taken)
            ids = count(spec.first_option) if spec.first_option is not None else sequences.option_ids
            self.options[spec.key] = {label: str(next(ids)) for label in spec.options}
            self.field_ids[spec.key] = str(next(sequences.field_ids))
            self.fields.append(self._field(spec))
        self._unset = {
            self.names[spec.key]: UNSET.get(spec.data_type, "")
            for spec in specs
            if spec.data_type not in ("FILE", "LAYOUT")
        }

    def _field(self, spec: Spec) -> dict[str, Any]:
        field: dict[str, Any] = {
            "FieldID": self.field_ids[spec.key],
            "FieldName": self.names[spec.key],
            "DisplayText": spec.label,
            "DataType": spec.data_type,
            "DisplayType": spec.display_type or spec.data_type,
            "Options": [{"OptionID": number, "DisplayText": label} for label, number in self.options[spec.key].items()],
        }
        if spec.target is not None:
            field["LinkedCollectionTypeID"] = str(spec.target)
        if not spec.listed:
            field["Listed"] = False
        return field

    def option(self, key: str, label: str) -> str:
        """The option id of a label."""
        return self.options[key][label]

    def row(
        self,
        record_id: int,
        values: Mapping[str, str],
        *,
        created: str,
        created_by: str,
        modified: str = "",
        modified_by: str = "",
    ) -> dict[str, Any]:
        """A complete row with machine names; absent keys are unset in the way of their type."""
        return {
            "collection_id": str(record_id),
            "site_id": "1",
            "fields_changed": "0,0",
            "created_by": created_by,
            "created_date": created,
            "modified_by": modified_by or created_by,
            "modified_date": modified or created,
            **self._unset,
            **{self.names[key]: value for key, value in values.items()},
        }

    def as_json(self) -> dict[str, Any]:
        """The content of fields.json."""
        return {"CollectionTypeID": str(self.number), "Tab": self.name, "Fields": self.fields}
