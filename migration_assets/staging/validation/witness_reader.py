"""What a reader sees in a source value, read without any of the code that stages it: words, images, addresses. Pure.

It belongs here: reading of the witness's own, by pattern, and for HTML that a pattern cannot settle by a second
parser of browsers (html5ever, through nh3). It does not: comparing (content_witness.py) and mapped values
(witness_values.py).
"""

from __future__ import annotations

import re
from collections import Counter
from email.header import decode_header, make_header
from html import unescape

import nh3

_HIDDEN = ("script", "style", "title", "template", "iframe", "video", "audio", "noframes", "noembed", "datalist")
_BLOCK_WORDS = (
    "address article aside blockquote body br button canvas caption center col colgroup dd details dialog dir div dl "
    "dt embed fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html input label legend "
    "li listing main map math menu nav noscript object ol optgroup option p plaintext pre search section select "
    "summary svg table tbody td textarea tfoot th thead tr ul xmp"
)
_BLOCKS = set(_BLOCK_WORDS.split())
_INLINE_WORDS = (
    "a abbr acronym applet area b base basefont bdi bdo bgsound big blink cite code data del dfn em font frame "
    "frameset i image img ins isindex kbd keygen link mark marquee meta meter nobr output param picture progress q rb "
    "rp rt rtc ruby s samp slot small source spacer span strike strong sub sup time track tt u var wbr xml"
)
_NAME = "(?:" + "|".join(sorted({*_BLOCKS, *_INLINE_WORDS.split(), *_HIDDEN}, key=lambda name: -len(name))) + ")"
_KNOWN = frozenset(f"{slash}{name}" for slash in ("", "/") for name in (*_BLOCKS, *_INLINE_WORDS.split(), *_HIDDEN))
_PLAIN_TAG = re.compile(r"<(/?[a-z0-9]+)(?=>|\s[^<>=]*=)")
_FLAG = "(?:border|checked|compact|disabled|hidden|ismap|multiple|nohref|noshade|nowrap|open|readonly|selected)"
_REST = r"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_ELEMENT_PATTERN = (
    rf"</?{_NAME}(?:\s*/?>|(?:\s+{_FLAG})+\s*/?>|[\s/][^<>\"'=]*=(?:\s*\"[^\"]*\"|\s*'[^']*')?{_REST})"
    r"|</?[a-z]\w*(?:[:-]\w+)+(?:[\s/][^<>]*)?>"
)
_ELEMENT = re.compile(_ELEMENT_PATTERN, re.IGNORECASE)
_TAG = re.compile(rf"{_ELEMENT_PATTERN}|<[!?][^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(rf"</?[a-z][a-z0-9:-]*(?:\s*/?>|\s{_REST})|<[!?][^<>]*>", re.IGNORECASE)
_WRITTEN = re.compile(r"<[a-z/](?:[^<>\"]|\"[^\"]*\")*>", re.IGNORECASE)
_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_WORD = re.compile(r"\w+")
_ATTRIBUTE = re.compile(r"(?:alt|href|title|value)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|\[image: [^\]\n]{0,220}\]", re.IGNORECASE)
_SOURCE = re.compile(r"[\s\"'/]src\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\]{}\"',;:|/]+@[^\s<>()\[\]{}\"',;:|/]+")
_ADDED = re.compile(r"\[(?:image: [^\]\n]{0,220}|ivinex:\d+:\d+)\]|<[a-z][a-z0-9+.-]*:[^<>\s]*>", re.IGNORECASE)
_PRECISE_CHARACTERS, _PRECISE_TAGS = 400_000, 8_000
_DOOR = nh3.Cleaner(tags=_BLOCKS, attributes={}, clean_content_tags=set(_HIDDEN), strip_comments=True)

Words = Counter[str]


def cleaned(value: str) -> str:
    """The value without what no text column holds; a soft break is a line end."""
    if value.isascii() and value.isprintable():
        return value
    return _CONTROL.sub("", value.replace("\x0b", "\n").replace("\x0c", "\n").replace("\r\n", "\n").replace("\r", "\n"))


def pieces(html: str, written: bool = False) -> list[str]:
    """The visible text of HTML at its blanks and tags: fast, and the same for two texts with the same markup."""
    plain = written or _has_plain_tags_only(html)
    return unescape((_WRITTEN if plain else _TAG).sub(" ", _visible(html))).split()


def words(text: str) -> Words:
    """The words of plain text."""
    return Counter(_WORD.findall(text))


def text_of_html(html: str, written: bool = False) -> str:
    """The visible text of HTML as a browser parts its words: a block ends a word, a letter in bold does not.

    Args:
        written: it was written by a sanitizer, so that every angle bracket in it is a tag's.
    """
    visible = _visible(html)
    prepared = visible if written else _escaped(visible)
    if len(prepared) <= _PRECISE_CHARACTERS and prepared.count("<") <= _PRECISE_TAGS:
        prepared = _DOOR.clean(prepared)
    return unescape(_WRITTEN.sub(_gap, prepared))


def is_html(value: str) -> bool:
    """Whether it holds a tag; a declaration alone (`<!x>`, `<?x ?>`) is text."""
    return "<" in value and _ELEMENT.search(_without_comments(value)) is not None


def words_of_attributes(html: str) -> set[str]:
    """Words that stand in attributes which a text twin may show."""
    found = (unescape(one or two or three) for one, two, three in _ATTRIBUTE.findall(html))
    return {word for text in found for word in _WORD.findall(text)}


def without_additions(text: str) -> str:
    """A staged text without what staging puts beside the source's words: names of images and tickets, addresses."""
    return _ADDED.sub(" ", text) if "[" in text or "<" in text else text


def images(html: str) -> list[str]:
    """Sources of the images in their order; one that stands as words is `[image: name]`."""
    text = _without_comments(html) if "<!--" in html else html
    found = []
    for image in _IMAGE.findall(text):
        if image.startswith("["):
            found.append(image)
        elif source := _SOURCE.search(image):
            found.append(unescape(source[1] or source[2] or source[3] or "").strip())
    return [source for source in found if source]


def addresses(text: str) -> list[str]:
    """What looks like an address in a text, in lower case and without the marks around it."""
    return (
        [found.lower().strip("'`.<>*").removeprefix("mailto:") for found in _ADDRESS.findall(text)]
        if "@" in text
        else []
    )


def decoded(text: str) -> str:
    """A header with its encoded words decoded."""
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, ValueError):
        return text


