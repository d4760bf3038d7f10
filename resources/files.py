"""The attachment store: contents by their sha256 under MIGRATION_HOME/files, each held once and never changed.

It belongs here: writing, naming and finding contents. It does not: where they come from (resources/ivinex/downloads.py)
and what kind they are (content_type.py). A name from outside never becomes part of a path: only digests do.
"""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

HEAD = 8192
"""Bytes of the beginning that are kept for telling the type."""


class TooLarge(Exception):
    """More bytes than the cap came."""


@dataclass(frozen=True)
class Stored:
    """A content of the store: its digest, its size, and how it begins."""

    sha256: str
    size: int
    head: bytes


class Store(Protocol):
    """What becomes of the bytes that come."""

    def put(self, chunks: Iterable[bytes], most: int | None = None) -> Stored:
        """
        Raises:
            TooLarge: more than `most` bytes came.
        """
        ...


def digested(chunks: Iterable[bytes], most: int | None, write: Callable[[bytes], object] = lambda _: None) -> Stored:
    """Count and hash a content as it comes.

    Raises:
        TooLarge: more than `most` bytes came.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in chunks:
        size += len(chunk)
        if most is not None and size > most:
            raise TooLarge(f"more than {most} bytes")
        digest.update(chunk)
        head = head if len(head) >= HEAD else (head + chunk)[:HEAD]
        write(chunk)
    return Stored(digest.hexdigest(), size, head)


class FileStore:
    """Contents in two levels of folders, `ab/cd/<sha256>`.

    Args:
        root: the store's folder; made on first use.
    """

    def __init__(self, root: Path):
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where a content lies, or would lie.

        Raises:
            ValueError: no digest.
        """
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a sha256 in hexadecimal")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def put(self, chunks: Iterable[bytes], most: int | None = None) -> Stored:
        """Write a content as it comes; it appears whole under its digest or not at all.

        Raises:
            TooLarge: more than `most` bytes came.
            Exception: whatever the chunks raise; nothing is left behind.
        """
        incoming = self.root / "incoming"
        incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = incoming / uuid.uuid4().hex
        try:
            with beside.open("xb") as file:
                stored = digested(chunks, most, file.write)
                file.flush()
                os.fsync(file.fileno())
            self._keep(beside, self.path(stored.sha256))
        finally:
            beside.unlink(missing_ok=True)
        return stored

    def _keep(self, beside: Path, place: Path) -> None:
        if place.exists():
            return
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(beside, place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
