"""Text as Gorgias can hold it: lengths cut, HTML with a plain-text twin. Control bytes are `wire.clean_text`'s."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

SUBJECT_LENGTH = 998
"""Characters (gorgias-api.md 6.7)."""
BODY_BYTES = 1_000_000
"""Bytes of UTF-8; the reference says 1 MB, so the smaller reading is kept (gorgias-api.md 6.8)."""

_TAG = re.compile(
    r"</?(?:a|b|blockquote|body|br|center|code|div|em|font|h[1-6]|head|hr|html|i|img|li|meta|ol|p|pre|script|span|strong|style|"
    r"table|tbody|td|th|tr|u|ul)\b[^<>]*>|<!--|<!doctype",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\r\f\v]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")


def cut(text: str, characters: int) -> tuple[str, bool]:
    """The text, at most so many characters long; was it longer?"""
    return (text, False) if len(text) <= characters else (text[: characters - 1] + "…", True)


def cut_bytes(text: str, size: int = BODY_BYTES) -> tuple[str, bool]:
    """The text, at most so many bytes of UTF-8, never inside a character or an HTML tag; was it longer?"""
    if len(text) * 4 <= size:
        return text, False
    encoded = text.encode()
    if len(encoded) <= size:
        return text, False
    kept = encoded[:size].decode(errors="ignore")
    opened = kept.rfind("<")
    if opened > kept.rfind(">") and is_html(text[opened : opened + 4000]):
        kept = kept[:opened]
    return kept, True


class Body(NamedTuple):
    """A body as the source has it; at least one of the two is there."""

    text: str | None
    html: str | None

    def plain(self) -> str:
        """The text, or the twin of the HTML: made on demand, since e-mails mostly bring their own."""
        return self.text if self.text is not None else to_text(self.html or "")


def is_html(text: str) -> bool:
    """Does the text hold a tag?"""
    return "<" in text and _TAG.search(text) is not None


def to_text(html: str) -> str:
    """The plain-text twin of an HTML body: blocks become lines, links keep their address, scripts and styles go."""
    parser = _Twin()
    parser.feed(html)
    parser.close()
    text = _SPACES.sub(" ", "".join(parser.parts)).replace(" \n", "\n").replace("\n ", "\n")
    return _BLANK_LINES.sub("\n\n", text).strip()


class _Twin(HTMLParser):
    _BLOCKS = frozenset(
        {
            "address",
            "article",
            "blockquote",
            "br",
            "dd",
            "div",
            "dl",
            "dt",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "tr",
            "ul",
        }
    )
    _SILENT = frozenset({"script", "style", "head", "title", "template"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []
        self._href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent.append(tag)
        elif tag in self._BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag == "td":
            self.parts.append(" ")
        elif tag == "a":
            self._href = dict(attrs).get("href")
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self.parts.append(f"[{alt}]")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag in {"p", "div", "table", "blockquote", "ul", "ol"} or (tag[:1] == "h" and tag[1:].isdigit()):
            self.parts.append("\n")
        elif tag == "a" and self._href:
            shown = "".join(self.parts[-1:]).strip()
            if self._href.startswith(("http://", "https://")) and self._href.rstrip("/") != shown.rstrip("/"):
                self.parts.append(f" <{self._href}>")
            self._href = None

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
