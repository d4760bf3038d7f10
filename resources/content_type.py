"""What a content is, told by its first bytes; a name and a claimed type may say anything.

It belongs here: the judgement over puremagic's signatures. It does not: storing contents (files.py).
"""

import mimetypes
from pathlib import PurePosixPath
from typing import NamedTuple

import puremagic

UNKNOWN = "application/octet-stream"
SURE = 0.4
"""puremagic's confidence grows with the length of a signature; two bytes, as in `BM`, prove nothing."""
SIGNED = frozenset({".pdf", ".png", ".gif", ".jpg", ".jpeg", ".zip"})
"""Kinds whose contents always begin with their signature."""
ALIKE = {".jpeg": ".jpg", ".htm": ".html", ".tiff": ".tif"}


class Kind(NamedTuple):
    """The content's type, and whether its name promises another one."""

    content_type: str
    misnamed: bool


def kind_of(head: bytes, name: str) -> Kind:
    """Judge by the first bytes; where they say nothing, believe the name.

    Args:
        head: the beginning of the content, some kilobytes.
        name: the file's name, which tells among several kinds of one signature (a .docx is a zip).
    """
    suffix = PurePosixPath(name.lower()).suffix
    named = mimetypes.guess_type(f"x{suffix}")[0] if suffix else None
    found = _signatures(head)
    if any(one.mime_type == named or _alike(one.extension) == _alike(suffix) for one in found):
        return Kind(named or found[0].mime_type or UNKNOWN, False)
    # In a text any word may look like somebody's signature.
    sure = [one for one in found if _plain(head) == UNKNOWN or (one.extension in SIGNED and one.offset == 0)]
    best = max(sure, key=lambda one: one.confidence, default=None)
    if best and best.confidence >= SURE and best.mime_type:
        other = _family(best.mime_type) not in (None, _family(named))
        return Kind(best.mime_type, named is not None and (suffix in SIGNED or other))
    if suffix in SIGNED:
        return Kind(_plain(head), True)
    return Kind(named or _plain(head), False)


def is_html(head: bytes) -> bool:
    """Does it begin as a web page?"""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _signatures(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    try:
        return puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []


def _family(content_type: str | None) -> str | None:
    """image, audio or video; others overlap too much to call one of them a lie."""
    family = (content_type or "").split("/")[0]
    return family if family in ("image", "audio", "video") else None


def _alike(suffix: str) -> str:
    return ALIKE.get(suffix, suffix)


def _plain(head: bytes) -> str:
    """Text or bytes; a character cut at the end of the head does not count."""
    try:
        text = head.decode("utf-8", "strict") if len(head) < 16 else head[:-3].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return UNKNOWN
    readable = text.encode() == head[: len(text.encode())] and not any(c < " " and c not in "\t\r\n\f" for c in text)
    return "text/plain" if readable else UNKNOWN
