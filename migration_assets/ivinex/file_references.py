"""Files that a record speaks of, found by shape: a URL beside a file name, whatever the keys are called (A-12). Pure.

It belongs here: recognising files in record values and images in HTML. It does not: what is the same file
(file_identity.py), downloading (download.py) and what becomes of a file in Gorgias.

Three shapes are known: an object with a URL and a name, alone or in a list, as JSON or as JSON text; a line of text
`name URL`; and `<img>` in HTML whose source is a data URL or lies on the site itself. Images elsewhere on the web stay
what they are.

All of it may be a stranger's. Only what stands in a FILE field was written by the site, and is trusted; what is found
is bounded, and what is left out for that is a file too: one that says why it cannot be delivered.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from migration_assets.html_tree import MAX_CHARACTERS, images
from migration_assets.ivinex.file_identity import digest, image_key, image_label, on_site, without_token

_FILE_NAME: Final = re.compile(r"[^\r\n<>|]{1,250}\.[A-Za-z0-9]{1,8}")
_ADDRESS: Final = re.compile(r"https?://[^\s<>|)]+")
_BETWEEN: Final = " \t|:(<-"
_BEHIND: Final = " \t)>"
_TYPE: Final = re.compile(r"(application|audio|font|image|message|model|multipart|text|video)/[\w.+-]+", re.IGNORECASE)
_SAYS_ADDRESS: Final = re.compile("url|uri|link|href|src|address", re.IGNORECASE)
_SCRIPTS: Final = (".php", ".asp", ".aspx", ".ashx", ".cgi", ".jsp", ".do", ".cfm", ".pl")
_DEPTH: Final = 4
MOST_FILES: Final = 1_000
"""Of one record."""
MOST_ASKED: Final = 50
"""Of one record, addresses outside its FILE fields: each may cost a request, and anybody can write one."""
_MOST_NODES: Final = 100_000
_LINES: Final = 100_000
"""Characters: a longer text is no list of files."""
_LONGEST_LINE: Final = 8_000
_LABELS: Final = 20


@dataclass(frozen=True)
class FileReference:
    """A file of a record.

    Attributes:
        key: its identity within the record.
        name: as the record calls it: hostile input.
        labels: by what bodies may call it: other short texts beside it, perhaps a Content-ID, and a FILE field's
            address (image_label).
        claimed_type, claimed_size: what the record says, where it says anything.
        inline: it is an image inside a body.
        trusted: it stands in a FILE field, so the site itself wrote its address.
        problem: why there is no address: it stands for files of the record that were not looked for.
        sure: no other text beside it could be its address; else even a FILE field's is not trusted.
    """

    key: str
    name: str
    url: str
    labels: tuple[str, ...] = ()
    claimed_type: str | None = None
    claimed_size: int | None = None
    inline: bool = False
    trusted: bool = False
    problem: str = ""
    sure: bool = True


def file_references(record: Mapping[str, Any], site: str, file_fields: Collection[str] = ()) -> list[FileReference]:
    """The files of a record, those of its FILE fields first, each once. Whatever it holds, nothing is raised.

    Args:
        record: as the site gives it.
        site: host of the configured site, whose images in bodies are files of the record.
        file_fields: names of its FILE fields.
    """
    found: dict[str, FileReference] = {}
    problems: dict[str, str] = {}
    room = MAX_CHARACTERS
    # The FILE fields first: a stranger's text must not use up their room.
    for name, value in sorted(record.items(), key=lambda item: item[0] not in file_fields):
        if isinstance(value, str):
            room -= len(value) if "://" in value or "<" in value else 0
            if room < 0:
                problems[name] = "it is too long"
                continue
        try:
            _gather(value, site, name in file_fields, found)
        except _Unknown as problem:
            problems[name] = str(problem)
        except (ValueError, TypeError, LookupError, RecursionError, AssertionError, AttributeError) as error:
            problems[name] = f"it cannot be read ({type(error).__name__})"
        if len(found) > MOST_FILES:
            problems[name] = f"the record names more than {MOST_FILES} files"
            break
    # A picture in a body that is a FILE field's as well is one file: the field's, which has its true name.
    listed = {label for mention in found.values() if mention.trusted for label in mention.labels}
    kept = [mention for mention in found.values() if not (mention.inline and image_label(mention.url) in listed)]
    asked = [mention for mention in kept if not mention.trusted and not mention.url.startswith("data:")]
    beyond = {mention.key for mention in asked[MOST_ASKED:]}
    if beyond:
        problems[""] = f"more than {MOST_ASKED} addresses stand outside the FILE fields"
    kept = [mention for mention in kept if mention.key not in beyond]
    return kept[:MOST_FILES] + [_unread(name, why) for name, why in problems.items()]


class _Unknown(Exception):
    """A FILE field's value whose shape is not known."""


def _gather(value: Any, site: str, own: bool, found: dict[str, FileReference]) -> None:
    """Adds the files of one value; `own`: a FILE field's, whose address stands before a stranger's of the same file."""
    before = len(found)
    met = False
    for mention in _in_value(value, site):
        met = True
        if own and mention.sure and not (mention.key in found and found[mention.key].trusted):
            labels = (*mention.labels, image_label(mention.url))
            found[mention.key] = replace(mention, trusted=True, labels=labels)
        else:
            found.setdefault(mention.key, mention)
        if len(found) > max(MOST_FILES, before):
            break
    if own and not met and isinstance(value, (str, list, dict)) and "://" in str(value):
        raise _Unknown("no file is recognised in it")


