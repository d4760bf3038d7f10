"""tabs/<Tab>/fields.json: a tab and its fields, and the unset form of each type (ivinex-api.md 4, 5)."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from sandbox.ivinex.errors import DatasetError, read_json

OPTION_TYPES = frozenset({"DROPDOWN", "RADIO"})
UNSET = {
    "DROPDOWN": "0",
    "RADIO": "0",
    "USER": "0",
    "LINKED RECORD": "0",
    "NUMBER": "0",
    "DECIMAL": "0.00",
    "CURRENCY": "0.00",
    "CHECKBOX": "false",
    "DATE": "0000-00-00",
    "DATE TIME": "0000-00-00 00:00:00",
}


class Option(BaseModel):
    """One dropdown or radio option; ids are one sequence for the whole site."""

    model_config = ConfigDict(extra="forbid")

    OptionID: str
    DisplayText: str


class FieldModel(BaseModel):
    """One field in the vendor's words.

    `Listed` false keeps a field out of GetFields while reads still carry it: some layout items are met like that.
    """

    model_config = ConfigDict(extra="forbid")

    FieldID: str
    FieldName: str = Field(min_length=1)
    DisplayText: str
    DataType: str
    DisplayType: str = ""
    Options: list[Option] = []
    LinkedCollectionTypeID: str | None = None
    Listed: bool = True

    @property
    def unset(self) -> str:
        """The wire value of an empty field of this type."""
        return UNSET.get(self.DataType, "")


class TabModel(BaseModel):
    """fields.json: the tab's number and name, and its fields in order."""

    model_config = ConfigDict(extra="forbid")

    CollectionTypeID: str = Field(pattern=r"^\d+$")
    Tab: str = Field(min_length=1)
    Fields: list[FieldModel]


def _default(number: int, name: str, label: str, data_type: str) -> FieldModel:
    return FieldModel(FieldID=str(number), FieldName=name, DisplayText=label, DataType=data_type)


DEFAULT_FIELDS = (
    _default(1, "collection_id", "Record ID", "NUMBER"),
    _default(2, "site_id", "Site ID", "NUMBER"),
    _default(3, "fields_changed", "Fields Changed", "TEXT"),
    _default(4, "created_by", "Created By", "USER"),
    _default(5, "created_date", "Date Created", "DATE TIME"),
    _default(6, "modified_by", "Modified By", "USER"),
    _default(7, "modified_date", "Date Modified", "DATE TIME"),
)


def load_tab(folder: Path) -> TabModel:
    """Reads fields.json of one tab folder.

    Raises:
        DatasetError: unreadable, ill-typed, or a machine name that occurs twice, naming file and key.
    """
    file = folder / "fields.json"
    tab = read_json(file, TabModel, "every tab folder")
    seen = {field.FieldName for field in DEFAULT_FIELDS}
    for index, field in enumerate(tab.Fields):
        if field.FieldName in seen:
            raise DatasetError(file, f"{field.FieldName!r} is used twice", key=f"Fields.{index}.FieldName")
        seen.add(field.FieldName)
    return tab
