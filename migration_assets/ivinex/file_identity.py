"""The identity of a file that a record speaks of. It outlives the file's URL: tokens differ on every read. Pure.

It belongs here: what stays the same of a URL and of an image's source. It does not: finding files (file_references.py).
"""

import hashlib
import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_TOKEN: Final = re.compile(
    r".*token.*|.*sig(nature)?|expir(es|y)?|x-amz-.*|x-goog-.*|key-pair-id|policy|auth.*", re.IGNORECASE
)
"""Parameters of a URL that say who may read it and until when, not what it is."""
_SIGNED: Final = frozenset({"se", "sp", "sr", "st", "sv"})
"""The same, where a `sig` stands beside them."""
_URL: Final = re.compile(r"https?://[^\s\"'<>]+")


def file_id(record: str, key: str) -> str:
    """The file's source id: `<record>/<key>`."""
    return f"{record}/{key}"


def without_token(url: str) -> str:
    """A URL without host and tokens: the same for every read of the same file."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return url
    signed = _SIGNED if any(name == "sig" for name, _ in pairs) else frozenset[str]()
    kept = sorted((name, value) for name, value in pairs if not _TOKEN.fullmatch(name) and name not in signed)
    return parts.path + "?" + "&".join(f"{name}={value}" for name, value in kept)


def without_tokens(text: str) -> str:
    """A text whose URLs are reduced to what stays the same from read to read."""
    return _URL.sub(_stable_if_asking, text)


def _stable_if_asking(found: re.Match[str]) -> str:
    address, mark, query = found[0].partition("?")
    return without_token(found[0]) if mark and query and not address.endswith("://") else found[0]


def image_key(source: str) -> str:
    """The identity of an image in a body, by its source."""
    return digest("image", source if source.startswith("data:") else without_token(source))


def image_label(source: str) -> str:
    """What a listed file is called by images that show it."""
    return "image:" + image_key(source)


def on_site(url: str, site: str) -> bool:
    """Is it an address of the site, in full or relative?"""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return parts.hostname == site
    return not parts.scheme and not parts.netloc and parts.path.startswith("/")


def digest(*parts: str) -> str:
    """Short, and the same for the same parts."""
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
