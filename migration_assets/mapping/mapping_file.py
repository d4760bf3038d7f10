"""Reading and writing `mapping.yaml`. Every mistake in it is named with file, line and key.

YAML's own guesses are switched off: `Yes`, `1001` and `2020-01-01` stay the text that was written, because they are
option labels and ids here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from migration_assets.mapping.mistake_words import mistake, not_yaml
from migration_assets.mapping.model import Mapping
from migration_assets.own_words import own_words

CONFIRM = "in the UI the job confirm_mapping, or `migrate mapping confirm --by NAME`"
_AGAIN = f"Correct it, then confirm it: {CONFIRM}"
Path_ = tuple[Any, ...]
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""libyaml's where they are built in: a map of 120 fields takes the Python ones a third of a second."""


class MappingError(Exception):
    """A `mapping.yaml` that cannot be used; the message lists every mistake with its line."""


def load(path: Path) -> Mapping:
    """Read a map.

    Raises:
        MappingError: no such file, not YAML, a key given twice, an unknown key, a bad value, a target used twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MappingError(
            f"{path} does not exist. The asset mapping/proposal writes one: the job discover, or `migrate mapping "
            "propose`."
        ) from None
    except UnicodeDecodeError as error:
        raise MappingError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
    return parse(path, text)


@lru_cache(maxsize=2)
def parse(path: Path, text: str) -> Mapping:
    """A map from its text; `path` is named in errors. Every asset of a run reads the map, which a run does not change.

    Raises:
        MappingError: as `load`.
    """
    lines = _lines(path, text)
    try:
        mapping = Mapping.model_validate(yaml.load(text, Loader=_LOADER))  # noqa: S506 - only text
    except ValidationError as error:
        raise located(path, lines, map(mistake, error.errors())) from None
    problems = list(mapping.problems())
    if problems:
        raise located(path, lines, problems)
    return mapping


def check_against(path: Path, mapping: Mapping, problems: Iterable[tuple[Path_, str]]) -> None:
    """Raise the problems that a live schema or a budget showed, each with its line in the file."""
    found = list(problems)
    if found:
        raise located(path, _lines(path, path.read_text(encoding="utf-8")), found)


def save(path: Path, mapping: Mapping) -> None:
    """Write a map so that a person can edit it; the file appears whole or not at all."""
    content = mapping.model_dump(exclude_none=True, exclude_defaults=True)
    content = {"version": mapping.version, **content}
    for item in (item for items in content.get("fields", {}).values() for item in items):
        item["confidence"] = round(item.get("confidence", 1.0), 2)
    shape: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 110}
    text = yaml.dump(content, Dumper=_DUMPER, **shape)
    if "\\U" in text:
        # libyaml writes an emoji as its number, which nobody reads; Python's writes it as it is.
        text = yaml.safe_dump(content, **shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(own_words(_HEADER) + text, encoding="utf-8")
    draft.replace(path)


_HEADER = """\
# How Ivinex fields become Gorgias fields. Edit what is wrong, then confirm it:
# in the UI the job confirm_mapping, or `migrate mapping confirm --by NAME`.
# target.to: standard | custom_field | skip | note (tickets) | data (contacts, companies)
#            | meta (tickets, activities, tasks)
# values: option id or label -> target value.   missing: empty | default | quarantine
# unmapped: keep_label | skip | quarantine | default.   confidence and reason are notes for you.
# link_notes: roles whose records are named in an internal note of a ticket linked with them; [ticket] where it is left
#             out, [] for no such note.
# overflow: where what has no field of a customer's goes: data (one more call for each customer), or field (one text
#           custom field, "Ivinex record", of the 25, in the same call as the other values).
# restricted: carry, where all agents may see a field that some groups may not see in Ivinex; else transform: drop, mask
#             or hash, or target: {to: skip}.
# A value "to be decided" and a line to_decide are questions: write the value, correct or delete the line.
"""


def located(path: Path, lines: dict[Path_, int], problems: Iterable[tuple[Path_, str]]) -> MappingError:
    """One error that names each mistake by line and key, in the order of the file."""
    rows = []
    for loc, message in problems:
        known = next((loc[:size] for size in range(len(loc), 0, -1) if loc[:size] in lines), ())
        rows.append((lines.get(known, 1), ".".join(str(part) for part in loc), message))
    listed = "".join(f"\n  line {line}: {key}: {message}" for line, key, message in sorted(rows))
    return MappingError(f"{path} cannot be used:{listed}\n{_AGAIN}.")


def _lines(path: Path, text: str) -> dict[Path_, int]:
    """Path of keys -> line number, from 1.

    Raises:
        MappingError: not YAML, or a key given twice (YAML would silently keep the last).
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise MappingError(f"{path} is not YAML: {not_yaml(error, text)}. {_AGAIN}") from None
    if not isinstance(root, yaml.MappingNode):
        raise MappingError(
            f"{path} line 1: expected keys such as roles and fields, found something else. {_AGAIN}, or delete the "
            "file, and the job discover (`migrate mapping propose`) writes a new one."
        )
    lines: dict[Path_, int] = {}
    twice: list[tuple[Path_, str]] = []
    _walk(root, (), lines, twice)
    if twice:
        raise located(path, lines, twice)
    return lines


def _walk(node: yaml.Node, at: Path_, lines: dict[Path_, int], twice: list[tuple[Path_, str]]) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, key.value)
            if here in lines:
                twice.append((here, f"given already on line {lines[here]}"))
            lines[here] = key.start_mark.line + 1
            _walk(value, here, lines, twice)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*at, index), lines, twice)
