"""Files of a sweep: found on each page, and noted for the day that they belong to (docs/files.md).

Belongs here: the hook of the sweep, and what is kept of each download. Does not belong here: recognising files
(file_references.py), requests (resources/ivinex/downloads.py), the days' downloads (pending_downloads.py), and asking
for fresh URLs (link_renewal.py). Only what was tried before and is not in the store is tried again at once, while its
URL is fresh.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson
import pandas as pd

from migration_assets.ivinex.attachments.file_tables import DOWNLOADS, MENTIONS
from migration_assets.ivinex.file_identity import file_id
from migration_assets.ivinex.file_references import FileReference, file_references
from migration_assets.ivinex.records import Row
from migration_assets.settings import Settings
from resources.files import FileStore
from resources.ivinex.downloads import Download, Downloader, Status, Wanted
from resources.ivinex.resource import IvinexResource
from resources.ivinex.response_parser import Field
from resources.warehouse import Connection, Table, Warehouse

FOLDER = "files"
"""Of MIGRATION_HOME: the attachment store."""
_SIGNS = ("://", "data:image", "<img", "<IMG")
_INCOMING = Table("work.incoming_mentions", MENTIONS.columns)
_INCOMING_DOWNLOADS = Table("work.incoming_downloads", DOWNLOADS.columns)


@dataclass(frozen=True)
class Files:
    """How a sweep treats files.

    Attributes:
        site: host of the configured site.
        store: where contents lie.
        downloader: None where files are left for a later pass (FILES=later): they are listed, not downloaded.
        named: fields that hold files although their type does not say so (IVINEX_FILE_FIELDS).
    """

    site: str
    store: FileStore
    downloader: Callable[[], Downloader] | None
    named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings, ivinex: IvinexResource) -> "Files":
        """From the settings."""
        host = urlsplit(settings.ivinex_base_url or "").hostname or ""
        store = FileStore(settings.home / FOLDER)
        named = frozenset(settings.ivinex_file_fields)
        if settings.files_later:
            return cls(host, store, None, named)
        return cls(host, store, lambda: ivinex.downloader(store, settings.file_max_bytes), named)

    def find(self, record: Mapping[str, Any], fields: Sequence[Field]) -> list[FileReference]:
        """The files of a record; what its FILE fields hold was written by the site."""
        own = {one.name for one in fields if one.kind == "file"}
        return file_references(record, self.site, own | self.named)


class ScanFiles:
    """The files of one sweep of one tab.

    Attributes:
        counts: status -> files that are new in this sweep, or were tried again.
    """

    def __init__(self, warehouse: Warehouse, files: Files, role: str, tab: str, fields: Sequence[Field]):
        self._files, self._role, self._tab, self._fields = files, role, tab, fields
        warehouse.ensure(MENTIONS, DOWNLOADS)
        held = warehouse.query(
            "SELECT source_id, sha256 FROM ivinex.downloads WHERE status = 'ok' AND collection_type_id = ?", [tab]
        )
        failed = warehouse.query(
            "SELECT source_id FROM ivinex.downloads WHERE status <> 'pending' AND collection_type_id = ?", [tab]
        )
        self._failed = {_number(one) for one in failed["source_id"]}
        # Eight bytes a file, because an account may hold millions.
        numbers = [_number(one) for one, digest in held.itertuples(index=False) if files.store.path(digest).exists()]
        self._held = np.sort(np.array(numbers, dtype=np.uint64))
        self._tried: set[int] = set()
        self._mentions: list[dict[str, Any]] = []
        self._downloads: list[dict[str, Any]] = []
        self.counts: dict[str, int] = {}

    def page(self, rows: Iterable[Row], offset: int) -> None:
        """Find and download the files of a page's new records."""
        wanted: list[tuple[str, FileReference]] = []
        for row in rows:
            # The JSON text tells fast whether there can be a file in it.
            if not any(sign in row.raw for sign in _SIGNS):
                continue
            source_id = f"ivinex:{self._tab}:{row.number}"
            for position, mention in enumerate(self._files.find(row.record, self._fields)):
                identity = file_id(source_id, mention.key)
                self._mentions.append(
                    _mention_row(identity, source_id, row.content_hash, self._role, position, mention)
                )
                if self._is_new(_number(identity)):
                    wanted.append((identity, mention))
        self._download(wanted, offset)

    def flush(self, tx: Connection) -> None:
        """Write what was gathered."""
        save(tx, self._mentions, self._downloads)
        self._mentions, self._downloads = [], []

    def _is_new(self, number: int) -> bool:
        at = int(np.searchsorted(self._held, np.uint64(number)))
        if number in self._tried or (at < len(self._held) and int(self._held[at]) == number):
            return False
        self._tried.add(number)
        return True

    def _download(self, wanted: list[tuple[str, FileReference]], offset: int) -> None:
        again = [pair for pair in wanted if _number(pair[0]) in self._failed]
        new = [pair for pair in wanted if _number(pair[0]) not in self._failed]
        for pairs, downloader in ((again, self._files.downloader), (new, None)):
            done = fetch([mention for _, mention in pairs], downloader)
            for (identity, _), download in zip(pairs, done, strict=True):
                self.counts[download.status] = self.counts.get(download.status, 0) + 1
                self._downloads.append(download_row(identity, self._tab, offset, download))


