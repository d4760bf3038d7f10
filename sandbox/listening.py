"""Serves ASGI applications on loopback ports within one event loop, without touching the process's signals."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn

from sandbox.connections import ResettableProtocol

HOST = "127.0.0.1"
BACKLOG = 1024
GRACE = 1.0
"""Seconds that answers under way may still take when the servers are told to end."""


class _QuietServer(uvicorn.Server):
    """Leaves signals alone, waits to be stopped rather than asking ten times a second, and ends at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, hanging = await asyncio.wait(self.server_state.tasks, timeout=GRACE)
            for task in hanging:
                task.cancel()


@contextlib.asynccontextmanager
async def listening(*apps: tuple[Any, int]) -> AsyncIterator[list[str]]:
    """Serve every (application, port) pair; port 0 takes a free one. Yields the base URLs, in order.

    Raises:
        OSError: a port that is taken.
    """
    sockets: list[socket.socket] = []
    servers: list[_QuietServer] = []
    tasks: list[asyncio.Task[None]] = []
    try:
        for app, port in apps:
            sockets.append(_bound(port))
            config = uvicorn.Config(
                app,
                http=ResettableProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
            )
            servers.append(_QuietServer(config))
        for server, bound in zip(servers, sockets, strict=True):
            tasks.append(asyncio.create_task(server.serve([bound])))
        while not all(server.started for server in servers):
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.005)
        yield [f"http://{HOST}:{bound.getsockname()[1]}" for bound in sockets]
    finally:
        for server in servers:
            server.stopped.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        for bound in sockets:
            bound.close()


def _bound(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only on sockets that say TCP themselves: 40 ms an answer otherwise
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    bound.listen(BACKLOG)
    return bound
