"""Reaches below ASGI, which cannot cut a connection: a uvicorn protocol that can send a real RST."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

EXTENSION = "sandbox.reset"

# linger on, for no time: closing drops what is unsent and sends RST in place of FIN
LINGER_NONE = struct.pack("ii", 1, 0)


class ResettableProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Gives each request a function, as an ASGI scope extension, that resets its TCP connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        inner: Any = self.app  # type: ignore[has-type]

        async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = lambda: _reset(transport)
            await inner(scope, receive, send)

        self.app = app


def _reset(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    # a client that went away first has already taken the socket with it
    with contextlib.suppress(OSError):
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
    transport.abort()


def reset_connection(scope: MutableMapping[str, Any]) -> None:
    """Reset the connection of a request at once; nothing more can be sent on it."""
    scope["extensions"][EXTENSION]()
