"""Turns a schema of the contract into a check that is fast on good input and explains bad input.

jsonschema decides what a refusal says, but takes milliseconds on a ticket with its messages. So each
schema is also compiled into plain closures that only answer yes or no; a no is handed to jsonschema.
A test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from sandbox.gorgias.errors import ApiError
from sandbox.gorgias.moments import is_datetime

Schema = dict[str, Any]
Predicate = Callable[[Any], bool]

FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time")(is_datetime)

ANNOTATIONS = {"description", "title", "default", "example", "examples", "readOnly", "deprecated"}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: dict[str, Predicate] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        _is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
    "number": _is_number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class Checker:
    """Checks bodies against one schema. Raises ApiError 400 with a list of messages per field."""

    def __init__(self, schema: Schema) -> None:
        self._validator = Draft202012Validator(schema, format_checker=FORMATS)
        self.accepts = compiled(schema)

    def check(self, body: Any) -> None:
        if self.accepts(body):
            return
        data: dict[str, list[str]] = {}
        for error in self._validator.iter_errors(body):
            for cause in _causes(error):
                for field, message in _explain(cause):
                    if message not in data.setdefault(field, []):
                        data[field].append(message)
        if data:
            raise ApiError(400, "Invalid request.", data)


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """What is wrong inside the alternative that was meant: the first one whose type fits the value."""
    if error.validator != "anyOf":
        yield error
        return
    by_branch: dict[Any, list[ValidationError]] = {}
    for cause in error.context or ():
        by_branch.setdefault(cause.relative_schema_path[0], []).append(cause)
    for causes in by_branch.values():
        if not any(cause.validator == "type" and not cause.relative_path for cause in causes):
            for cause in causes:
                yield from _causes(cause)
            return
    yield error


def _explain(error: ValidationError) -> Iterator[tuple[str, str]]:
    path = [str(step) for step in error.absolute_path]
    where = ".".join(path) or "body"
    keyword, limit = str(error.validator), error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    match keyword:
        case "required":
            for name in schema["required"]:
                if name not in instance:
                    yield ".".join([*path, name]), "Missing data for required field."
        case "additionalProperties":
            for name in sorted(set(instance) - set(schema.get("properties", {}))):
                yield ".".join([*path, name]), "Unknown field."
        case "maxLength" | "minLength" | "maxItems" | "minItems":
            yield where, f"Length is out of bounds ({keyword} {limit})."
        case "format":
            yield where, "Not a valid datetime."
        case "enum":
            yield where, "Not a valid choice."
        case _:
            yield where, "Invalid value."


def resolved(node: Any, components: dict[str, Schema]) -> Any:
    """The schema with every `$ref` replaced by its target and annotations dropped; request schemas do not recurse."""
    if isinstance(node, list):
        return [resolved(item, components) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return resolved(components[node["$ref"].rsplit("/", 1)[-1]], components)
    out: Schema = {}
    for key, value in node.items():
        if key == "properties":
            out[key] = {name: resolved(schema, components) for name, schema in value.items()}
        elif key not in ANNOTATIONS:
            out[key] = resolved(value, components)
    return out


def closed(schema: Any) -> Any:
    """The same schema, refusing keys that it does not name wherever it names some."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: closed(part) for name, part in value.items()}
        else:
            out[key] = closed(value)
    if out.get("properties") and "additionalProperties" not in out:
        out["additionalProperties"] = False
    return out


def compiled(schema: Schema) -> Predicate:
    """A yes/no check of the keywords that the contract's request schemas use."""
    tests: list[Predicate] = []
    for keyword, value in schema.items():
        if keyword in COMPILERS:
            test = COMPILERS[keyword](value, schema)
            if test is not None:
                tests.append(test)
        elif keyword not in ("additionalProperties",):
            raise ValueError(f"the contract uses {keyword!r}, which the compiled check does not know")
    if "additionalProperties" in schema and "properties" not in schema:
        tests.append(_properties({}, schema))
    return tests[0] if len(tests) == 1 else _every(tests)


def _every(tests: list[Predicate]) -> Predicate:
    def check(value: Any) -> bool:
        for test in tests:  # noqa: SIM110 - a plain loop is twice as fast as all() here
            if not test(value):
                return False
        return True

    return check


def _some(tests: list[Predicate]) -> Predicate:
    def check(value: Any) -> bool:
        for test in tests:  # noqa: SIM110
            if test(value):
                return True
        return False

    return check


PLAIN_TYPES = {"null": type(None), "boolean": bool, "string": str, "array": list, "object": dict}


def _type(names: Any, schema: Schema) -> Predicate:
    if isinstance(names, str):
        return TYPES[names]
    if all(name in PLAIN_TYPES for name in names):
        kinds = tuple(PLAIN_TYPES[name] for name in names)
        return lambda value: isinstance(value, kinds)
    return _some([TYPES[name] for name in names])


def _properties(parts: dict[str, Schema], schema: Schema) -> Predicate:
    known = {name: compiled(part) for name, part in parts.items()}
    rest = schema.get("additionalProperties", True)
    extra: Predicate = (lambda _: rest) if isinstance(rest, bool) else compiled(rest)

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for name, item in value.items():
                if not known.get(name, extra)(item):
                    return False
        return True

    return check


def _items(part: Schema, schema: Schema) -> Predicate:
    test = compiled(part)
    return lambda value: not isinstance(value, list) or all(map(test, value))


def _required(names: list[str], schema: Schema) -> Predicate:
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _any_of(parts: list[Schema], schema: Schema) -> Predicate:
    return _some([compiled(part) for part in parts])


def _all_of(parts: list[Schema], schema: Schema) -> Predicate:
    return _every([compiled(part) for part in parts])


def _enum(values: list[Any], schema: Schema) -> Predicate:
    if all(value is None or isinstance(value, str) for value in values):
        texts = frozenset(values)
        return lambda value: (value is None or isinstance(value, str)) and value in texts
    return lambda value: any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in values)


def _sized(kind: type, within: Callable[[int], bool]) -> Predicate:
    return lambda value: not isinstance(value, kind) or within(len(value))  # type: ignore[arg-type]


COMPILERS: dict[str, Callable[[Any, Schema], Predicate | None]] = {
    "type": _type,
    "properties": _properties,
    "items": _items,
    "required": _required,
    "anyOf": _any_of,
    "allOf": _all_of,
    "enum": _enum,
    "format": lambda name, _: is_datetime if name == "date-time" else None,
    "minLength": lambda limit, _: _sized(str, lambda length: length >= limit),
    "maxLength": lambda limit, _: _sized(str, lambda length: length <= limit),
    "minItems": lambda limit, _: _sized(list, lambda length: length >= limit),
    "maxItems": lambda limit, _: _sized(list, lambda length: length <= limit),
    "minimum": lambda limit, _: lambda value: not _is_number(value) or value >= limit,
    "maximum": lambda limit, _: lambda value: not _is_number(value) or value <= limit,
}
