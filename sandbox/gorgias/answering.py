"""From a read request to an answer: validation, the operation, the documented error body. Knows nothing of sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import orjson

from sandbox.gorgias import by_itself, operations, own_update
from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import HANDLERS, Call, UploadedPart
from sandbox.gorgias.contract import Operation
from sandbox.gorgias.credentials import Credentials, Principal
from sandbox.gorgias.errors import ApiError, Merged, invalid
from sandbox.gorgias.operations import jobs

for module in iter_modules(operations.__path__, f"{operations.__name__}."):
    # Each registers its operations when it is imported.
    import_module(module.name)

NUL = "\x00"
OFFSET = "+00:00"


@dataclass(frozen=True)
class Asked:
    """A request whose body has been read."""

    operation: Operation
    params: dict[str, Any]
    path: str
    query_text: str
    query: list[tuple[str, str]]
    base_url: str
    content: bytes = field(default=b"", repr=False)
    parts: list[UploadedPart] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Answer:
    """What goes over the wire."""

    status: int
    content: bytes = field(default=b"", repr=False)
    headers: dict[str, str] = field(default_factory=dict)


def answer(account: Account, principal: Principal, asked: Asked, hidden_for: float = 0.0) -> Answer:
    """Carry a request out. Every refusal comes back as an answer."""
    account.actor = principal.user_id
    by_itself.run_due(account)
    jobs.run_due(account)
    own_update.run_due(account)
    try:
        operation = asked.operation
        Credentials.authorize(principal, operation.id, operation.method)
        handler = HANDLERS.get(operation.id)
        if handler is None:
            raise ApiError(501, f"The sandbox does not serve {operation.id}.")
        call = Call(
            path=asked.path,
            params=asked.params,
            query=operation.query(asked.query, operation.method == "GET" and account.switches["G-46"] == "ignore"),
            body=_body(account, asked),
            names=operation.names,
            parts=asked.parts,
            query_text=asked.query_text,
            base_url=asked.base_url,
            user_id=principal.user_id,
            hidden_for=hidden_for,
        )
        reply = handler(account, call)
    except ApiError as error:
        return refused(error)
    except Merged as merged:
        return Answer(301, headers={"location": merged.survivor} if merged.survivor else {})
    if reply.body is None:
        return Answer(reply.status, b"", reply.headers)
    return Answer(reply.status, _written(account, reply.body), {"content-type": "application/json", **reply.headers})


def refused(error: ApiError, headers: dict[str, str] | None = None) -> Answer:
    """An error in the documented form."""
    content = orjson.dumps(error.body())
    return Answer(error.status, content, {"content-type": "application/json", **(headers or {})})


def _body(account: Account, asked: Asked) -> Any:
    checker = asked.operation.body
    if checker is None:
        return None
    limit = account.switches["G-42"]
    if limit is not None and len(asked.content) > limit * 1_000_000:
        raise ApiError(413, "The request is too large.")
    try:
        body = orjson.loads(asked.content)
    except orjson.JSONDecodeError:
        raise ApiError(400, "The body is not valid JSON.") from None
    if b"\\u0000" in asked.content and account.switches["G-28"] != "keep":
        body = _without_nul(body, "", refuse=account.switches["G-28"] == "refuse")
    checker.check(body)
    return body


def _without_nul(value: Any, field_name: str, *, refuse: bool) -> Any:
    if isinstance(value, str) and NUL in value:
        if refuse:
            raise invalid(field_name or "body", "Null characters are not allowed.")
        return value.replace(NUL, "")
    if isinstance(value, list):
        return [_without_nul(item, f"{field_name}.{at}".lstrip("."), refuse=refuse) for at, item in enumerate(value)]
    if isinstance(value, dict):
        return {
            key: _without_nul(item, f"{field_name}.{key}".lstrip("."), refuse=refuse) for key, item in value.items()
        }
    return value


def _written(account: Account, body: Any) -> bytes:
    if account.switches["G-23"] == "naive":
        body = _without_offset(body)
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)


def _without_offset(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_offset(item) for item in value]
    if isinstance(value, dict):
        return {
            key: item.removesuffix(OFFSET)
            if isinstance(item, str) and str(key).endswith("_datetime")
            else _without_offset(item)
            for key, item in value.items()
        }
    return value
