"""Whether a staged body says what its source says: words, lines and images, by the witness's own reader. Pure.

A text that was cut, which its loss row says, may end in the middle of a word.

It belongs here: the rules for one text. It does not: reading (witness_reader.py) and which text belongs where
(content_witness.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from migration_assets.ivinex.file_identity import image_key, image_label, on_site
from migration_assets.staging.validation import witness_reader as reader

FILE_URL = "https://files.invalid/"
MISSING, ADDED, LINES = "words are missing", "words that the source has not", "lines or indents differ"
NO_MARKUP, MARKUP = "the markup is missing", "plain text became markup"
NO_IMAGE, WRONG_IMAGE = "an image is missing", "not the image that the source names"
NO_CONTENT = "(no text in Ivinex)"

File = dict[str, Any]


def of_plain(source: str, staged: str, header: str, cut: bool, instead: str = "") -> Iterator[str]:
    """A text that is carried as it is: every line with its indent.

    Args:
        instead: what is known of the record otherwise; it may stand where a text has no words.
    """
    if staged == source or staged == f"{header}\n\n{source}":
        return
    wanted, found = reader.without_additions(source), reader.without_additions(staged)
    if header and not wanted.startswith(header) and found.startswith(header):
        found = found[len(header) :].lstrip("\n")
    lines, kept = (
        [line.rstrip() for line in text.strip("\n ").splitlines()] for text in (reader.cleaned(wanted), found)
    )
    if lines == kept or (cut and lines[: len(kept) - 1] == kept[:-1]):
        return
    missing, added = _difference(" ".join(lines), " ".join(kept), header, instead)
    if missing and not cut:
        yield MISSING
    if added.total() > cut:
        yield ADDED
    if not missing and not added and not cut:
        yield LINES


def of_html_and_text(source: str, staged: str, header: str, cut: bool, instead: str = "") -> Iterator[str]:
    """The plain text that is made of HTML: its words, the addresses behind links, the marks of lists.

    Args:
        instead: as for a plain text; of a mail that is one picture, its subject.
    """
    if reader.pieces(source) == staged.split():
        return
    visible = reader.text_of_html(source)
    missing, added = _difference(visible, staged, header, instead)
    extra = reader.words_of_attributes(source)
    if missing and not cut:
        yield MISSING
    if sum(not word.isdigit() and word not in extra for word in added) > cut:
        yield ADDED


def of_html(source: str, staged: str, header: str, cut: bool, names: Sequence[str]) -> Iterator[str]:
    """Markup: every visible word, and none that is hidden in the source.

    Args:
        names: of the record's files, which may stand where an image cannot.
    """
    if source == staged or reader.pieces(source) == reader.pieces(staged, written=True):
        return
    missing, added = _difference(reader.text_of_html(source), reader.text_of_html(staged, written=True), header)
    if missing and not cut:
        yield MISSING
    allowed = set(reader.words(" ".join(names))) if names else set()
    if len(set(added) - allowed) > cut:
        yield ADDED


def of_images(source: str, staged: str, files: Sequence[File], site: str, cut: bool) -> Iterator[str]:
    """Each image of the body is there, in its place: its own file, its own address, or words in its stead."""
    wanted, found = reader.images(source), reader.images(staged)
    if len(found) < len(wanted) and not cut:
        yield NO_IMAGE
        return
    named = list(dict.fromkeys(one for one in wanted if one.lower().startswith(("cid:", "mid:"))))
    for one, shown in zip(wanted, found, strict=False):
        if shown.startswith(FILE_URL):
            if shown.removeprefix(FILE_URL) not in _fitting(one, named, files, site):
                yield WRONG_IMAGE
        elif not shown.startswith("[image: ") and "".join(shown.split()) != "".join(one.split()):
            yield WRONG_IMAGE


def _fitting(source: str, named: list[str], files: Sequence[File], site: str) -> set[str]:
    """Contents that may stand for an image: by identity, by name in order, or the one that is left."""
    if source.startswith("data:") or on_site(source, site):
        key, label = image_key(source), image_label(source)
        return {str(row["sha256"]) for row in files if row["source_id"].endswith(f"/{key}") or label in _labels(row)}
    wanted = source.partition(":")[2] if source in named else source
    wanted = wanted.strip("<> ").lower()
    whole = [row for row in files if wanted in _labels(row)]
    if len(whole) == 1:
        return {str(whole[0]["sha256"])}
    name = _name(source, named)
    same = [row for row in files if name in _labels(row)]
    rivals = [one for one in named if _name(one, named) == name]
    if same:
        if len(same) == len(rivals) > 1 and len({row["sha256"] for row in same}) > 1:
            return {str(same[rivals.index(source)]["sha256"])}
        return {str(row["sha256"]) for row in same} if len(same) >= max(len(rivals), 1) else set()
    claimed = {_name(one, named) for one in named if one != source}
    return {str(row["sha256"]) for row in files if not claimed & _labels(row)}


def _name(source: str, named: list[str]) -> str:
    bare = source.partition(":")[2].partition("@")[0] if source in named else source.split("?", maxsplit=1)[0]
    return bare.replace("\\", "/").rstrip("/").rpartition("/")[2].strip("<> ").lower()


def _labels(row: File) -> set[str]:
    return {str(label).strip("<> ").lower() for label in (row["name"], *orjson.loads(row["labels"] or "[]"))}


def _difference(source: str, staged: str, header: str, instead: str = "") -> tuple[reader.Words, reader.Words]:
    """Words that are missing in the staged text, and words that are there beside the source's."""
    wanted = reader.words(reader.without_additions(source))
    found = reader.words(reader.without_additions(staged))
    added = found - wanted
    if header and added:
        added -= reader.words(header)
    if not wanted:
        added -= reader.words(NO_CONTENT) | reader.words(instead)
    return wanted - found, added
