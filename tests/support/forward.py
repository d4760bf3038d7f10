"""Ports that lead elsewhere: `python forward.py LISTEN=TO ...`, each HOST:PORT, until it is ended.

It belongs here: bytes in both directions. It does not: which ports (hosts.py).
"""

import asyncio
import sys
from contextlib import suppress


async def forward(pairs: list[tuple[str, str]]) -> None:
    """Serve all of them for ever."""
    servers = [await _listen(here.rpartition(":"), there.rpartition(":")) for here, there in pairs]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _listen(here: tuple[str, str, str], there: tuple[str, str, str]) -> asyncio.Server:
    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(there[0], int(there[2]))
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))

    return await asyncio.start_server(lead, here[0], int(here[2]))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(forward([(here, there) for here, _, there in (word.partition("=") for word in sys.argv[1:])]))
