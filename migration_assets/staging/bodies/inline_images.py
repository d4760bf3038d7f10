"""Which file an image of a body is. Pure.

An image is found by its own address or Content-ID, by the name of a file, and where neither says it by elimination:
when one image of the body and one picture of the record are left. Two files of one name belong to two images of that
name in their order, as mail clients write them (`image001.png` twice). What fits more than one file is shown as its
name, never as the wrong picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from migration_assets.ivinex.file_identity import image_key, image_label, on_site
from migration_assets.staging.bodies.safe_html import FILE_URL, NOT_SHOWN
from migration_assets.staging.file_names import safe_name

AMBIGUOUS = "image fits several files, left as its name"
_PICTURES = frozenset(
    {".apng", ".avif", ".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".svg", ".tif", ".tiff", ".webp"}
)

File = dict[str, Any]


class InlineImages:
    """The images of one body and the files of its record.

    Args:
        files: rows of ivinex.attachments in their order.
        sources: sources of the body's images in their order.
        site: host of the configured Ivinex site.

    Attributes:
        removed: kind -> how often, for what make_safe cannot know.
    """

    def __init__(self, files: Sequence[File], sources: Iterable[str], site: str):
        self.removed: Counter[str] = Counter()
        self._notes: list[str] = []
        self._site = site
        self._by_key = {row["source_id"].rpartition("/")[2]: row for row in files}
        self._by_label: dict[str, list[File]] = {}
        for row in files:
            labels = {_plain(label) for label in (row["name"], *orjson.loads(row["labels"] or "[]"))}
            for label in labels - {""}:
                self._by_label.setdefault(label, []).append(row)
        wanted = list(dict.fromkeys(source.strip() for source in sources if source.strip()))
        self._files: dict[str, File | None] = {}
        self._named: dict[str, str] = {}
        self._place(wanted, files)

    def source(self, source: str) -> str | None:
        """The image's new source; NOT_SHOWN and its name where it cannot be shown; None where it may stay."""
        source = source.strip()
        if source not in self._named:
            return None
        row, named = self._files.get(source), self._named[source]
        if row is not None and row["status"] == "ok":
            return f"{FILE_URL}{row['sha256']}"
        name = safe_name(row["name"] if row else named)
        if row is None and self._candidates(source):
            self.removed[AMBIGUOUS] += 1
            self._notes.append(f'The image "{name}" is shown as its name, because more than one could be meant, in')
        elif row is None:
            self._notes.append(f'The image "{name}" is shown as its name, because no file of that name came with')
        else:
            self._notes.append(f'The image "{name}" is shown as its name, because its file is not here, in')
        return NOT_SHOWN + name

    def notes(self, external_id: str) -> list[str]:
        return [f"{line} {external_id}" for line in dict.fromkeys(self._notes)]

    def _place(self, wanted: Sequence[str], files: Sequence[File]) -> None:
        unnamed: list[str] = []
        same_name: dict[str, list[str]] = {}
        for source in wanted:
            named = _name_of(source, self._site)
            if named is None:
                continue
            self._named[source] = named
            exact = self._exact(source)
            if exact is not None:
                self._files[source] = exact
            elif self._candidates(source):
                same_name.setdefault(_plain(named), []).append(source)
            else:
                unnamed.append(source)
        taken = {row["source_id"] for row in self._files.values() if row}
        for sources in same_name.values():
            left = [row for row in self._candidates(sources[0]) if row["source_id"] not in taken]
            if len(left) == len(sources) or (len(left) > len(sources) and len(_distinct(left)) == 1):
                self._files |= dict(zip(sources, left, strict=False))
                taken |= {row["source_id"] for row in left[: len(sources)]}
        left = [row for row in files if row["source_id"] not in taken and _is_picture(row)]
        ambiguous = any(source not in self._files for sources in same_name.values() for source in sources)
        if len(unnamed) == 1 == len(left) and not ambiguous and unnamed[0].lower().startswith(("cid:", "mid:")):
            self._files[unnamed[0]] = left[0]

    def _exact(self, source: str) -> File | None:
        """By Content-ID or by the image's own address, where one file alone has it."""
        if source.lower().startswith("cid:"):
            found = self._by_label.get(_plain(unquote(source[4:])), [])
            return found[0] if len(found) == 1 and "@" in source else None
        if source.startswith("data:") or on_site(source, self._site):
            labelled = self._by_label.get(image_label(source), [])
            return self._by_key.get(image_key(source)) or (labelled[0] if labelled else None)
        return None

    def _candidates(self, source: str) -> list[File]:
        named = self._named.get(source) or ""
        return self._by_label.get(_plain(named), []) if named else []


def _name_of(source: str, site: str) -> str | None:
    """By which name the image may be known; None where it lies elsewhere on the web and stays."""
    lowered = source.lower()
    if lowered.startswith(("cid:", "mid:")):
        return unquote(source[4:]).strip("<> ").partition("@")[0].rpartition("/")[2]
    if lowered.startswith("data:") or on_site(source, site):
        return "picture"
    if lowered.startswith(("http:", "https:", "//")):
        return None
    try:
        parts = urlsplit(source)
        given = parse_qs(parts.query).get("filename", [""])[0]
    except ValueError:
        parts, given = urlsplit(""), ""
    return given or unquote(parts.path).replace("\\", "/").rstrip("/").rpartition("/")[2] or "picture"


def _plain(label: str) -> str:
    return label.strip("<> ").lower()


def _distinct(files: Iterable[File]) -> set[Any]:
    return {row["sha256"] or row["source_id"] for row in files}


def _is_picture(row: File) -> bool:
    kind = str(row.get("content_type") or row.get("claimed_type") or "")
    return kind.startswith("image/") or PurePosixPath(str(row["name"])).suffix.lower() in _PICTURES
