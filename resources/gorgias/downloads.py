"""Files of a Gorgias account, with the judgement and the bounds that files of the source have: kept, or only hashed.

It belongs here: which addresses of the account are files, and how often an unreadable one is asked again. It does not:
the requests themselves (resources/ivinex/downloads.py), and which files are read. A message keeps whatever address it
was given (gorgias-api.md 9), so an address is a stranger's: credentials go to the account's own download path and
nowhere else, not after a redirect. Each request to the account counts in its allowance like any other.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from resources.files import Store, Stored, digested
from resources.gorgias.client import Connection, Reader
from resources.ivinex.downloads import Downloader, Status, Wanted

_FILE: Final = re.compile(r"/api/[a-z_]+/download/[A-Za-z0-9]+/[A-Za-z0-9._-]+")
GONE, LARGER, REFUSED = "gone", "larger", "refused"
_PROBLEMS: Final = {Status.GONE: GONE, Status.TOO_LARGE: LARGER}
_EMPTY: Final = hashlib.sha256().hexdigest()


class AccountPaths:
    """What a path of the account leads to."""

    def is_file(self, sent: str) -> bool:
        return _FILE.fullmatch(sent) is not None

    def is_call(self, sent: str) -> bool:
        """As soon as any server could read a call in it; a file is written plainly."""
        return not self.is_file(sent) and unquote(urlsplit(sent).path).lstrip("/.").casefold().startswith("api")


class Digests:
    """A store that keeps nothing: contents are counted, hashed and dropped."""

    def put(self, chunks: Iterable[bytes], most: int | None = None) -> Stored:
        return digested(chunks, most)


@dataclass(frozen=True)
class FileContent:
    """What is there.

    Attributes:
        sha256: of its bytes; None where nothing could be read.
        problem: why not: gone, larger than may be read, or refused, which says nothing of the content.
    """

    sha256: str | None
    problem: str = ""


class FileReader:
    """Hashes of what an account keeps under the addresses of files. Thread-safe.

    Args:
        most: bytes of one file; a larger one is not read to its end.
        sleep: between tries.
    """

    def __init__(self, connection: Connection, most: int, sleep: Callable[[float], None] | None = None):
        self.most = most
        self._connection = connection
        self._reader = Reader(connection)
        self._downloads = attachments(connection, Digests(), most, sleep or connection.rest)

    def close(self) -> None:
        self._downloads.close()

    def is_of_account(self, url: str) -> bool:
        """Whether an address is one of the account's own files."""
        return self._connection.is_own(url) and AccountPaths().is_file(urlsplit(url).path)

    def content(self, url: str) -> FileContent:
        """The content under an address, asked once more where it could not be read and the account answers.

        Raises:
            RunStopped: the credentials are refused.
            GorgiasError: the account does not answer; an outage was waited for.
        """
        wanted = Wanted(url, None, trusted=True)
        done = self._downloads.fetch(wanted)
        if done.status is Status.UNREADABLE:
            self._reader.get("/api/users/0")
            done = self._downloads.fetch(wanted)
        if done.status is Status.EMPTY:
            return FileContent(_EMPTY)
        return FileContent(done.sha256, "" if done.sha256 else _PROBLEMS.get(done.status, REFUSED))


def attachments(
    connection: Connection, store: Store, most: int, sleep: Callable[[float], None] | None = None
) -> Downloader:
    """Downloads attachments of this account into the store, with the pace and the credentials of the connection.

    Args:
        most: cap in bytes.
    """
    return Downloader(
        connection.base_url,
        connection.auth,
        store=store,
        pacer=connection.pacer,
        most=most,
        paths=AccountPaths(),
        sleep=sleep or connection.rest,
        sent=connection.count,
    )