def fetch(wanted: Sequence[FileReference], downloader: Callable[[], Downloader] | None) -> list[Download]:
    """What becomes of files, in their order; what has no address is told without a request."""
    told = [Download(Status.UNREADABLE, one.problem) if one.problem else Download(Status.PENDING) for one in wanted]
    places = [place for place, one in enumerate(wanted) if not one.problem]
    if downloader is not None and places:
        asked = [Wanted(one.url, one.name, one.claimed_size, one.trusted) for one in wanted if not one.problem]
        for place, download in zip(places, downloader().fetch_all(asked), strict=True):
            told[place] = download
    return told


def download_row(identity: str, tab: str, offset: int, download: Download, refreshed: bool = False) -> dict[str, Any]:
    """A row of ivinex.downloads."""
    return {
        "source_id": identity,
        "collection_type_id": tab,
        "page_offset": offset,
        "status": str(download.status),
        "detail": download.detail,
        "sha256": download.sha256,
        "size": download.size,
        "content_type": download.content_type,
        "misnamed": download.misnamed,
        "refreshed": refreshed,
    }


def save(tx: Connection, found: list[dict[str, Any]], downloads: list[dict[str, Any]]) -> None:
    """Add mentions that are not known, and take over what the downloads gave."""
    tx.ensure(MENTIONS, DOWNLOADS)
    if found:
        tx.replace(_INCOMING, _frame(_INCOMING, found))
        tx.execute(
            f"INSERT INTO {MENTIONS.name} BY NAME SELECT DISTINCT ON (source_id, content_hash) * "  # noqa: S608
            f"FROM {_INCOMING.name} i ANTI JOIN {MENTIONS.name} m "
            "ON m.source_id = i.source_id AND m.content_hash = i.content_hash"
        )
        tx.execute(f"DROP TABLE {_INCOMING.name}")
    if downloads:
        tx.replace(_INCOMING_DOWNLOADS, _frame(_INCOMING_DOWNLOADS, downloads))
        tx.execute(
            f"DELETE FROM {DOWNLOADS.name} "  # noqa: S608
            f"WHERE source_id IN (SELECT source_id FROM {_INCOMING_DOWNLOADS.name})"
        )
        tx.execute(f"INSERT INTO {DOWNLOADS.name} BY NAME SELECT * FROM {_INCOMING_DOWNLOADS.name}")  # noqa: S608
        tx.execute(f"DROP TABLE {_INCOMING_DOWNLOADS.name}")


def _mention_row(
    identity: str, record: str, version: str, role: str, position: int, mention: FileReference
) -> dict[str, Any]:
    return {
        "source_id": identity,
        "record_source_id": record,
        "content_hash": version,
        "role": role,
        "position": position,
        "inline": mention.inline,
        "name": mention.name.replace("\x00", "").encode("utf-8", "replace").decode(),
        "labels": orjson.dumps([label.encode("utf-8", "replace").decode() for label in mention.labels]).decode(),
        "claimed_type": mention.claimed_type,
        "claimed_size": mention.claimed_size,
    }


def _frame(table: Table, rows: list[dict[str, Any]]) -> pd.DataFrame:
    kinds = {"BIGINT": "Int64", "INTEGER": "Int64", "BOOLEAN": "boolean", "VARCHAR": "str"}
    frame = pd.DataFrame(rows, columns=list(table.columns))
    return frame.astype({name: kinds[kind] for name, (kind, _) in table.columns.items()})


def _number(identity: str) -> int:
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "big")
