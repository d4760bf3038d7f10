"""What counts as HTML, and its tree: one bounded parse for every stage that reads a stranger's markup. Pure.

It belongs here: the grammar by which a rich-text value is HTML or text, and the parse into the tree that a browser
builds (the WHATWG algorithm, with a browser's limit of depth, so that the work grows with the size and no faster).
It does not: what is done with the tree (transforms/html_text.py makes the words of it, staging/bodies/safe_html.py the
safe markup).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import turbohtml
from turbohtml import Document, Element, Token, TokenType

from migration_assets.html_weight import bounded

MAX_CHARACTERS = 8_000_000
"""What follows is cut before the parse; a body of Gorgias holds a megabyte."""
MAX_NODES = 150_000
"""A larger tree is not walked: its words are kept, its layout is not."""
MAX_TOKENS = 2 * MAX_NODES
"""Tags and texts of a value that are told apart, one by one; the tree of a value of more is not walked anyway."""

_ELEMENTS_WORDS = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink "
    "blockquote body br button canvas caption center cite code col colgroup command data datalist dd del "
    "details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset "
    "h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd keygen label "
    "legend li link listing main map mark marquee math menu menuitem meta meter nav nobr noembed noframes "
    "noscript object ol optgroup option output p param picture plaintext pre progress q rb rp rt rtc ruby "
    "s samp script search section select slot small source spacer span strike strong style sub summary "
    "sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr "
    "xml xmp"
)
ELEMENTS = frozenset(_ELEMENTS_WORDS.split())
"""Names that make `<name>` a tag: HTML's own, those of its earlier versions among them."""
_FLAGS_WORDS = (
    "allowfullscreen async autofocus autoplay border checked compact controls declare default defer "
    "disabled hidden inert ismap itemscope loop multiple muted nohref noresize noshade novalidate nowrap "
    "open readonly required reversed selected"
)
_FLAGS = frozenset(_FLAGS_WORDS.split())
_MARKUP = (TokenType.START_TAG, TokenType.END_TAG)
_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_OPENING = re.compile(r"<(?=[a-zA-Z/!?])")
_LINE_ENDS = re.compile(r"\r\n?")
_QUOTED = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")
_ROOT = re.compile(r"<(html|body)(?=[\s/])", re.IGNORECASE)
"""Each further one would add its attributes to the first's, one by one, each compared with all."""
_XML = re.compile(r"\s*<\?xml\b", re.IGNORECASE)


@dataclass
class Markup:
    """A value read by the grammar.

    Attributes:
        html: the value with every `<` that opens no tag written as `&lt;`.
        tags: how many real tags it holds; 0: it is text.
        document: it says itself that it is a whole document of a mail client or a browser.
        unclosed: words of a comment that never ends, which hides the rest of the value.
    """

    html: str
    tags: int = 0
    document: bool = False
    unclosed: bool = False
    _escapes: list[tuple[int, int]] = field(default_factory=list, repr=False)
    _left: int = field(default_factory=lambda: MAX_TOKENS, repr=False)
    _foreign: str = ""


def is_html(value: str) -> bool:
    """Is a rich-text value HTML? It is when it holds a real tag; an address in angle brackets is none."""
    return "<" in value and read_markup(value).tags > 0


def read_markup(value: str) -> Markup:
    """Tell tags from other text in angle brackets: addresses, comparisons, XML, names of placeholders.

    A real tag has a name of HTML and attributes as HTML writes them; names with a prefix or a hyphen (`o:p`) are
    extensions of it. In a whole document an unknown name is a tag too, as it is to a browser, but an address never is.
    """
    value = _LINE_ENDS.sub("\n", value[:MAX_CHARACTERS])
    found = Markup(value, document=_DOCUMENT.search(value) is not None)
    if "<" not in value:
        return found
    if _XML.match(value) and not found.document:
        return Markup(value.replace("<", "&lt;"))
    starts = [0, *(place + 1 for place, mark in enumerate(value) if mark == "\n")] if "\n" in value else [0]
    end = 0
    names: list[str] = []
    for token in turbohtml.tokenize(value, resolve_references=False, capture_source=True):
        found._left -= 1
        if found._left < 0:
            end = len(value)
            break
        if token.source is None or token.type is TokenType.CHARACTER_REFERENCE:
            continue
        at = starts[token.line - 1] + token.col
        end = at + len(token.source)
        if token.type in _MARKUP:
            names.append(token.tag or "")
            _judge(token, at, found)
        elif token.type is TokenType.COMMENT:
            found.unclosed |= token.source.startswith("<!--") and not token.source.endswith("-->")
    # A tag that never ends would swallow the rest of the value.
    if opening := _OPENING.search(value, end):
        found._escapes.append((opening.start(), len(value)))
    # XML of a kind of its own; a stray bracket in front of a tag makes no name of XML.
    if not found.document and names and names[0] == names[-1] and "<" not in names[0] and not _is_name(names[0]):
        return Markup(value.replace("<", "&lt;"))
    found.html = _escaped(value, found._escapes)
    return found


