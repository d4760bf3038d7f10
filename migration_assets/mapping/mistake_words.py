"""What a mistake in mapping.yaml is called, with what may stand there. Pure.

It belongs here: the words of pydantic's and YAML's errors in those of the file, without the offending value. It does
not: finding the line (mapping_file.py), and rules of the map (model.py).
"""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel

from migration_assets.mapping.model import FieldMap, Mapping, Target

Location = tuple[Any, ...]
_SHAPES = {
    "string_type": "must be one piece of text, and no list and no keys of its own",
    "float_parsing": "must be a number from 0 to 1",
    "float_type": "must be a number from 0 to 1",
    "greater_than_equal": "must be a number from 0 to 1",
    "less_than_equal": "must be a number from 0 to 1",
    "list_type": "must be a list: lines that begin with a dash, or [one, another]",
    "dict_type": "must be keys with their values, one a line and indented, as `Open: open`",
    "model_type": "must be keys with their values, indented",
}
_OWNER: dict[str, type[BaseModel]] = {"target": Target}


def mistake(item: Any) -> tuple[Location, str]:
    """Where an error of pydantic is, and what is wrong."""
    loc = tuple(part for part in item["loc"] if part != "[key]")
    if item["type"] == "extra_forbidden":
        return loc, f"unknown key; the keys here are {', '.join(_model_at(loc).model_fields)}"
    if item["type"] == "missing":
        return loc, "missing key"
    if item["type"] == "literal_error":
        return loc, f"must be one of {item['ctx']['expected']}"
    if item["type"] == "model_type" and loc[-1] == "target":
        return loc, f"{_SHAPES['model_type']}: {', '.join(Target.model_fields)}, as {{to: standard, name: status}}"
    return loc, _SHAPES.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")


def _model_at(loc: Location) -> type[BaseModel]:
    """What the keys beside the last part of a location belong to."""
    if len(loc) == 1:
        return Mapping
    return _OWNER.get(str(loc[-2]), FieldMap)


def not_yaml(error: yaml.YAMLError, text: str) -> str:
    """Where a text stops being YAML, and why."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"line {line}: a control character ({error.character:#x}) stands there; delete it"
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return str(error)
    mark, begun = error.problem_mark, error.context_mark
    message = f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    lines = text.splitlines()
    if mark.line < len(lines) and "\t" in lines[mark.line]:
        message += "; a tab stands in this line, and YAML is indented with spaces"
    elif "mapping values" in str(error.problem):
        message += "; a text that holds a colon stands in quotes, and keys of one level are indented alike"
    elif begun is not None and begun.line < mark.line:
        message += f" ({error.context} that begins in line {begun.line + 1}: look for an open quote, or an indentation)"
    return message
