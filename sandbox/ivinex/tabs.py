"""One tab's rows in memory: an index over records.ndjson, plus the rows that were changed since.

Rows that are complete as written stay in the file and are mapped, so that 60,000 of them cost an index only.
What a row looks like to a client is in `rendering.py`.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.ivinex import wire
from sandbox.ivinex.errors import DatasetError
from sandbox.ivinex.fields import DEFAULT_FIELDS, FieldModel, TabModel
from sandbox.ivinex.files_index import StoredFile

Record = dict[str, Any]
DEFAULTS = {"site_id": "1", "fields_changed": "0,0"} | {
    field.FieldName: field.unset for field in DEFAULT_FIELDS if field.DataType in ("USER", "DATE TIME")
}


class TabRows:
    """The rows of one tab, by integer collection_id in ascending order.

    Attributes:
        model: the tab and its fields.
        version: rises with every change, so that views of the rows can be cached.
        deleted: ids of soft-deleted rows.
        files: id to FILE field to the files on it.
        own_file_values: id to the FILE fields whose value stands in the row itself.
    """

    def __init__(self, model: TabModel) -> None:
        """An empty tab."""
        self.model = model
        self.version = 0
        self.deleted: set[int] = set()
        self.files: dict[int, dict[str, list[StoredFile]]] = {}
        self.own_file_values: dict[int, set[str]] = {}
        self._rows: dict[int, bytes | tuple[int, int]] = {}
        self._ids: list[int] | None = []
        self._map: mmap.mmap | bytes = b""
        self._set_fields()

    def _set_fields(self) -> None:
        self.fields = {field.FieldName: field for field in self.model.Fields}
        self.file_fields = {name for name, field in self.fields.items() if field.DataType == "FILE"}
        self.layout_fields = {name for name, field in self.fields.items() if field.DataType == "LAYOUT"}
        self.link_fields = {
            name: int(field.LinkedCollectionTypeID)
            for name, field in self.fields.items()
            if field.DataType == "LINKED RECORD" and field.LinkedCollectionTypeID
        }
        stored = {n: f.unset for n, f in self.fields.items() if n not in self.file_fields | self.layout_fields}
        self._template = DEFAULTS | stored
        self._complete = frozenset(self._template) | {"collection_id"}

    @property
    def number(self) -> int:
        """The CollectionTypeID."""
        return int(self.model.CollectionTypeID)

    @property
    def name(self) -> str:
        """The tab's name."""
        return self.model.Tab

    @property
    def ids(self) -> list[int]:
        """All ids, deleted ones too, ascending."""
        if self._ids is None:
            self._ids = sorted(self._rows)
        return self._ids

    def __contains__(self, record_id: int) -> bool:
        """Whether the row exists and is not deleted."""
        return record_id in self._rows and record_id not in self.deleted

    def load(self, folder: Path) -> Iterator[tuple[int, Record]]:
        """Reads records.ndjson and yields every row once, for the link index.

        Raises:
            DatasetError: not an object, an id that is no number or used twice, an unknown key, a value that is
                not plain; names file, line and key.
        """
        file = folder / "records.ndjson"
        if not file.exists() or file.stat().st_size == 0:
            return
        with file.open("rb") as handle:
            self._map = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        start = 0
        for number, line in enumerate(iter(self._map.readline, b""), start=1):
            end = start + len(line)
            text = line.strip()
            if text:
                record = self._parse(file, number, text)
                record_id = int(record["collection_id"])
                if record_id in self._rows:
                    raise DatasetError(file, f"{record_id} is used twice", line=number, key="collection_id")
                if record.pop("_deleted", False):
                    self.deleted.add(record_id)
                whole = record.keys() == self._complete and text == line[: len(text)]
                self._rows[record_id] = (start, start + len(text)) if whole else self._own(record_id, record)
                yield record_id, record
            start = end
        self._ids = None

    def _parse(self, file: Path, number: int, text: bytes) -> Record:
        try:
            record = wire.loads(text)
        except ValueError as error:
            raise DatasetError(file, f"is not JSON: {error}", line=number) from error
        if not isinstance(record, dict):
            raise DatasetError(file, "a row must be an object", line=number)
        record_id = record.get("collection_id")
        if not (isinstance(record_id, str) and record_id.isascii() and record_id.isdigit()):
            raise DatasetError(file, "must be a number in quotes", line=number, key="collection_id")
        for key, value in record.items():
            if key not in self._complete and key not in self.file_fields and key != "_deleted":
                raise DatasetError(file, f"is no field of {self.name}", line=number, key=key)
            if isinstance(value, dict) or (isinstance(value, list) and key not in self.file_fields):
                raise DatasetError(file, "must be text, a number, true, false or null", line=number, key=key)
        return record

    def _own(self, record_id: int, record: Record) -> bytes:
        own = {name for name in self.file_fields if record.get(name)}
        self.own_file_values.pop(record_id, None)
        if own:
            self.own_file_values[record_id] = own
        kept = {key: value for key, value in record.items() if key not in self.file_fields or key in own}
        return wire.dumps(self._template | kept | {"collection_id": str(record_id)})

    def raw(self, record_id: int) -> bytes:
        """The row as a JSON object, without its files and layout items."""
        row = self._rows[record_id]
        return row if isinstance(row, bytes) else self._map[row[0] : row[1]]

    def record(self, record_id: int) -> Record:
        """The row as stored."""
        found: Record = wire.loads(self.raw(record_id))
        return found

    def put(self, record_id: int, record: Record) -> None:
        """Adds or replaces a row."""
        if record_id not in self._rows:
            self._ids = None
        self._rows[record_id] = self._own(record_id, record)
        self.version += 1

    def delete(self, record_id: int) -> None:
        """Deletes softly."""
        self.deleted.add(record_id)
        self.version += 1

    def put_field(self, field: FieldModel) -> None:
        """Adds or replaces a field; rows written before get its unset value when they are next changed."""
        others = [known for known in self.model.Fields if known.FieldName != field.FieldName]
        self.model.Fields = [*others, field]
        self._set_fields()
        for record_id in self.ids:
            record = self.record(record_id)
            if not record.keys() >= self._complete:
                self._rows[record_id] = self._own(record_id, record)
        self.version += 1

    def new_id(self) -> int:
        """The next free id of the tab."""
        return max(self.ids, default=0) + 1

    @property
    def stored_names(self) -> frozenset[str]:
        """Every machine name that a stored row has."""
        return self._complete

    def knows(self, record_id: int) -> bool:
        """Whether the row exists, deleted or not."""
        return record_id in self._rows
