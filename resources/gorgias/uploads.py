"""Uploads: several contents in one multipart call, each under a part name of its own (gorgias-api.md 9).

It belongs here: the body of such a call and how its answer is read. It does not: the call as a write
(resources/gorgias/writer/upload_write.py), and which contents go together
(migration_assets/gorgias/attachments/files.py).

A part's name becomes the file's name in Gorgias and must be unique within a call, so it is made of the digest; the
original name stands in the message that refers to the upload. Uploads can be neither listed nor deleted: a call whose
answer was lost is simply repeated, and what it may have left is counted as orphans.
"""

import mimetypes
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from resources.ledger.records import Uploaded

CALL_BYTES = 20_000_000
"""Contents of one call. A larger one goes alone: the true limit is not published."""
CALL_PARTS = 100
PATH = "/api/upload"


@dataclass(frozen=True)
class Part:
    """One content of a call, read from the store while it is sent; `partition` is a day whose tickets use it."""

    sha256: str
    size: int
    content_type: str
    path: Path
    partition: str | None = None

    @property
    def name(self) -> str:
        suffix = mimetypes.guess_extension(self.content_type) or ""
        return f"{self.sha256[:32]}{suffix}"


@dataclass(frozen=True)
class Upload:
    """The body of one call."""

    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes of all contents."""
        return sum(part.size for part in self.parts)

    def open(self, stack: ExitStack) -> list[tuple[str, tuple[str, IO[bytes], str]]]:
        """The parts as httpx takes them; files are open until the stack closes, and never read whole."""
        return [
            (part.name, (part.name, stack.enter_context(part.path.open("rb")), part.content_type))
            for part in self.parts
        ]


def uploaded(asked: Upload, answer: Any) -> list[Uploaded]:
    """The contents that an answer names, in the order of the parts; [] where it does not name each of them once.

    Matched by part name; where Gorgias changed the names, by order.
    """
    if not isinstance(answer, list) or len(answer) != len(asked.parts):
        return []
    rows = [row for row in answer if isinstance(row, dict) and isinstance(row.get("url"), str) and row["url"]]
    by_name = {row.get("name"): row for row in rows}
    named = all(part.name in by_name for part in asked.parts)
    found = []
    for part, beside in zip(asked.parts, rows, strict=False):
        row = by_name[part.name] if named else beside
        if str(row.get("size", part.size)) != str(part.size):
            return []
        content_type = str(row.get("content_type") or part.content_type)
        found.append(Uploaded(part.sha256, row["url"], content_type, part.size))
    return found if len(found) == len(asked.parts) else []
