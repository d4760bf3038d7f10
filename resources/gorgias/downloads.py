"""Attachments of Gorgias, with the judgement and the bounds that files of the source have.

It belongs here: which addresses of the account are files, and the credentials for them. It does not: the requests
themselves (resources/ivinex/downloads.py). A message keeps whatever address it was given (gorgias-api.md 9), so an
address is a stranger's: credentials go to the account's own download path and nowhere else, not after a redirect.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

from resources.files import FileStore
from resources.ivinex.downloads import Downloader
from resources.pacing import Pacer

_FILE: Final = re.compile(r"/api/[a-z_]+/download/[A-Za-z0-9]+/[A-Za-z0-9._-]+")


class AccountPaths:
    """What a path of the account leads to."""

    def is_file(self, sent: str) -> bool:
        return _FILE.fullmatch(sent) is not None

    def is_call(self, sent: str) -> bool:
        """As soon as any server could read a call in it; a file is written plainly."""
        return not self.is_file(sent) and unquote(urlsplit(sent).path).lstrip("/.").casefold().startswith("api")


class Token(httpx.Auth):
    """An OAuth access token."""

    def __init__(self, token: str):
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def attachments(base_url: str, auth: tuple[str, str] | str, store: FileStore, pacer: Pacer, most: int) -> Downloader:
    """Downloads attachments of this account into the store.

    Args:
        auth: as for `Connection`.
        most: cap in bytes.
    """
    given = Token(auth) if isinstance(auth, str) else httpx.BasicAuth(*auth)
    return Downloader(base_url, "", "", store=store, pacer=pacer, most=most, paths=AccountPaths(), auth=given)
