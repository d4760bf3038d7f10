"""/API/Files.php: file bytes under a token that ends (switch A-12), and the fates of files.ndjson."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from sandbox.ivinex.answers import Refusal
from sandbox.ivinex.auth import authenticate, from_basic
from sandbox.ivinex.server import Server

BLOCK = bytes(range(256)) * 256


def download(server: Server, request: Request) -> Response:
    """Answers with the file, or as its fate says.

    Raises:
        Refusal: 400 for a credential sent to the other host name; 401 and 403 as for every call; 403 for an
            expired or wrong token; 404 for an unknown file.
    """
    settings = server.switches["A-12"]
    if settings["host"] == "other":
        if "authorization" in request.headers:
            raise Refusal(400, "Ivinex credentials were sent to another host.")
    elif settings["auth"] == "basic":
        authenticate(server.site, from_basic(request))
    file_id = request.query_params.get("FileID", "")
    stored = server.dataset.files.get(file_id)
    if stored is None or stored.Fate == "404":
        raise Refusal(404, "File not found.")
    until, _, signature = request.query_params.get("Token", "").partition("-")
    genuine = until.isdecimal() and hmac.compare_digest(server.signature(file_id, int(until)), signature)
    if not genuine or server.clock() > int(until) or stored.Fate == "expired":
        raise Refusal(403, "The link has expired.")
    kind = stored.ContentType
    if stored.Fate == "zero":
        return Response(b"", media_type=kind)
    if stored.Fate == "short":
        return StreamingResponse(_blocks(10), headers={"Content-Length": str(stored.Size)}, media_type=kind)
    if stored.Fate == "large":
        return StreamingResponse(_blocks(stored.Size), headers={"Content-Length": str(stored.Size)}, media_type=kind)
    if stored.Fate == "endless":
        return StreamingResponse(_endless(), media_type=kind)
    return FileResponse(server.dataset.folder / "files" / stored.FileID, media_type=kind)


async def _blocks(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, len(BLOCK)):
        yield BLOCK[: size - start]


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield BLOCK
        await asyncio.sleep(0)
