"""The OpenAPI contract as a route table: which operation a request means, and whether its query and body fit."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import orjson

from sandbox.gorgias.errors import ApiError, not_found
from sandbox.gorgias.schemas import Checker, Schema, closed, resolved

METHODS = ("get", "post", "put", "delete")
UNDOCUMENTED_IDS = {"post_api-upload": "upload-file"}


@dataclass(frozen=True)
class Parameter:
    """One query parameter."""

    name: str
    required: bool
    repeated: bool
    kind: str
    checker: Checker

    def read(self, texts: list[str]) -> Any:
        """The typed value. Raises ApiError 400 naming the parameter."""
        values = [self._typed(text) for text in (texts if self.repeated else texts[-1:])]
        value: Any = values if self.repeated else values[0]
        if not self.checker.accepts(value):
            raise ApiError(400, "Invalid request.", {self.name: ["Not a valid value."]})
        return value

    def _typed(self, text: str) -> Any:
        if self.kind == "integer":
            return int(text) if text.lstrip("-").isdecimal() and text.isascii() else text
        if self.kind == "boolean":
            return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
        return text


@dataclass(frozen=True)
class Operation:
    """One method on one path of the contract."""

    id: str
    method: str
    path: str
    parameters: dict[str, Parameter] = field(repr=False)
    body: Checker | None = field(repr=False)
    names: frozenset[str] = field(repr=False)
    multipart: bool = False

    @property
    def route(self) -> str:
        """As statistics and faults name it, e.g. `GET /api/tickets/{id}`."""
        return f"{self.method} {self.path}"

    def query(self, pairs: list[tuple[str, str]], ignore_unknown: bool = False) -> dict[str, Any]:
        """The typed query; missing or ill-typed parameters are refused, and unknown ones unless they are ignored."""
        given: dict[str, list[str]] = {}
        for name, text in pairs:
            given.setdefault(name.removesuffix("[]"), []).append(text)
        out = {}
        for name, texts in given.items():
            if name not in self.parameters:
                if ignore_unknown:
                    continue
                raise ApiError(400, "Invalid request.", {name: ["Unknown parameter."]})
            out[name] = self.parameters[name].read(texts)
        for name, parameter in self.parameters.items():
            if parameter.required and name not in out:
                raise ApiError(400, "Invalid request.", {name: ["Missing data for required field."]})
        return out


class Contract:
    """All operations. `find` is the router."""

    def __init__(self, refuse_unknown_keys: bool) -> None:
        self._schemas: dict[str, Schema] = document()["components"]["schemas"]
        self._refuse_unknown_keys = refuse_unknown_keys
        self.operations: dict[str, Operation] = {}
        self._exact: dict[str, dict[str, Operation]] = {}
        self._templates: dict[int, list[tuple[list[str], dict[str, Operation]]]] = {}
        for path, methods in document()["paths"].items():
            by_method = {
                method.upper(): self._operation(path, method, methods[method])
                for method in METHODS
                if method in methods
            }
            if "{" in path:
                parts = path.split("/")
                self._templates.setdefault(len(parts), []).append((parts, by_method))
            else:
                self._exact[path] = by_method
            self.operations.update({operation.id: operation for operation in by_method.values()})

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, Any]]:
        """The operation and its path parameters; a trailing slash is accepted.

        Raises:
            ApiError: 404 for an unknown path, 405 for a method that it does not have.
        """
        path = path.rstrip("/")
        found: list[tuple[dict[str, Operation], dict[str, Any]]] = []
        if path in self._exact:
            found.append((self._exact[path], {}))
        parts = path.split("/")
        for template, by_method in self._templates.get(len(parts), ()):
            params = _match(template, parts)
            if params is not None:
                found.append((by_method, params))
        for by_method, params in found:
            if method in by_method:
                return by_method[method], params
        raise ApiError(405, "Method not allowed.") if found else not_found()

    def _operation(self, path: str, method: str, spec: dict[str, Any]) -> Operation:
        parameters = {}
        for item in spec.get("parameters", []):
            if item["in"] == "query":
                parameters.update(self._parameter(item))
        content = (spec.get("requestBody") or {}).get("content", {})
        body = names = None
        if "application/json" in content:
            schema = resolved(content["application/json"]["schema"], self._schemas)
            names = schema.get("properties", {})
            body = Checker(closed(schema) if self._refuse_unknown_keys else schema)
        return Operation(
            id=UNDOCUMENTED_IDS.get(spec["operationId"], spec["operationId"]),
            method=method.upper(),
            path=path,
            parameters=parameters,
            body=body,
            names=frozenset(names or ()),
            multipart="multipart/form-data" in content,
        )

    def _parameter(self, item: dict[str, Any]) -> dict[str, Parameter]:
        schema = resolved(item["schema"], self._schemas)
        if item.get("style") == "deepObject":
            return {
                f"{item['name']}[{key}]": Parameter(f"{item['name']}[{key}]", False, False, "datetime", Checker(part))
                for key, part in {
                    key: {**part, "format": "date-time"} for key, part in schema["properties"].items()
                }.items()
            }
        repeated = schema.get("type") == "array"
        kind = schema["items"] if repeated else schema
        kinds = kind.get("type", "string")
        return {
            item["name"]: Parameter(
                item["name"],
                item.get("required", False),
                repeated,
                kinds if isinstance(kinds, str) else kinds[0],
                Checker(schema),
            )
        }


@functools.cache
def contract(refuse_unknown_keys: bool) -> Contract:
    """The contract with its validators, compiled once in a process."""
    return Contract(refuse_unknown_keys)


@functools.cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(resources.files(__package__).joinpath("contract.openapi.json").read_bytes())
    return loaded


def _match(template: list[str], parts: list[str]) -> dict[str, Any] | None:
    params: dict[str, Any] = {}
    for expected, given in zip(template, parts, strict=True):
        if not expected.startswith("{"):
            if expected != given:
                return None
            continue
        name = expected[1:-1]
        if name in ("file_type", "domain_hash", "resource_name"):
            params[name] = given
        elif given.isascii() and given.isdecimal():
            params[name] = int(given)
        else:
            return None
    return params