def _has_plain_tags_only(html: str) -> bool:
    names = _PLAIN_TAG.findall(html)
    return len(names) == html.count("<") and _KNOWN.issuperset(names)


def _gap(tag: re.Match[str]) -> str:
    name = tag[0].strip("</> ").split(None, 1)
    return " " if name and name[0].rstrip("/").lower() in _BLOCKS else ""


def _visible(html: str) -> str:
    """Without comments and without elements that nobody sees; each is looked for in one pass."""
    text = _without_comments(html) if "<!--" in html else html
    lowered = text.lower()
    for name in _HIDDEN:
        if f"<{name}" in lowered:
            text = _without_element(text, lowered, name)
            lowered = text.lower()
    return text


def _without_comments(html: str) -> str:
    last = html.rfind("-->")
    unclosed = html.find("<!--", last + 1)
    return _COMMENT.sub("", html if unclosed < 0 else html[:unclosed])


def _without_element(text: str, lowered: str, name: str) -> str:
    parts, place = [], 0
    while (start := _opening(lowered, name, place)) >= 0:
        parts.append(text[place:start])
        end = lowered.find(f"</{name}", start)
        if end < 0:
            return " ".join(parts)
        close = lowered.find(">", end)
        place = close + 1 if close >= 0 else len(text)
    parts.append(text[place:])
    return " ".join(parts)


def _opening(lowered: str, name: str, place: int) -> int:
    """Where the next tag of this name begins: `<title>`, not `<titles>`."""
    start = lowered.find(f"<{name}", place)
    while start >= 0 and lowered[start + len(name) + 1 : start + len(name) + 2] not in (">", " ", "/", "\n", "\t", ""):
        start = lowered.find(f"<{name}", start + 1)
    return start


def _escaped(html: str) -> str:
    """Every `<` that opens no tag as `&lt;`. In a whole document an unknown name is a tag as well."""
    pattern = _ANY_TAG if _DOCUMENT.search(html) else _TAG
    parts, place = [], 0
    for tag in pattern.finditer(html):
        parts += [html[place : tag.start()].replace("<", "&lt;"), tag[0]]
        place = tag.end()
    return "".join([*parts, html[place:].replace("<", "&lt;")])
