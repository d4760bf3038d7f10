"""Files of a sweep: found on each page and downloaded at once, while their URLs are fresh (design.md 3).

Belongs here: the hook of the sweep, and what is kept of each download. Does not belong here: recognising files
(mentions.py), requests (resources/ivinex/downloads.py), and asking for fresh URLs (file_refresh.py).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson
import pandas as pd

from migration_assets.ivinex.file_tables import DOWNLOADS, MENTIONS
from migration_assets.ivinex.mentions import Mention, file_id, mentions
from migration_assets.settings import Settings
from resources.files import FileStore
from resources.ivinex.downloads import Download, Downloader, Status, Wanted
from resources.ivinex.resource import IvinexResource
from resources.ivinex.shapes import record_id
from resources.warehouse import Connection, Table, Warehouse

FOLDER = "files"
"""Of MIGRATION_HOME: the attachment store."""
_INCOMING = Table("work.incoming_mentions", MENTIONS.columns)
_INCOMING_DOWNLOADS = Table("work.incoming_downloads", DOWNLOADS.columns)


@dataclass(frozen=True)
class Files:
    """How a sweep treats files.

    Attributes:
        site: host of the configured site.
        store: where contents lie.
        downloader: None where files are left for a later pass (FILES=later): they are listed, not downloaded.
    """

    site: str
    store: FileStore
    downloader: Callable[[], Downloader] | None

    @classmethod
    def of(cls, settings: Settings, ivinex: IvinexResource) -> "Files":
        """From the settings."""
        host = urlsplit(settings.ivinex_base_url or "").hostname or ""
        store = FileStore(settings.home / FOLDER)
        if settings.files_later:
            return cls(host, store, None)
        return cls(host, store, lambda: ivinex.downloader(store, settings.file_max_bytes))


class SweptFiles:
    """The files of one sweep of one tab.

    Attributes:
        counts: status -> files tried in this sweep.
    """

    def __init__(self, warehouse: Warehouse, files: Files, role: str, tab: str):
        self._warehouse, self._files, self._role, self._tab = warehouse, files, role, tab
        warehouse.ensure(MENTIONS, DOWNLOADS)
        held = warehouse.query(
            "SELECT source_id, sha256 FROM ivinex.downloads WHERE status = 'ok' AND collection_type_id = ?", [tab]
        )
        # Eight bytes a file, because an account may hold millions.
        numbers = [_number(one) for one, digest in held.itertuples(index=False) if files.store.path(digest).exists()]
        self._held = np.sort(np.array(numbers, dtype=np.uint64))
        self._tried: set[int] = set()
        self._mentions: list[dict[str, Any]] = []
        self._downloads: list[dict[str, Any]] = []
        self.counts: dict[str, int] = {}

    def page(self, rows: Iterable[tuple[Mapping[str, Any], bytes]], offset: int, hashed: Callable[..., str]) -> None:
        """Find and download the files of a page's new rows.

        Args:
            rows: records with their JSON text, which tells fast whether there can be a file in it.
            hashed: the record's content hash.
        """
        wanted: list[tuple[str, Mention]] = []
        for record, raw in rows:
            if b"://" not in raw and b"data:image" not in raw:
                continue
            source_id = f"ivinex:{self._tab}:{record_id(record)}"
            found = mentions(record, self._files.site)
            version = hashed(record) if found else ""
            for position, mention in enumerate(found):
                identity = file_id(source_id, mention.key)
                self._mentions.append(_mention_row(identity, source_id, version, self._role, position, mention))
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

    def _download(self, wanted: list[tuple[str, Mention]], offset: int) -> None:
        if not wanted:
            return
        if self._files.downloader is None:
            done = [Download(Status.PENDING)] * len(wanted)
        else:
            asked = [Wanted(mention.url, mention.name, mention.claimed_size) for _, mention in wanted]
            done = self._files.downloader().fetch_all(asked)
        for (identity, _), download in zip(wanted, done, strict=True):
            self.counts[download.status] = self.counts.get(download.status, 0) + 1
            self._downloads.append(download_row(identity, self._tab, offset, download))


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
    identity: str, record: str, version: str, role: str, position: int, mention: Mention
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
