"""What was sent and is not settled: kept on disk, so that an object found later is compared with what made it.

The ledger knows a request by its hash only, because its body is people's data. So the body waits in private/ of the
migration (0600) from before its request leaves until its outcome is known. It belongs here: keeping, finding and
dropping requests. It does not: states (resources/ledger), and what is made of a find (send.py, leftovers.py).
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import orjson

from resources.gorgias.uploads import Upload
from resources.gorgias.writer.write import Write
from resources.ledger.records import Outcome, Undone, WriteKey

_APART = {"key", "smaller", "rows"}


class SentRequests:
    """The kept requests of one account.

    Args:
        folder: made on first use; None keeps nothing, and what is found is compared with what is wanted now.
    """

    def __init__(self, folder: Path | None, account: str):
        self._folder, self._account = folder, account

    def keep(self, writes: Iterable[Write]) -> None:
        """Keep these before they are sent; uploads are not kept: they are repeated from the file store."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for write in writes:
            if not isinstance(write.body, Upload):
                content = {one.name: getattr(write, one.name) for one in fields(write) if one.name not in _APART}
                content["undoes"] = asdict(write.undoes) if write.undoes else None
                content |= {"account": self._account, "key": asdict(write.key), "rows": [asdict(r) for r in write.rows]}
                _write_private(self._place(write.key), orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS))

    def get(self, key: WriteKey, payload_hash: str) -> Write | None:
        """The kept request with this payload; None where there is none, or it was cut off by a power loss."""
        found = self._read(self._place(key)) if self._folder else None
        return found if found is not None and found.payload_hash == payload_hash else None

    def drop(self, keys: Iterable[WriteKey]) -> None:
        """Their outcome is known."""
        for key in keys if self._folder else ():
            self._place(key).unlink(missing_ok=True)

    def all(self) -> Iterator[Write]:
        """Every kept request of this account."""
        for place in sorted(self._folder.glob("*.json")) if self._folder else ():
            if (write := self._read(place)) is not None:
                yield write

    def _place(self, key: WriteKey) -> Path:
        assert self._folder is not None
        name = "\n".join((self._account, key.object, key.source_id, key.part))
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:40]}.json"

    def _read(self, place: Path) -> Write | None:
        try:
            content: dict[str, Any] = orjson.loads(place.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        if content.pop("account") != self._account:
            return None
        key, rows = WriteKey(**content.pop("key")), tuple(Outcome(**row) for row in content.pop("rows"))
        undone = content.pop("undoes", None)
        return Write(key, rows=rows, undoes=_undone(undone) if undone else None, **content)


def _undone(held: dict[str, Any]) -> Undone:
    keys, rows = (WriteKey(**key) for key in held["keys"]), (Outcome(**row) for row in held["rows"])
    return Undone(tuple(keys), tuple(rows))


def _write_private(place: Path, content: bytes) -> None:
    """Readable by the owner only from its first byte, through no link, and on the disk when this returns."""
    place.unlink(missing_ok=True)
    with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
