"""The way of an API request: which call it is, pace, faults, credentials, the call itself, and its refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.ivinex import classic, downloads, records, related, wire
from sandbox.ivinex.answers import LOGIN_PAGE, LoginPage, Refusal, error_object, json_response, xml
from sandbox.ivinex.auth import authenticate, classic_credentials, from_basic
from sandbox.ivinex.faults import Fault, spoil
from sandbox.ivinex.server import Call, Server, other_name
from sandbox.ivinex.writes import store

CLASSIC: Mapping[str, Callable[[Server, Call], Response]] = {
    "GetTabs": classic.get_tabs,
    "GetFields": classic.get_fields,
    "GetRecords": classic.get_records,
    "AddRecord": classic.add_record,
    "UpdateRecord": classic.update_record,
    "GetRelatedItems": related.get_related_items,
    "GetAllRelatedItems": related.get_all_related_items,
    "LinkRecords": related.link_records,
}
WRITES = frozenset({"AddRecord", "UpdateRecord", "LinkRecords", "RecordsWrite"})
ABSENT = {
    **dict.fromkeys(("GetUsers", "GetGroups"), "A-26"),
    **dict.fromkeys(("GetWorkflows", "GetFilters", "GetViews", "GetHistory"), "A-27"),
    **dict.fromkeys(("DeleteRecord", "UnlinkRecords"), "A-24"),
}


class Dropped(Response):
    """Announces the whole body, sends half of it, and leaves uvicorn to close the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the head and half of the body; the promised rest never follows."""
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})


async def api(server: Server, request: Request) -> Response:
    """Answers any request below /API."""
    name = _name(server, request)
    server.stats.count(name)
    server.stats.writes += name in WRITES
    is_classic = name in CLASSIC
    wait = server.pace.wait()
    if wait is not None:
        server.stats.throttled += 1
        headers = {"Retry-After": str(wait)} if server.switches["A-19"]["retry_after"] else {}
        return _refused(server, Refusal(429, "Too many requests.", headers), is_classic=is_classic)
    if server.switches["A-32"] == "redirect":
        return RedirectResponse(_elsewhere(request), 302)
    form = {key: str(value) for key, value in (await request.form()).items()} if _posts_form(request) else {}
    parameters = {**request.query_params, **form}
    faults = server.faults.hitting(name, _tab(server, parameters))
    for fault in faults:
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
    try:
        response = await _answer(server, request, name, form, parameters, faults)
    except Refusal as refusal:
        response = _refused(server, refusal, is_classic=is_classic)
    except LoginPage:
        response = Response(LOGIN_PAGE, media_type="text/html")
    return _spoiled(response, faults)


async def moved(server: Server, request: Request) -> Response:
    """Where switch A-32 redirects to: proves whether a client takes its credentials along to another host."""
    if "authorization" in request.headers or "UserName" in request.query_params:
        return _refused(server, Refusal(400, "Ivinex credentials were sent to another host."), is_classic=False)
    return _refused(server, Refusal(404, "Not found."), is_classic=False)


def _name(server: Server, request: Request) -> str:
    path: str = request.path_params["path"]
    name, php = path.removesuffix(".php"), path.endswith(".php")
    if path == "Records.php":
        return {"GET": "Records", "POST": "RecordsWrite"}.get(request.method, "RecordsOther")
    if path == "Files.php":
        return "Files"
    known = name in CLASSIC or name in ABSENT
    form_served = server.switches["A-01"] in ("both", "php" if php else "bare")
    return name if known and form_served else "Unknown"


def _posts_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "")
    return request.method == "POST" and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))


def _tab(server: Server, parameters: Mapping[str, str]) -> str | None:
    number = parameters.get("CollectionTypeID", "")
    tab = server.dataset.tabs.get(int(number)) if number.isdecimal() else None
    return tab.name if tab else parameters.get("Tab")


async def _answer(
    server: Server,
    request: Request,
    name: str,
    form: dict[str, str],
    parameters: dict[str, str],
    faults: list[Fault],
) -> Response:
    if name == "Files":
        return downloads.download(server, request)
    if name in CLASSIC:
        credentials = classic_credentials(request, form, server.switches["A-02"])
    else:
        credentials = from_basic(request)
    if name == "Unknown":
        raise Refusal(404, "Unknown call.")
    if name in ABSENT:
        raise Refusal(int(server.switches[ABSENT[name]]), "Unknown call.")
    user = authenticate(server.site, credentials)
    if name == "RecordsOther":
        raise Refusal(int(server.switches["A-24"]), "Method not allowed.")
    kept = {key: value for key, value in parameters.items() if key not in ("UserName", "Password")}
    call = Call(name, request, kept, user, faults)
    if call.hit_by("row_added"):
        _add_row(server, _tab(server, kept))
    if name == "Records":
        return records.read(server, call)
    if name == "RecordsWrite":
        return await records.write(server, call)
    return CLASSIC[name](server, call)


def _add_row(server: Server, tab_name: str | None) -> None:
    """Copies the tab's last row under a new id, as if a colleague had just saved one."""
    tab = server.dataset.by_name.get(tab_name or "")
    if tab is not None and tab.ids:
        now = server.local_now()
        copy = tab.record(tab.ids[-1]) | {"created_date": now}
        copy.pop("collection_id")
        store(server, tab, tab.new_id(), copy, copy["created_by"], now, changed={})


def _refused(server: Server, refusal: Refusal, *, is_classic: bool) -> Response:
    body = error_object(refusal.message, server.switches["A-22"])
    if is_classic and server.switches["A-03"] == "xml":
        return Response(xml(body), refusal.status, refusal.headers, "text/xml")
    return json_response(wire.dumps(body), refusal.status, refusal.headers)


def _elsewhere(request: Request) -> str:
    return f"{request.url.scheme}://{other_name(request.url.netloc)}/_moved{request.url.path}"


def _spoiled(response: Response, faults: list[Fault]) -> Response:
    for fault in faults:
        if fault.kind == "drop":
            return Dropped(_body(response), media_type=response.media_type)
        if fault.kind in ("error_500", "html", "truncate", "invalid_utf8"):
            status, kind, body = spoil(fault.kind, _body(response))
            return Response(body, status, media_type=kind)
    return response


def _body(response: Response) -> bytes:
    """The bytes of an answer; a file is not read for a fault, any bytes will do to cut them short."""
    return bytes(getattr(response, "body", b"")) or b" " * 1000
