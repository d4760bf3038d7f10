"""The export as files: NDJSON as it is, CSV for people, attachments by the sha256 of their content.

It belongs here: writing, and that half an export never stands in the place of a whole one. It does not: what is in it.
"""

import csv
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from migration_assets.documents import private_folder
from migration_assets.spreadsheet import harmless
from resources.files import FileStore
from resources.ivinex.downloads import Download, Downloader, Status, Wanted

FOLDER: Final = "export_since"
ATTACHMENTS: Final = "attachments"
_ID: Final = ("ivinex_id", "collection_type_id", "collection_id")
_VALUES: Final = ("before", "now", "before_ivinex", "now_ivinex")
COLUMNS: Final = {
    "tickets": (
        *(*_ID, "gorgias_id", "what", "subject", "status", "priority", "channel"),
        *("created_datetime", "updated_datetime", "closed_datetime", "customer", "assignee_user", "assignee_team"),
        *("tags", "custom_fields", "events"),
    ),
    "messages": (
        *(*_ID, "ticket_gorgias_id", "gorgias_id", "what", "kind", "message_ivinex_id", "channel", "from_agent"),
        *("public", "subject", "body_text", "body_html", "source", "created_datetime", "sent_datetime"),
        *("sender", "receiver", "attachments"),
    ),
    "changes": (*_ID, "object", "gorgias_id", "field", "element", *_VALUES),
    "customers": (
        *(*_ID, "gorgias_id", "what", "name", "email", "channels", "note", "language", "timezone"),
        *("created_datetime", "custom_fields"),
    ),
}
"""File -> columns of its CSV; docs/export-since.md says what they hold."""


class ExportFiles:
    """Writes beside the place of the last export, and takes that place when all is written.

    Attributes:
        counts: `tickets new` -> rows.
    """

    def __init__(self, home: Path):
        private = private_folder(home)
        self.folder, self._beside = private / FOLDER, private / f"{FOLDER}.part"
        self.counts: Counter[str] = Counter()
        self._open: dict[str, tuple[IO[str], Any]] = {}
        self._lines: dict[str, IO[str]] = {}

    @property
    def store(self) -> FileStore:
        """Where attachments go."""
        return FileStore(self._beside / ATTACHMENTS)

    def __enter__(self) -> "ExportFiles":
        shutil.rmtree(self._beside, ignore_errors=True)
        self._beside.mkdir(mode=0o700)
        for name, columns in COLUMNS.items():
            self._lines[name] = _owners(self._beside / f"{name}.ndjson")
            table = _owners(self._beside / f"{name}.csv")
            writer = csv.DictWriter(table, columns, lineterminator="\n", extrasaction="raise")
            writer.writeheader()
            self._open[name] = table, writer
        return self

    def add(self, name: str, row: dict[str, Any], downloads: Downloader) -> None:
        """One row, with its attachments where it has some."""
        if row.get("attachments"):
            row = row | {"attachments": list(self._attachments(row["attachments"], downloads))}
        self.counts[f"{name} {row.get('what') or row['object']}"] += 1
        self._lines[name].write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        self._open[name][1].writerow({column: _cell(row.get(column)) for column in COLUMNS[name]})

    def _attachments(self, named: Iterable[dict[str, Any]], downloads: Downloader) -> Iterable[dict[str, Any]]:
        wanted = list(named)
        given = [Wanted(str(one["url"] or ""), str(one["name"] or ""), trusted=True) for one in wanted]
        for one, done in zip(wanted, downloads.fetch_all(given), strict=True):
            self.counts["attachments" if done.status is Status.OK else "attachments that could not be read"] += 1
            yield one | self._place(done)

    def _place(self, done: Download) -> dict[str, Any]:
        if done.sha256 is None:
            return {"file": None, "problem": done.detail or str(done.status)}
        place = self.store.path(done.sha256).relative_to(self._beside)
        return {"file": place.as_posix(), "sha256": done.sha256, "problem": None}

    def finish(self, summary: dict[str, Any]) -> None:
        """All was read: this is the export now."""
        with _owners(self._beside / "summary.json") as file:
            file.write(json.dumps(summary | {"rows": dict(sorted(self.counts.items()))}, indent=2, default=str) + "\n")
        self._close()
        shutil.rmtree(self._beside / ATTACHMENTS / "incoming", ignore_errors=True)
        old = self.folder.with_name(f"{FOLDER}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            os.replace(self.folder, old)
        os.replace(self._beside, self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        shutil.rmtree(self._beside, ignore_errors=True)

    def _close(self) -> None:
        for file in (*self._lines.values(), *(table for table, _ in self._open.values())):
            file.close()


def _owners(path: Path) -> IO[str]:
    """A new file that only its owner reads."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="")


def _cell(value: Any) -> Any:
    return harmless(json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (dict, list)) else value)
