"""Files that a record speaks of, found by shape: a URL beside a file name, whatever the keys are called (A-12). Pure.

It belongs here: recognising files in record values and images in HTML, and the identity of each. It does not:
downloading (file_sweep.py) and what becomes of a file in Gorgias.

A file's identity outlives its URL: tokens differ on every read, so they are left out. Three shapes are known: an
object with a URL and a name, alone or in a list, as JSON or as JSON text; a line of text `name URL`; and `<img>` in
HTML whose source is a data URL or lies on the site itself. Images elsewhere on the web stay what they are.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

_TOKEN: Final = re.compile(
    r".*token.*|.*sig(nature)?|expir(es|y)?|x-amz-.*|x-goog-.*|key-pair-id|policy|auth.*", re.IGNORECASE
)
"""Parameters of a URL that say who may read it and until when, not what it is."""
_SIGNED: Final = frozenset({"se", "sp", "sr", "st", "sv"})
"""The same, where a `sig` stands beside them."""
_URL: Final = re.compile(r"https?://[^\s\"'<>?]+\?[^\s\"'<>]+")
_FILE_NAME: Final = re.compile(r"[^\r\n<>|]{1,250}\.[A-Za-z0-9]{1,8}")
_LINE: Final = re.compile(
    r"(?P<name>[^\r\n<>|]{1,250}\.[A-Za-z0-9]{1,8})[\s|:(<-]+(?P<url>https?://[^\s<>|)]+)[)>]?\s*"
)
_TURNED: Final = re.compile(
    r"(?P<url>https?://[^\s<>|)]+)[\s|:(<-]+(?P<name>[^\r\n<>|]{1,250}\.[A-Za-z0-9]{1,8})[)>]?\s*"
)
_TYPE: Final = re.compile(r"(application|audio|font|image|message|model|multipart|text|video)/[\w.+-]+", re.IGNORECASE)
_SCRIPTS: Final = (".php", ".asp", ".aspx", ".ashx", ".cgi", ".jsp", ".do", ".cfm", ".pl")
_DEPTH: Final = 4
_IMAGES_A_VALUE: Final = 500


@dataclass(frozen=True)
class Mention:
    """A file of a record.

    Attributes:
        key: its identity within the record.
        name: as the record calls it: hostile input.
        labels: by what bodies may call it: other short texts beside it, perhaps a Content-ID, and its address.
        claimed_type, claimed_size: what the record says, where it says anything.
        inline: it is an image inside a body.
    """

    key: str
    name: str
    url: str
    labels: tuple[str, ...] = ()
    claimed_type: str | None = None
    claimed_size: int | None = None
    inline: bool = False


def file_id(record: str, key: str) -> str:
    """The file's source id: `<record>/<key>`."""
    return f"{record}/{key}"


def mentions(record: Mapping[str, Any], site: str) -> list[Mention]:
    """The files of a record in the order of its values, each once.

    Args:
        record: as the site gives it.
        site: host of the configured site, whose images in bodies are files of the record.
    """
    found: dict[str, Mention] = {}
    for value in record.values():
        for mention in _in_value(value, site):
            found.setdefault(mention.key, mention)
    # A picture in a body that is listed as a file as well is one file: the listed one, which has its true name.
    listed = {label for mention in found.values() for label in mention.labels}
    return [mention for mention in found.values() if not (mention.inline and image_label(mention.url) in listed)]


