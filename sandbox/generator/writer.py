"""Streams a dataset folder to disk; keeps nothing but open files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from sandbox.generator.tables import Table
from sandbox.ivinex import wire

PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


class Writer:
    """A dataset folder being written. Use it in a with statement."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder.

        Raises:
            FileExistsError: the folder holds something.
        """
        if folder.exists() and any(folder.iterdir()):
            raise FileExistsError(f"{folder} is not empty; datasets are written to an empty or new folder")
        self.folder = folder
        (folder / "files").mkdir(parents=True, exist_ok=True)
        (folder / "admin_exports").mkdir(exist_ok=True)
        self._open: dict[str, BinaryIO] = {}

    def __enter__(self) -> Writer:
        """Returns itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes every file."""
        for handle in self._open.values():
            handle.close()

    def table(self, table: Table) -> None:
        """Writes fields.json and an empty records.ndjson."""
        (self.folder / "tabs" / table.name).mkdir(parents=True)
        self.json(f"tabs/{table.name}/fields.json", table.as_json())
        self._handle(f"tabs/{table.name}/records.ndjson")

    def record(self, table: Table, row: dict[str, Any]) -> None:
        """Appends one row."""
        self._handle(f"tabs/{table.name}/records.ndjson").write(wire.dumps(row) + b"\n")

    def link(self, one: str, other: str, kind: str = "Related") -> None:
        """Appends one link; ends as CollectionTypeID:CollectionID."""
        row = {"From": one, "To": other, "LinkType": kind}
        self._handle("links.ndjson").write(orjson.dumps(row) + b"\n")

    def file(self, row: dict[str, Any], content: bytes | None) -> None:
        """Appends one line of files.ndjson, and the bytes unless the file's fate needs none."""
        self._handle("files.ndjson").write(orjson.dumps(row) + b"\n")
        if content is not None:
            (self.folder / "files" / row["FileID"]).write_bytes(content)

    def json(self, path: str, value: Any) -> None:
        """Writes one readable JSON file."""
        (self.folder / path).write_bytes(orjson.dumps(value, option=PRETTY))

    def rows(self, path: str, rows: Iterable[Iterable[str]]) -> None:
        """Appends rows to a CSV file."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._handle(path).write(text.getvalue().encode())

    def _handle(self, path: str) -> BinaryIO:
        if path not in self._open:
            self._open[path] = (self.folder / path).open("wb", buffering=1 << 16)
        return self._open[path]
