"""Text as Gorgias can hold it: lengths cut, HTML with a plain-text twin. Control bytes are `wire.clean_text`'s."""

from __future__ import annotations

from typing import NamedTuple

from migration_assets.html_tree import parse, read_markup
from migration_assets.transforms.html_text import text_of

SUBJECT_LENGTH = 998
"""Characters (gorgias-api.md 6.7)."""
BODY_BYTES = 1_000_000
"""Bytes of UTF-8; the reference says 1 MB, so the smaller reading is kept (gorgias-api.md 6.8)."""

UNCLOSED = "text behind a comment without an end"


def cut(text: str, characters: int) -> tuple[str, bool]:
    """The text, at most so many characters long; was it longer?"""
    return (text, False) if len(text) <= characters else (text[: characters - 1] + "…", True)


def cut_bytes(text: str, size: int = BODY_BYTES) -> tuple[str, bool]:
    """The text, at most so many bytes of UTF-8, never inside a character; was it longer?"""
    if len(text) * 4 <= size:
        return text, False
    encoded = text.encode()
    if len(encoded) <= size:
        return text, False
    kept = encoded[:size].decode(errors="ignore")
    return kept, True


def cut_html(html: str, size: int = BODY_BYTES) -> tuple[str, bool]:
    """The same for markup that a sanitizer wrote, never inside one of its tags."""
    kept, longer = cut_bytes(html, size)
    if longer and (opened := kept.rfind("<")) > kept.rfind(">"):
        kept = kept[:opened]
    return kept, longer


class Body(NamedTuple):
    """A body as the source has it; at least one of the two is there.

    Attributes:
        html: with every `<` that opens no tag written as `&lt;` (`html_tree.read_markup`).
        unclosed: a comment that never ends hides the rest of the HTML.
    """

    text: str | None
    html: str | None
    unclosed: bool = False

    @classmethod
    def of(cls, value: str, rich: bool) -> Body:
        """The value of a field: a plain field holds text whatever it looks like, a rich one HTML if it has a tag."""
        if rich and "<" in value:
            markup = read_markup(value)
            if markup.tags:
                return cls(None, markup.html, markup.unclosed)
        return cls(value, None)

    def plain(self) -> str:
        """The text, or the twin of the HTML: made on demand, since e-mails mostly bring their own."""
        return self.text if self.text is not None else text_of(parse(self.html or ""))
