"""What an address on the site leads to: its files, or a call of its API, which a stranger's text must never cause.

It belongs here: the judgement over path and query, as they would be sent. It does not: hosts and networks
(addresses.py), and which of our own calls may leave (calls.py).

The two judgements lean to opposite sides. An address is one of the site's files only when it is written plainly and
exactly so (IVINEX_FILE_PATH); it looks like a call as soon as any server could read a call in it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from resources.ivinex.calls import PARAMETERS

DEFAULT_FILE_PATH: Final = "Files.php"

_CALL: Final = re.compile(
    r"(get|add|update|link|unlink|delete|create|write|save|set|remove|merge|insert|edit|copy|import)[a-z0-9]*"
    r"(record|tab|field|item|user|group|workflow|filter|view|histor|link)[a-z0-9]*"
)
"""The documented calls, and what others of their kind would be called."""
_RECORDS: Final = "records"
_MORE_PARAMETERS: Final = (
    "RelatedTab",
    "RelatedCollectionID",
    "RelatedCollectionTypeID",
    "LinkedTab",
    "LinkedCollectionID",
    "LinkType",
    "Records",
    "Module_ID",
    "ModuleID",
    "Call",
    "Action",
    "Method",
)
_PLAIN: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_PLAIN_NAMES: Final = re.compile(
    r"(?:/(?:[A-Za-z0-9._~!$'()*+,=:@&-]|%(?![01]|2[35ef]|3[bf]|5c|7f|c[01])[0-9a-f]{2})+)+", re.IGNORECASE
)
"""Names of files below a folder may hold escapes, but none of a slash, a dot, a percent sign or a control."""
_ROUNDS: Final = 6
_MOST: Final = 4_000
"""Characters: a longer address is no file of a site and is not looked into."""


def file_paths(given: str, api: str) -> tuple[str, ...]:
    """The paths of the site's files, from the setting.

    Args:
        given: IVINEX_FILE_PATH: paths, separated by commas; below the API's folder, or from the root with a leading
            slash; `*` at the end stands for whatever lies in that folder.
        api: path of the API's folder, such as `/API`.

    Raises:
        ValueError: a path that is none, or that leads to calls.
    """
    found = []
    for item in filter(None, (part.strip() for part in given.split(","))):
        path = item if item.startswith("/") else f"{api}/{item}"
        folder = path.endswith("/*")
        plain = path.removesuffix("/*")
        above = f"{api}/".lower().startswith(f"{plain}/".lower())
        if not _is_plain(plain) or _names_call(plain) or (above and (folder or len(plain) == len(api))):
            raise ValueError(
                f"IVINEX_FILE_PATH={item!r} is not the path of the site's files, such as {DEFAULT_FILE_PATH} or "
                "/uploads/*: no query, no '..', no call of the API and not the folder of its calls"
            )
        found.append(path)
    return tuple(found)


class SitePaths:
    """Judges paths of one site.

    Args:
        base_url: IVINEX_BASE_URL.
        files: IVINEX_FILE_PATH.
        names: the site's names for the documented parameters.
    """

    def __init__(self, base_url: str, files: str = DEFAULT_FILE_PATH, names: Iterable[str] = ()) -> None:
        path = urlsplit(base_url).path.rstrip("/")
        api = path if path.lower().endswith("/api") else f"{path}/API"
        self._files = file_paths(files, api)
        self._folder = api.rsplit("/", 1)[-1].lower()
        self._parameters = frozenset(map(_squeezed, (*PARAMETERS, *_MORE_PARAMETERS, *names)))

    def is_file(self, sent: str) -> bool:
        """Is it, as it is sent (path and query), an address of the site's files, and of nothing else?"""
        path, _, query = sent.partition("?")
        return len(sent) <= _MOST and self._is_listed(path) and not self._asks(query)

    def is_call(self, sent: str) -> bool:
        """Could any server read a call of the API in it? True for whatever lies below the API's folder."""
        path, _, query = sent.partition("?")
        if len(sent) > _MOST or self._asks(query):
            return True
        if self._is_listed(path):
            return False
        plain = _decoded(path)
        hidden = plain.partition("?")[2]
        return self._folder in _segments(plain) or _names_call(plain) or (hidden != "" and self._asks(hidden))

    def _is_listed(self, path: str) -> bool:
        for one in self._files:
            if path == one:
                return True
            if one.endswith("/*") and path.startswith(one[:-1]):
                below = path[len(one) - 2 :]
                return _PLAIN_NAMES.fullmatch(below) is not None and not _leads_away(below) and not _names_call(path)
        return False

    def _asks(self, query: str) -> bool:
        plain = _decoded(query.replace("+", " "))
        for pair in filter(None, re.split("[&;?#]+", plain)):
            name, _, value = pair.partition("=")
            if any(_squeezed(part) in self._parameters for part in re.split(r"[\[\]]", name)):
                return True
            if _names_call(name) or _names_call(value):
                return True
        return False


def _is_plain(path: str) -> bool:
    """Written so that every server reads the same: no escapes, no dots that lead elsewhere, no parameters."""
    return _PLAIN.fullmatch(path) is not None and not _leads_away(path)


def _leads_away(path: str) -> bool:
    return any(segment.strip(".") == "" or segment.endswith(".") for segment in path[1:].split("/"))


def _names_call(path: str) -> bool:
    plain = _decoded(path)
    if any(_CALL.fullmatch(word) for word in _words(plain)):
        return True
    # `records` is a word of everyday as well: records.png is a picture.
    stems = [segment.partition(".") for segment in _segments(plain)]
    return any(stem == _RECORDS and (not dot or ending.startswith("ph")) for stem, dot, ending in stems)


def _decoded(text: str) -> str:
    """With every escape undone that any server on the way might undo."""
    for _ in range(_ROUNDS):
        plain = unquote(text)
        if plain == text:
            return unicodedata.normalize("NFKC", text).replace("\\", "/").lower()
        text = plain
    return f"/{_RECORDS}"  # nobody escapes so often who has nothing to hide


def _segments(path: str) -> list[str]:
    """Names between slashes, without path parameters and what some servers cut off at the end of a name."""
    return [re.split(r"[;:?#\x00]", segment)[0].strip(". \t\r\n") for segment in path.split("/")]


def _words(text: str) -> Iterator[str]:
    return (found[0] for found in re.finditer(r"[a-z0-9]+", text))


def _squeezed(name: str) -> str:
    """A parameter's name as loosely as any server could read it (PHP takes dots and blanks for underscores)."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