def _unread(field: str, why: str) -> FileReference:
    where = f" in the field {field[:100]}" if field else ""
    told = f"files{where} were not looked for: {why}"
    return FileReference(digest("unread", field), "files that could not be read", "", problem=told)


def _in_value(value: Any, site: str) -> Iterator[FileReference]:
    if isinstance(value, (list, dict)):
        yield from _in_objects(value)
    elif isinstance(value, str) and ("://" in value or "<img" in value.lower()):
        text = value.strip()
        if text[:1] in ("[", "{"):
            try:
                objects = orjson.loads(text)
            except orjson.JSONDecodeError:
                pass
            else:
                yield from _in_objects(objects)
                return
        if "<" in text and "<img" in text.lower():
            yield from _in_html(text, site)
        elif len(text) < _LINES:
            yield from _in_lines(text)


def _in_objects(value: Any) -> Iterator[FileReference]:
    waiting, seen = [(value, _DEPTH)], 0
    while waiting:
        item, depth = waiting.pop()
        seen += 1
        if seen > _MOST_NODES:
            raise ValueError
        if not isinstance(item, (list, dict)) or depth == 0:
            continue
        mention = _entry(item) if isinstance(item, dict) else None
        if mention:
            yield mention
            continue
        inner = item.values() if isinstance(item, dict) else item
        waiting += [(one, depth - 1) for one in reversed(list(inner))]


def _entry(entry: dict[str, Any]) -> FileReference | None:
    """An object that holds a web address and a file name."""
    texts = {str(key): str(item) for key, item in entry.items() if isinstance(item, (str, int)) and str(item)}
    url_key, sure = _url_key(texts)
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
    identity = digest("entry", without_token(url), name, *(f"{key}={text}" for key, text in sorted(texts.items())))
    type_key = next((key for key, text in texts.items() if _TYPE.fullmatch(text)), None)
    claimed_type = texts.pop(type_key).lower() if type_key else None
    size_key = next((key for key, text in texts.items() if "size" in key.lower() and text.isdecimal()), None)
    claimed_size = int(texts.pop(size_key)) if size_key and len(texts[size_key]) < 19 else None
    short = [text for text in texts.values() if len(text) <= 300][:_LABELS]
    return FileReference(identity, name[:1_000], url, tuple(short), claimed_type, claimed_size, sure=sure)


def _url_key(texts: dict[str, str]) -> tuple[str | None, bool]:
    """Which of the texts is the address, and whether that is sure: a file may be named like an address."""
    found = [key for key, text in texts.items() if text.startswith(("http://", "https://"))]
    says = [key for key in found if _SAYS_ADDRESS.search(key)]
    return next(iter([*says, *found]), None), len(found) == 1 or len(says) == 1


def _name_key(texts: dict[str, str]) -> str | None:
    """Which of the texts is the name: one that looks like a file name, else the one whose key says so."""
    looks = [key for key, text in texts.items() if _FILE_NAME.fullmatch(text) and not _TYPE.fullmatch(text)]
    says = [key for key in texts if "name" in key.lower()]
    both = [key for key in says if key in looks]
    return next(iter([*both, *says, *looks]), None)


def _in_lines(text: str) -> Iterator[FileReference]:
    """Lines `name URL` or `URL name`, and nothing else: a sentence with a link in it is no list of files."""
    pairs = [_pair(line.strip()) for line in text.splitlines() if line.strip()]
    if all(pairs):
        for name, url in filter(None, pairs):
            yield FileReference(digest("entry", without_token(url), name), name, url, sure="://" not in name)


def _pair(line: str) -> tuple[str, str] | None:
    """Name and URL of a line that holds these two and what separates them."""
    address = _ADDRESS.search(line) if len(line) <= _LONGEST_LINE else None
    if address is None:
        return None
    before, behind = line[: address.start()], line[address.end() :]
    name = before.rstrip(_BETWEEN)
    if before:
        fits = name != before and not behind.strip(_BEHIND)
    else:
        name = behind.lstrip(_BETWEEN).rstrip(_BEHIND)
        fits = behind[:1] in tuple(_BETWEEN)
    return (name.strip(), address[0]) if fits and _FILE_NAME.fullmatch(name) else None


def _in_html(text: str, site: str) -> Iterator[FileReference]:
    seen: set[str] = set()
    for source, alt in images(text):
        if source in seen:
            continue
        seen.add(source)
        if source.startswith("data:image/"):
            kind = re.sub(r"[^a-z0-9]", "", source[11:60].split(";")[0].split(",")[0].split("+")[0].lower())[:8]
            key = image_key(source)
            yield FileReference(key, f"image-{key[:6]}.{kind or 'png'}", source, inline=True)
        elif on_site(source, site):
            last = unquote(_path(source).rsplit("/", 1)[-1])
            named = last if _FILE_NAME.fullmatch(last) and not last.lower().endswith(".php") else ""
            shown = alt if _FILE_NAME.fullmatch(alt) else ""
            key = image_key(source)
            yield FileReference(key, shown or named or f"image-{key[:6]}", source, inline=True)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
