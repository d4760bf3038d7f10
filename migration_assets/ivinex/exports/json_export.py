"""JSON files among the admin's exports, checked against a model: every mistake named with file, line and place.

It belongs here: reading a list of objects. It does not: what such an object is (workflow_model.py,
saved_view_model.py).
"""

import json
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from migration_assets.ivinex.exports.export_files import ExportProblem

SHOWN = 10
"""Mistakes that one message names."""
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Exported(BaseModel):
    """One object of an export, typed in or exported by somebody: numbers may stand for text, unknown keys may not."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, populate_by_name=True)


Kind = TypeVar("Kind", bound=Exported)


def read_list(file: Path, kind: type[Kind]) -> list[Kind]:
    """Reads a JSON list of objects of one kind.

    Raises:
        ExportProblem: no UTF-8, no JSON (line and column), no list, an object of another shape (line and path), or
            an `id` given twice.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
        content = json.loads(text)
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise ExportProblem(f"{file}, line {line}: is not UTF-8; save it as UTF-8") from None
    except json.JSONDecodeError as error:
        raise ExportProblem(f"{file}, line {error.lineno}, column {error.colno}: is not JSON: {error.msg}") from None
    if not isinstance(content, list):
        raise ExportProblem(f"{file}, line 1: expected a list of objects in brackets")
    found: list[Kind] = []
    problems: list[tuple[tuple[Any, ...], str]] = []
    places: dict[str, int] = {}
    for place, item in enumerate(content):
        try:
            made = kind.model_validate(item)
        except ValidationError as error:
            problems += [((place, *one["loc"]), _words(one, kind)) for one in error.errors()]
            continue
        first = places.setdefault(str(getattr(made, "id", place)), place)
        if first != place:
            problems.append(((place, "id"), f"is that of [{first}] already"))
        found.append(made)
    if problems:
        raise ExportProblem(_message(file, text, problems))
    return found


def _words(error: Any, kind: type[Exported]) -> str:
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        known = ", ".join(field.alias or name for name, field in kind.model_fields.items())
        return f"unknown key; known: {known}"
    return {"extra_forbidden": "unknown key", "missing": "is missing"}.get(error["type"], str(error["msg"]))


def _message(file: Path, text: str, problems: list[tuple[tuple[Any, ...], str]]) -> str:
    root = _compose(text)
    lines = []
    for place, words in problems[:SHOWN]:
        number = _line(root, place)
        lines.append(f"{file}, " + (f"line {number}, " if number else "") + f"{_path(place)}: {words}")
    more = f"\nand {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return "\n".join(lines) + more


def _path(place: tuple[Any, ...]) -> str:
    """`[2].actions[0].type`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)


def _compose(text: str) -> yaml.Node | None:
    """The document with line numbers: JSON is nearly YAML, and where it is not, only the line is not known."""
    try:
        node: yaml.Node | None = yaml.compose(text.replace("\t", " "), Loader=_LOADER)
    except yaml.YAMLError:
        return None
    return node


def _line(node: yaml.Node | None, place: tuple[Any, ...]) -> int | None:
    """Line of the innermost thing on the way to `place` that is there."""
    if node is None:
        return None
    line: int = node.start_mark.line + 1
    if place:
        inside = None
        if isinstance(node, yaml.SequenceNode) and isinstance(place[0], int):
            inside = node.value[place[0]]
        elif isinstance(node, yaml.MappingNode):
            inside = next((value for key, value in node.value if key.value == place[0]), None)
        line = _line(inside, place[1:]) or line
    return line