def stable(url: str) -> str:
    """A URL without host and tokens: the same for every read of the same file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    signed = _SIGNED if any(name == "sig" for name, _ in pairs) else frozenset[str]()
    kept = sorted((name, value) for name, value in pairs if not _TOKEN.fullmatch(name) and name not in signed)
    return parts.path + "?" + "&".join(f"{name}={value}" for name, value in kept)


def without_tokens(text: str) -> str:
    """A text whose URLs are reduced to what stays the same from read to read."""
    return _URL.sub(lambda found: stable(found[0]), text)


def image_key(source: str) -> str:
    """The identity of an image in a body, by its source."""
    return _digest("image", source if source.startswith("data:") else stable(source))


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


def _in_value(value: Any, site: str) -> Iterator[Mention]:
    if isinstance(value, (list, dict)):
        yield from _in_objects(value, _DEPTH)
    elif isinstance(value, str) and ("://" in value or "<img" in value.lower()):
        text = value.strip()
        if text[:1] in ("[", "{"):
            try:
                yield from _in_objects(orjson.loads(text), _DEPTH)
                return
            except orjson.JSONDecodeError:
                pass
        if "<" in text and "<img" in text.lower():
            yield from _in_html(text, site)
        elif len(text) < 100_000:
            yield from _in_lines(text)


def _in_objects(value: Any, depth: int) -> Iterator[Mention]:
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _in_objects(item, depth - 1)
    elif isinstance(value, dict):
        mention = _entry(value)
        if mention:
            yield mention
            return
        for item in value.values():
            yield from _in_objects(item, depth - 1)


def _entry(entry: dict[str, Any]) -> Mention | None:
    """An object that holds a web address and a file name."""
    texts = {str(key): str(item) for key, item in entry.items() if isinstance(item, (str, int)) and str(item)}
    url_key = next((key for key, text in texts.items() if text.startswith(("http://", "https://"))), None)
    if url_key is None:
        return None
    url = texts.pop(url_key)
    name_key = _name_key(texts)
    name = texts.pop(name_key) if name_key else unquote(_path(url).rsplit("/", 1)[-1])
    if not name_key and not _FILE_NAME.fullmatch(name):
        return None
    if not name_key and name.lower().endswith(_SCRIPTS):
        # That is the program which hands the file out; the file itself has no name.
        name = ""
    identity = _digest("entry", stable(url), name, *(f"{key}={text}" for key, text in sorted(texts.items())))
    type_key = next((key for key, text in texts.items() if _TYPE.fullmatch(text)), None)
    claimed_type = texts.pop(type_key).lower() if type_key else None
    size_key = next((key for key, text in texts.items() if "size" in key.lower() and text.isdecimal()), None)
    claimed_size = int(texts.pop(size_key)) if size_key and len(texts[size_key]) < 19 else None
    labels = (*(text for text in texts.values() if len(text) <= 300), image_label(url))
    return Mention(identity, name, url, labels, claimed_type, claimed_size)


def _name_key(texts: dict[str, str]) -> str | None:
    """Which of the texts is the name: one that looks like a file name, else the one whose key says so."""
    looks = [key for key, text in texts.items() if _FILE_NAME.fullmatch(text) and not _TYPE.fullmatch(text)]
    says = [key for key in texts if "name" in key.lower()]
    both = [key for key in says if key in looks]
    return next(iter([*both, *says, *looks]), None)


def _in_lines(text: str) -> Iterator[Mention]:
    """Lines `name URL` or `URL name`, and nothing else: a sentence with a link in it is no list of files."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    pairs = [_LINE.fullmatch(line) or _TURNED.fullmatch(line) for line in lines]
    if all(pairs):
        for pair in pairs:
            assert pair is not None
            name, url = pair["name"].strip(), pair["url"]
            yield Mention(_digest("entry", stable(url), name), name, url, (image_label(url),))


def _in_html(text: str, site: str) -> Iterator[Mention]:
    reader = _Images()
    reader.feed(text)
    for source, alt in reader.found[:_IMAGES_A_VALUE]:
        if source.startswith("data:image/"):
            kind = re.sub(r"[^a-z0-9]", "", source[11:].split(";")[0].split(",")[0].split("+")[0].lower())[:8]
            key = image_key(source)
            yield Mention(key, f"image-{key[:6]}.{kind or 'png'}", source, inline=True)
        elif on_site(source, site):
            last = unquote(_path(source).rsplit("/", 1)[-1])
            named = last if _FILE_NAME.fullmatch(last) and not last.lower().endswith(".php") else ""
            shown = alt if _FILE_NAME.fullmatch(alt) else ""
            key = image_key(source)
            yield Mention(key, shown or named or f"image-{key[:6]}", source, inline=True)


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            held = dict(attrs)
            if source := (held.get("src") or "").strip():
                self.found.append((source, (held.get("alt") or "").strip()))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
