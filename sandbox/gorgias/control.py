"""What a test steers and sees, outside /api: no credentials, not counted (docs/sandbox.md)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import FaultError, FaultPlan
from sandbox.gorgias.account import Account
from sandbox.gorgias.canonical import state
from sandbox.gorgias.credentials import Credentials
from sandbox.gorgias.operations.files import content_of
from sandbox.gorgias.ticket_merge import merge_tickets
from sandbox.stats import Stats


def outbox(account: Account) -> dict[str, list[dict[str, object]]]:
    """What Gorgias would have sent; `undeliverable` is what could have reached nobody."""
    out: dict[str, list[dict[str, object]]] = {"mails": [], "undeliverable": []}
    for row in account.outbox:
        entry = {key: value for key, value in row.items() if key not in ("id", "undeliverable")}
        out["undeliverable" if row["undeliverable"] else "mails"].append(entry)
    return out


def control_routes(account: Account, credentials: Credentials, faults: FaultPlan, stats: Stats) -> list[Route]:  # noqa: C901
    """Routes under /_sandbox, and /_files, where downloads are redirected to."""

    def show_state(request: Request) -> Response:
        canonical = request.query_params.get("canonical") in ("1", "true")
        return Response(state(account, canonical=canonical), media_type="application/json")

    def show_outbox(request: Request) -> Response:
        return Response(orjson.dumps(outbox(account)), media_type="application/json")

    def show_stats(request: Request) -> Response:
        highest = max(one.bucket.highest for one in credentials.principals())
        return JSONResponse(stats.shown(bucket_max=round(highest, 3)))

    def reset_stats(request: Request) -> Response:
        stats.reset()
        for principal in credentials.principals():
            principal.bucket.highest = principal.bucket.level()
        return Response(status_code=204)

    def show_faults(request: Request) -> Response:
        return JSONResponse(faults.shown())

    async def set_faults(request: Request) -> Response:
        try:
            faults.replace(json.loads(await request.body()), "faults")
        except (FaultError, ValueError) as error:
            return JSONResponse({"error": {"msg": str(error)}}, 400)
        return JSONResponse(faults.shown())

    async def merge(request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
            account.actor = asked.get("user_id")
            merge_tickets(account, asked["ticket_id"], asked["into"])
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": {"msg": f"wanted: ticket_id and into, {error}"}}, 400)
        return Response(status_code=204)

    def file(request: Request) -> Response:
        if "authorization" in request.headers:
            return Response("Credentials do not belong here.", 400)
        found = content_of(account, request.path_params["path"])
        return Response(found[0], media_type=found[1]) if found else Response(status_code=404)

    # handlers that are async run on the event loop: the account belongs to that one thread
    return [
        Route("/_sandbox/state", _on_loop(show_state)),
        Route("/_sandbox/outbox", _on_loop(show_outbox)),
        Route("/_sandbox/stats", _on_loop(show_stats)),
        Route("/_sandbox/stats/reset", _on_loop(reset_stats), methods=["POST"]),
        Route("/_sandbox/faults", _on_loop(show_faults), methods=["GET"]),
        Route("/_sandbox/faults", set_faults, methods=["POST"]),
        Route("/_sandbox/merge-tickets", merge, methods=["POST"]),
        Route("/_files/{path:path}", _on_loop(file)),
    ]


def _on_loop(handler: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return handler(request)

    return endpoint