def parse(html: str) -> Document:
    """The tree of a value that `read_markup` has prepared; any text has one, and the work grows with its length."""
    seen: set[str] = set()

    def once(root: re.Match[str]) -> str:
        known = root[1].lower() in seen
        seen.add(root[1].lower())
        return f"<x-{root[1]}" if known else root[0]

    return turbohtml.parse(_ROOT.sub(once, bounded(html[:MAX_CHARACTERS])), positions=False)


def images(html: str) -> Iterator[tuple[str, str]]:
    """(source, alternative text) of each image of a value as it is, in order; its grammar is not asked for."""
    for element in parse(html).iter_elements("img"):
        source = (element.attr("src") or "").strip()
        if source:
            yield source, (element.attr("alt") or "").strip()


def attributes(element: Element) -> list[tuple[str, str]]:
    """Name and value of each attribute; one without a value has ""."""
    return [
        (name, " ".join(value) if isinstance(value, list) else value or "") for name, value in element.attrs.items()
    ]


def _judge(token: Token, at: int, found: Markup) -> None:
    """Count a real tag; note the `<` of any other. Drawings and formulas have names of their own."""
    if (found._foreign and "@" not in (token.tag or "")) or _is_tag(token, found.document):
        found.tags += 1
        if token.tag in ("svg", "math") and token.type is TokenType.START_TAG and not token.self_closing:
            found._foreign = found._foreign or token.tag
        elif token.tag == found._foreign:
            found._foreign = ""
        return
    source = token.source or ""
    found._escapes.append((at, at + 1))
    inner = source[1:]
    if "<" not in inner:
        return
    # What looked like one tag may hold a real one behind a stray bracket. It is looked at once, so that the work
    # stays in proportion: what is still no tag then is text as a whole.
    known: list[int] = []
    if "\n" not in inner:
        for one in turbohtml.tokenize(inner, resolve_references=False, capture_source=True):
            found._left -= 1
            if found._left < 0:
                break
            if one.type in _MARKUP and _is_tag(one, found.document) and "<" not in (one.source or "")[1:]:
                known.append(one.col)
                found.tags += 1
    between = zip([-1, *known], [*known, len(inner)], strict=True)
    found._escapes += [(at + 2 + first, at + 1 + last) for first, last in between]


def _is_tag(token: Token, document: bool) -> bool:
    name = token.tag or ""
    if "@" in name or "//" in (token.source or "")[: len(name) + 4].partition(" ")[0]:
        return False
    if not (_is_name(name) or (document and name[:1].isalpha() and name.isalnum())):
        return False
    return token.type is TokenType.END_TAG or document or _has_html_attributes(token)


def _is_name(name: str) -> bool:
    """HTML's own names, and extensions such as `o:p`, `st1:city` and `x-tab`."""
    if name in ELEMENTS:
        return True
    parts = re.split("[:-]", name)
    return len(parts) > 1 and all(part.isalnum() for part in parts) and name[:1].isalpha()


def _has_html_attributes(token: Token) -> bool:
    """`<b and c>` is a comparison: an attribute has a value, or is one of the flags that HTML knows."""
    given = token.attrs or []
    if any("<" in name for name, _ in given):
        return False
    if "<" in (source := token.source or "")[1:] and "<" in _QUOTED.sub("", source)[1:]:
        return False
    return not given or any(value or name in _FLAGS for name, value in given) or "=" in (token.source or "")


def _escaped(value: str, places: list[tuple[int, int]]) -> str:
    """The value with each `<` of these stretches written as `&lt;`."""
    parts, done = [], 0
    for first, last in sorted(places):
        parts += [value[done:first], value[max(first, done) : last].replace("<", "&lt;")]
        done = max(done, last)
    return "".join([*parts, value[done:]])
