"""HTML made safe, its images pointed at their files, its links to tickets named. Pure; `body_rewriter.py` knows the
files.

It belongs here: what becomes of each element, attribute, style and address of one HTML tree, and the count of what
does not stay. It does not: which file an image is, and the words of a body (transforms/html_text.py).

What is written comes from lists of what is allowed (allowed_html.py); nothing is copied because nobody forbade it. The
result passes a sanitizer of its own kind (nh3) before it leaves, so that a gap in these lists is no hole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from turbohtml import CData, Document, Element, Text

from migration_assets.html_tree import ELEMENTS, MAX_NODES, attributes
from migration_assets.staging.bodies.allowed_html import ALLOWED, LAST_DOOR, LINKS, STYLES, TAGS
from migration_assets.transforms.html_text import HIDDEN, walk

FILE_URL = "https://files.invalid/"
"""An image's source in a staged body: this and the file's sha256, until the load knows the uploaded URL."""
NOT_SHOWN = "\x00"
"""Before a name: an image that cannot be shown stands as this name."""

ACTIVE = "active content taken out"
MEDIA = "film, sound or drawing left out"
STYLE_SHEET = "style sheet left out"
HIDDEN_TEXT = "text that no reader sees left out"
FORM = "form field left as its words"
UNKNOWN = "unknown tag left out"
STYLE = "style left out"
ATTRIBUTE = "attribute left out"
ADDRESS = "address of a link left as words"
RELOAD = "redirect taken out"
IMAGE = "image left as its name"
BACKGROUND = "background image left out"
REMOTE = "image stays on the web"
UNCLOSED = "comment without an end left out"
TOO_LARGE = "layout left out: too many elements"
FORMATTING = frozenset({STYLE, ATTRIBUTE, UNKNOWN, STYLE_SHEET})
"""Kinds that take no content away: counted by field and day, not by record."""

_KIND_OF = {
    **dict.fromkeys(("script", "object", "embed", "applet", "param", "base", "frame", "frameset", "iframe"), ACTIVE),
    **dict.fromkeys(("audio", "video", "source", "track", "bgsound"), MEDIA),
    **dict.fromkeys(("style", "link", "basefont"), STYLE_SHEET),
    **dict.fromkeys(("title", "template", "noframes", "noembed", "datalist"), HIDDEN_TEXT),
    **dict.fromkeys(("form", "input", "select", "button", "textarea", "keygen"), FORM),
}
_LEFT_OUT = HIDDEN - {"head"}
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_AS = {"listing": "pre", "plaintext": "pre", "xmp": "pre", "dir": "ul", "menu": "ul", "nobr": "span", "image": "img"}
_BLOCK_WORDS = frozenset({"noscript", "form", "fieldset", "legend", "dialog", "option", "textarea", "search", "hgroup"})
"""Elements that stand on lines of their own: without them their words would run into their neighbours'."""
_SPACED_WORDS = frozenset({"button", "input", "label", "select", "object", "applet", "canvas", "svg", "math"})
_NO_MATTER = frozenset({"class", "id", "name", "rel", "target", "xmlns", "role", "align", "valign", "width", "height"})
"""Attributes that change nothing to a reader where they are left out."""
_RUNS = frozenset({"javascript", "vbscript", "livescript", "mocha", "data", "blob", "about", "cid", "mid"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_DECLARATION = re.compile(r"(?:[^;\"'()]|\"[^\"]*\"|'[^']*'|\([^()]*\))+")
_SAFE_VALUE = re.compile(
    r"(?:[\w\s#%.,!/+\-]|\"[\w\s.,+\-]*\"|'[\w\s.,+\-]*'|(?:rgb|rgba|hsl|hsla|calc|min|max|clamp)\([\w\s.,%/+*\-]*\))*",
    re.IGNORECASE,
)
_MAX_STYLE = 20_000


@dataclass
class Marked:
    """A safe text.

    Attributes:
        removed: kind -> how often something was left out or changed.
    """

    html: str
    removed: Counter[str] = field(default_factory=Counter)


Follow = Callable[[str], str | None]


def make_safe(tree: Document, image: Follow = lambda _: None, link: Follow = lambda _: None) -> Marked:
    """Write the tree with what is allowed, and follow its images and links.

    Args:
        image: source -> the new source; NOT_SHOWN and a name where the image cannot be shown; None: stays.
        link: address -> words to put after the link's own; None: none.

    Returns:
        A text of "" where the tree is too large to be written; `removed` says so.
    """
    if sum(1 for _ in tree.descendants) > MAX_NODES:
        return Marked("", removed=Counter({TOO_LARGE: 1}))
    writer = _Writer(image, link)
    for node, opening in walk(tree, frozenset()):
        if writer.silent:
            # Inside an element that is left out whole; it ends with its own end.
            if not opening and node == writer.silent:
                writer.silent = None
        elif isinstance(node, (Text, CData)):
            writer.parts.append(escape(node.data, quote=False))
        elif isinstance(node, Element):
            writer.open(node) if opening else writer.close(node)
    clean = LAST_DOOR.clean("".join(writer.parts))
    return Marked(clean, +writer.removed)


def words_for(name: str) -> str:
    """What stands where an image cannot be shown."""
    return f"[image: {name}]"


class _Writer:
    def __init__(self, image: Follow, link: Follow):
        self._image, self._link = image, link
        self.parts: list[str] = []
        self.removed: Counter[str] = Counter()
        self.silent: Element | None = None
        self._behind: list[str] = []

    def open(self, element: Element) -> None:
        tag = element.tag
        if tag in _LEFT_OUT:
            self._leave_out(element)
            return
        tag = _AS.get(tag, tag)
        if tag not in TAGS:
            self._unwrap(element)
        elif tag == "img":
            self._open_image(element)
        else:
            kept, behind = self._attributes(element, tag)
            self.parts.append(f"<{tag}{kept}>")
            if tag == "a":
                self._behind.append(behind)

    def close(self, element: Element) -> None:
        tag = _AS.get(element.tag, element.tag)
        if tag == "a" and self._behind:
            self.parts.append(f"{self._behind.pop()}</a>")
        elif tag in TAGS and tag not in _VOID:
            self.parts.append(f"</{tag}>")
        elif tag in _BLOCK_WORDS:
            self.parts.append("</div>")
        elif tag in _SPACED_WORDS:
            self.parts.append(" ")

    def _leave_out(self, element: Element) -> None:
        tag = element.tag
        self.silent = element
        if tag == "meta":
            refresh = (element.attr("http-equiv") or "").strip().lower() == "refresh"
            self.removed[RELOAD] += refresh
        elif tag in _KIND_OF and (_KIND_OF[tag] != HIDDEN_TEXT or element.text.strip()):
            self.removed[_KIND_OF[tag]] += 1

    def _unwrap(self, element: Element) -> None:
        """The words of an element stay, apart from their neighbours where they were."""
        tag = element.tag
        if tag in ("svg", "canvas") or (tag not in ELEMENTS and element.attr("src")):
            self.removed[MEDIA] += 1
        elif tag in _KIND_OF:
            self.removed[_KIND_OF[tag]] += 1
        elif tag not in ELEMENTS and element.namespace.value == "html":
            self.removed[UNKNOWN] += 1
        self._count_attributes(element)
        if tag in _BLOCK_WORDS:
            self.parts.append("<div>")
        elif tag in _SPACED_WORDS:
            self.parts.append(" ")

    def _open_image(self, element: Element) -> None:
        source = element.attr("src") or ""
        address, scheme = _address(source)
        found = self._image(source.strip()) if source.strip() else None
        if found is None and scheme not in ("", "http", "https"):
            found = NOT_SHOWN + (element.attr("alt") or scheme)
        if found is not None and found.startswith(NOT_SHOWN):
            self.removed[IMAGE] += 1
            self.parts.append(escape(words_for(found[1:]), quote=False))
            return
        kept, _ = self._attributes(element, "img", src=found if found is not None else address)
        self.parts.append(f"<img{kept}>")
        if found is None and (scheme or address.startswith("//")):
            self.removed[REMOTE] += 1

    def _attributes(self, element: Element, tag: str, src: str | None = None) -> tuple[str, str]:
        """The attributes that may stay, as text; and the words that belong behind a link."""
        given = attributes(element)
        if not given:
            return "", ""
        allowed = ALLOWED.get(tag, ALLOWED["*"])
        kept, behind = [], ""
        for name, value in given:
            if name not in allowed:
                self.removed[_kind_of(name)] += _matters(name)
                continue
            if name == "style":
                value, removed, images = _style(value)
                self.removed[STYLE] += removed
                self.removed[BACKGROUND] += images
            elif name == "src":
                value = src or ""
            elif name in ("href", "cite"):
                value, words = self._follow(value)
                behind += words if name == "href" else ""
            if value or name == "alt":
                kept.append(f'{name}="{escape(value)}"')
        return (" " + " ".join(kept) if kept else ""), behind

    def _follow(self, href: str) -> tuple[str, str]:
        """The address that a link keeps, and words to put behind it."""
        address, scheme = _address(href)
        if scheme in _RUNS:
            self.removed[ACTIVE if scheme not in ("cid", "mid", "about") else ADDRESS] += 1
            return "", ""
        words = self._link(href.strip())
        if words:
            return address, f" [{escape(words, quote=False)}]"
        if scheme and scheme not in LINKS:
            self.removed[ADDRESS] += 1
            return "", f" &lt;{escape(address, quote=False)}&gt;"
        return address, ""

    def _count_attributes(self, element: Element) -> None:
        """What goes with an element whose words stay, such as the body with its background."""
        for name, value in attributes(element):
            if name == "style":
                self.removed[BACKGROUND] += _style(value)[2]
            elif name.rpartition(":")[2] == "href":
                self.removed[ACTIVE] += _address(value)[1] in _RUNS
            elif (kind := _kind_of(name)) != ATTRIBUTE:
                self.removed[kind] += 1


@lru_cache(maxsize=1024)
def _address(value: str) -> tuple[str, str]:
    """An address as a browser reads it, and its scheme: control characters and blanks hide neither."""
    bare = _IGNORED_IN_ADDRESS.sub("", value)
    scheme = _SCHEME.match(bare)
    if scheme and scheme[1].lower() in _RUNS:
        return "", scheme[1].lower()
    stripped = re.sub(r"[\x00-\x1f\x7f]", "", value).strip()
    return stripped, scheme[1].lower() if scheme else ""


def _style(text: str) -> tuple[str, int, int]:
    """Declarations whose property and value are known to fetch and run nothing; how many others, how many images."""
    if len(text) > _MAX_STYLE or "\\" in text or "/*" in text:
        return "", 1, 0
    kept, removed, images = [], 0, 0
    for declaration in _DECLARATION.findall(text):
        name, colon, value = declaration.partition(":")
        if not colon:
            removed += bool(name.strip())
        elif name.strip().lower() in STYLES and _SAFE_VALUE.fullmatch(value.strip()):
            kept.append(f"{name.strip().lower()}:{value.strip()}")
        elif "url(" in value.lower():
            images += 1
        else:
            removed += 1
    return ";".join(kept), removed, images


def _kind_of(attribute: str) -> str:
    if attribute.startswith("on"):
        return ACTIVE
    return BACKGROUND if attribute in ("background", "poster") else ATTRIBUTE


def _matters(name: str) -> bool:
    return name not in _NO_MATTER and not name.startswith(("data-", "aria-", "xmlns:"))
