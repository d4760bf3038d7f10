"""Keeps the account's state over a restart, also after a kill: every changed row is appended to one file.

Each line is `{"table", "id", "row"}`; later lines win, a null row is a deletion, and an id once used is not
given out again. The file is rewritten without its history at each start and at a clean end.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import orjson

from sandbox.gorgias.account import Account
from sandbox.gorgias.config import ConfigError
from sandbox.gorgias.table import Record


class Journal:
    """Follows every table of an account."""

    def __init__(self, account: Account, path: Path) -> None:
        self._account = account
        self._path = path
        self._changed: dict[tuple[str, int], Record | None] = {}
        self._file: IO[bytes] | None = None

    def load(self) -> bool:
        """Restore the state; False when there is no file yet. A half-written last line is left out."""
        if not self._path.exists():
            return False
        tables = {table.name: table for table in self._account.tables}
        lines = self._path.read_bytes().split(b"\n")
        for number, line in enumerate(lines[:-1], 1):
            try:
                entry = orjson.loads(line)
                table = tables[entry["table"]]
            except (ValueError, KeyError, TypeError):
                raise ConfigError(f"{self._path}: line {number}: not a line of a state file") from None
            if entry["row"] is not None:
                table.rows[entry["id"]] = entry["row"]
            else:
                table.sequence.used(entry["id"])
                table.rows.pop(entry["id"], None)
        for table in self._account.tables:
            for record in sorted(table.rows.values(), key=lambda record: record["id"]):
                table.add(record)
        return True

    def start(self) -> None:
        """Write the present state and follow it from here on."""
        self._rewrite()
        self._file = self._path.open("ab")
        for table in self._account.tables:
            table.listener = self._note

    def _note(self, table: str, record_id: int, record: Record | None) -> None:
        self._changed[table, record_id] = record

    def flush(self) -> None:
        """Append what changed since the last call; called after every request."""
        if self._changed and self._file:
            lines = [_line(table, record_id, record) for (table, record_id), record in self._changed.items()]
            self._changed.clear()
            self._file.write(b"".join(lines))
            self._file.flush()

    def close(self) -> None:
        if self._file:
            self.flush()
            self._file.close()
            self._file = None
            self._rewrite()

    def _rewrite(self) -> None:
        part = self._path.with_name(self._path.name + ".part")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            for table in self._account.tables:
                # the highest id ever given, so that a deleted one does not come back
                file.write(_line(table.name, table.sequence.next - 1, None))
                for record in table:
                    file.write(_line(table.name, record["id"], record))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)


def _line(table: str, record_id: int, record: Record | None) -> bytes:
    return orjson.dumps({"table": table, "id": record_id, "row": record}) + b"\n"
