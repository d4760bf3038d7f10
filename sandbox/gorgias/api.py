"""The ASGI application under /api: credentials, bucket, faults, then the operation."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from sandbox.connections import reset_connection
from sandbox.faults import Fault, FaultPlan
from sandbox.gorgias.account import Account
from sandbox.gorgias.answering import Answer, Asked, answer, refused
from sandbox.gorgias.calls import UploadedPart
from sandbox.gorgias.contract import Contract, Operation
from sandbox.gorgias.credentials import Credentials, Principal
from sandbox.gorgias.errors import ApiError
from sandbox.gorgias.journal import Journal
from sandbox.stats import Stats

CALL_LIMIT = "x-gorgias-account-api-call-limit"
MOST_PARTS = 1000

PROXY_PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center></body></html>\r\n"
NOTHING = b'{"object": "list", "uri": "", "data": [], "meta": {"prev_cursor": null, "next_cursor": null}}'

Sleep = Callable[[float], Awaitable[None]]


class GorgiasApi:
    """Serves the contract's operations over one account."""

    def __init__(
        self,
        account: Account,
        contract: Contract,
        credentials: Credentials,
        faults: FaultPlan,
        stats: Stats,
        journal: Journal | None,
        sleep: Sleep,
    ) -> None:
        self._account = account
        self._contract = contract
        self._credentials = credentials
        self._faults = faults
        self._stats = stats
        self._journal = journal
        self._sleep = sleep
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = scope["path"]
        operation: Operation | None = None
        try:
            operation, params = self._contract.find(request.method, path)
        except ApiError as error:
            missing = error
        route = operation.path if operation else path
        self._stats.count(f"{request.method} {route}")
        try:
            principal = self._credentials.identify(request.headers.get("authorization"))
        except ApiError as error:
            return await _send(send, refused(error, {"www-authenticate": "Basic"}))
        wait = principal.bucket.take()
        if wait:
            return await self._send(send, principal, self._throttled(math.ceil(wait)))
        if operation is None:
            return await self._send(send, principal, refused(missing))
        asked = Asked(
            operation=operation,
            params=params,
            path=path,
            query_text=request.url.query,
            query=request.query_params.multi_items(),
            base_url=str(request.base_url).removesuffix("/api/").rstrip("/"),
            content=b"" if operation.multipart else await request.body(),
            parts=await _parts(request) if operation.multipart else [],
        )
        hits = self._faults.for_call(operation.method, operation.path)
        if not hits:
            return await self._send(send, principal, self._carry_out(principal, asked))
        await self._spoiled(hits, principal, asked, scope, receive, send)

    def _carry_out(self, principal: Principal, asked: Asked, hidden_for: float = 0.0) -> Answer:
        given = answer(self._account, principal, asked, hidden_for)
        if self._journal:
            self._journal.flush()
        return given

    async def _spoiled(  # noqa: C901
        self, hits: list[Fault], principal: Principal, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a call that faults hit: delays first, then the one that decides what happens."""
        hidden_for = 0.0
        fault: Fault | None = None
        for hit in hits:
            if hit.kind == "delay":
                await self._sleep(hit.seconds)
            elif hit.kind == "late_visibility":
                hidden_for = hit.seconds
            else:
                fault = hit
        if fault is not None:
            match fault.kind:
                case "throttle":
                    return await self._send(send, principal, self._throttled(fault.retry_after))
                case "status_before":
                    return await self._send(send, principal, _failed(fault))
                case "empty_list":
                    return await self._send(send, principal, Answer(200, NOTHING, {"content-type": "application/json"}))
                case "reset_before":
                    return reset_connection(scope)
                case "late_write":
                    reset_connection(scope)
                    late = asyncio.create_task(self._write_late(fault.seconds, principal, asked, hidden_for))
                    self._late.add(late)
                    return late.add_done_callback(self._late.discard)
        given = self._carry_out(principal, asked, hidden_for)
        match fault and fault.kind:
            case "status_after":
                given = _failed(fault) if fault else given
            case "reset_after":
                return reset_connection(scope)
            case "hang_after":
                while (await receive())["type"] != "http.disconnect":
                    pass
                return None
            case "html":
                given = Answer(200, PROXY_PAGE % (200, 200), {"content-type": "text/html; charset=utf-8"})
            case "truncate":
                return await self._send(send, principal, given, cut=True)
        await self._send(send, principal, given)

    async def _write_late(self, seconds: float, principal: Principal, asked: Asked, hidden_for: float) -> None:
        await self._sleep(seconds)
        self._carry_out(principal, asked, hidden_for)

    def _throttled(self, retry_after: int | None) -> Answer:
        self._stats.throttled += 1
        headers = {}
        if retry_after is not None and self._account.switches["G-20"]:
            headers["retry-after"] = str(retry_after)
        return refused(ApiError(429, "Rate limit exceeded."), headers)

    async def _send(self, send: Send, principal: Principal, given: Answer, *, cut: bool = False) -> None:
        headers = {**given.headers}
        if not given.content.startswith(PROXY_PAGE[:12]):
            headers[CALL_LIMIT] = principal.bucket.header()
        await _send(send, Answer(given.status, given.content, headers), cut=cut)


async def _parts(request: Request) -> list[UploadedPart]:
    """The files of a multipart body; anything else than files is passed over."""
    if "multipart/form-data" not in request.headers.get("content-type", ""):
        return []
    parts = []
    async with request.form(max_files=MOST_PARTS, max_fields=MOST_PARTS) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content_type = value.content_type or "application/octet-stream"
                parts.append(UploadedPart(name, content_type, await value.read()))
    return parts


def _failed(fault: Fault) -> Answer:
    """500 and what is `spoken` come from the application, as JSON; all others from a proxy before it, as a page."""
    status = fault.status
    if status == 500 or fault.spoken:
        return refused(ApiError(status, "Internal server error." if status == 500 else "Refused."))
    return Answer(status, PROXY_PAGE % (status, status), {"content-type": "text/html"})


async def _send(send: Send, given: Answer, *, cut: bool = False) -> None:
    """Send an answer, or the first half of its body under the whole length."""
    headers = {**given.headers}
    if given.status not in (204, 304):
        headers["content-length"] = str(len(given.content))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": given.status, "headers": raw})
    content = given.content[: len(given.content) // 2] if cut else given.content
    await send({"type": "http.response.body", "body": content, "more_body": cut})
