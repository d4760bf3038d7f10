"""The words of an HTML tree as a browser would show them: the plain-text twin of a body. Pure.

It belongs here: blocks as lines, cells, lists, quotes, preformatted text, addresses behind links. It does not: what is
HTML (html_tree.py) and markup (staging/bodies/safe_html.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from turbohtml import CData, Document, Element, Node, Text

from migration_assets.html_tree import MAX_NODES

_HIDDEN_WORDS = (
    "audio base basefont bgsound datalist frame frameset head iframe link meta noembed noframes param "
    "script source style template title track video"
)
HIDDEN = frozenset(_HIDDEN_WORDS.split())
"""Elements whose content no reader sees."""
_BLOCKS_WORDS = (
    "address article aside body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form header hgroup html legend li main menu nav noscript ol option search section summary tr "
    "ul"
)
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_APART_WORDS = "blockquote h1 h2 h3 h4 h5 h6 hr listing p plaintext pre table xmp"
_APART = frozenset(_APART_WORDS.split())
"""Blocks with an empty line before and after."""
_CELLS = frozenset({"td", "th"})
_WORDS_APART_WORDS = "button input label optgroup select textarea"
_WORDS_APART = frozenset(_WORDS_APART_WORDS.split())
_PREFORMATTED = frozenset({"listing", "plaintext", "pre", "textarea", "xmp"})
_SPACES = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_DEEPEST_QUOTE = 8
_SHOWN_ADDRESS = 2_000


def text_of(tree: Document) -> str:
    """The words of the tree: blocks are lines, cells apart, lists have marks, quotes `>`, links their address."""
    nodes = sum(1 for _ in tree.descendants)
    if nodes > MAX_NODES:
        for element in list(tree.iter_elements(HIDDEN)):
            element.decompose()
        return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in tree.text.splitlines())).strip()
    page = _Page()
    for node, opening in walk(tree):
        if isinstance(node, (Text, CData)):
            page.text(node.data)
        elif isinstance(node, Element):
            page.open(node) if opening else page.close(node)
    return page.finished()


def walk(tree: Node, hidden: frozenset[str] = HIDDEN) -> Iterator[tuple[Node, bool]]:
    """Every node in the order of the document: elements when they open (True) and close; hidden ones are left out."""
    open_: list[tuple[Node, Iterator[Node]]] = [(tree, iter(tree.children))]
    while open_:
        parent, children = open_[-1]
        node = next(children, None)
        if node is None:
            open_.pop()
            if isinstance(parent, Element):
                yield parent, False
        elif not isinstance(node, Element):
            yield node, True
        elif node.tag not in hidden:
            yield node, True
            open_.append((node, iter(node.children)))


class _Page:
    """Lines under construction."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._gap = ""
        self._break = 0
        self._quotes = 0
        self._preformatted = 0
        self._lists: list[int | None] = []
        self._mark = ""
        self._links: list[tuple[str, int, int]] = []
        self._after_address = False

    def text(self, data: str) -> None:
        if self._preformatted:
            first, *rest = data.split("\n")
            self._put(first)
            for line in rest:
                self._end_line()
                self._put(line)
            return
        words = _SPACES.sub(" ", data)
        if words.startswith(" ") and not self._gap:
            self._gap = " "
        if stripped := words.strip(" "):
            self._put(stripped)
            self._gap = " " if words.endswith(" ") else ""

    def open(self, element: Element) -> None:
        tag = element.tag
        if tag == "br":
            self._flush()
            self._end_line()
        elif tag in _CELLS:
            # An empty cell keeps the ones behind it in their column.
            self._gap = f"{self._gap}\t" if self._gap.startswith("\t") else "\t"
        else:
            self._part(tag)
        if tag == "blockquote":
            self._quotes += 1
        elif tag in ("ul", "ol", "menu", "dir"):
            self._lists.append(_start(element) if tag == "ol" else None)
        elif tag == "li":
            self._mark = self._next_mark(element)
        elif tag == "a":
            self._links.append((address_of(element), len(self._lines), len(self._line)))
        elif tag == "img" and (alt := _SPACES.sub(" ", element.attr("alt") or "").strip()):
            self._put(f"[{alt}]")
        self._preformatted += tag in _PREFORMATTED

    def close(self, element: Element) -> None:
        tag = element.tag
        self._preformatted -= tag in _PREFORMATTED
        if tag == "a" and self._links:
            self._close_link(*self._links.pop())
        elif tag in ("ul", "ol", "menu", "dir") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._mark = ""
        self._part(tag)
        if tag == "blockquote":
            self._quotes -= 1

    def _part(self, tag: str) -> None:
        """Keep what is before the tag apart from what is after it."""
        if tag in _APART:
            self._block(2)
        elif tag in _BLOCKS:
            self._block(1 if not (tag in ("ul", "ol") and not self._lists) else 2)
        elif tag in _WORDS_APART:
            self._gap = self._gap or " "

    def finished(self) -> str:
        self._block(1)
        text = "\n".join(self._lines)
        return _BLANK_LINES.sub("\n\n", text).strip("\n")

    def _put(self, words: str) -> None:
        if not words:
            return
        self._flush()
        if self._line and (self._gap or (self._after_address and words[0].isalnum())):
            self._line.append(self._gap or " ")
        self._gap, self._after_address = "", False
        if not self._line:
            self._line.append(self._indent())
        self._line.append(words)

    def _indent(self) -> str:
        quoted = "> " * min(self._quotes, _DEEPEST_QUOTE)
        if not self._lists:
            return quoted
        step = "  " * min(len(self._lists) - 1, _DEEPEST_QUOTE)
        mark, self._mark = self._mark, ""
        return f"{quoted}{step}{mark or '  '}"

    def _flush(self) -> None:
        """Write the empty line that a block asked for, before what follows it."""
        if self._break > 1 and self._lines and self._lines[-1].strip("> "):
            self._lines.append("")
        self._break = 0

    def _end_line(self) -> None:
        self._lines.append("".join(self._line).rstrip(" \t"))
        self._line, self._gap = [], ""

    def _block(self, lines: int) -> None:
        if "".join(self._line).strip():
            self._end_line()
        self._line, self._gap = [], ""
        self._break = max(self._break, lines)

    def _next_mark(self, element: Element) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        value = element.attr("value") or ""
        number = int(value) if value.isdecimal() and len(value) < 10 else self._lists[-1]
        self._lists[-1] = number + 1
        return f"{number}. "

    def _close_link(self, address: str, line: int, place: int) -> None:
        if not address:
            return
        shown = "".join(self._line[place:]) if line == len(self._lines) else ""
        if _bare(address) != _bare(shown):
            self._gap = " "
            self._put(f"<{address[:_SHOWN_ADDRESS]}>")
            self._after_address = True


def address_of(element: Element) -> str:
    """The address of a link as a reader would need it: in full, without what runs or lies in the mail itself."""
    href = element.attr("href") or ""
    plain = re.sub(r"[\x00-\x20\x7f]+", "", href) if not href.isprintable() or " " in href else href
    scheme = _SCHEME.match(plain)
    hidden = ("javascript:", "vbscript:", "data:", "cid:", "about:", "blob:")
    return plain if scheme and not plain.lower().startswith(hidden) else ""


def _bare(address: str) -> str:
    """What an address and the words that show it have in common."""
    lowered = address.strip().lower()
    for start in ("mailto:", "tel:", "http://", "https://", "ftp://", "www."):
        lowered = lowered.removeprefix(start)
    return lowered.strip("<>/ ")


def _start(element: Element) -> int:
    value = element.attr("start") or "1"
    return int(value) if value.isdecimal() and len(value) < 10 else 1
