"""Both servers in one process and one event loop: from the command line until a signal, or on a thread for a test."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from sandbox.faults import Fault, parse_faults, read_faults
from sandbox.gorgias.account import Account
from sandbox.gorgias.app import DEFAULT_RATE, GorgiasServer
from sandbox.ivinex.app import build_app
from sandbox.listening import listening

PARENT_POLL = 0.5
START_TIMEOUT = 30.0


@dataclass(frozen=True)
class Running:
    """Both sides, reachable."""

    ivinex_url: str
    gorgias_url: str
    ivinex_auth: tuple[str, str] = field(repr=False)
    gorgias_auth: tuple[str, str] = field(repr=False)
    gorgias: Account = field(repr=False)


@contextlib.contextmanager
def running(
    dataset: Path,
    *,
    rate: str = "4000/20",
    ivinex_rate: float | None = 200.0,
    faults: list[dict[str, Any]] | None = None,
    ports: tuple[int, int] = (0, 0),
    state_file: Path | None = None,
) -> Iterator[Running]:
    """Serve a dataset folder on loopback ports, on a background thread with its own event loop.

    Args:
        ports: of the Ivinex and the Gorgias side; 0 takes a free one.
        state_file: keeps the account; what it holds is there from the start.
    """
    server = GorgiasServer(dataset, rate=rate, faults=parse_faults(faults or [], "faults"), state_file=state_file)
    ivinex = build_app(dataset, rate=ivinex_rate)
    try:
        with on_thread(ivinex, server.app, ports=ports) as (ivinex_url, gorgias_url):
            yield Running(ivinex_url, gorgias_url, ivinex.state.credentials, server.auth, server.account)
    finally:
        server.close()


@dataclass(frozen=True)
class RunningGorgias:
    """The Gorgias side alone."""

    gorgias_url: str
    gorgias_auth: tuple[str, str] = field(repr=False)
    gorgias: Account = field(repr=False)
    server: GorgiasServer = field(repr=False)


@contextlib.contextmanager
def running_gorgias(
    config: dict[str, Any] | Path,
    *,
    rate: str = "4000/20",
    faults: list[dict[str, Any]] | None = None,
    **options: Any,
) -> Iterator[RunningGorgias]:
    """Serve the Gorgias side only; `options` go to GorgiasServer (state_file, clock, sleep)."""
    server = GorgiasServer(config, rate=rate, faults=parse_faults(faults or [], "faults"), **options)
    try:
        with on_thread(server.app) as (url,):
            yield RunningGorgias(url, server.auth, server.account, server)
    finally:
        server.close()


@contextlib.contextmanager
def on_thread(*apps: Any, ports: Sequence[int] = ()) -> Iterator[list[str]]:
    """Serve applications on a thread of their own. Yields their base URLs; an error while starting is raised here."""
    started = threading.Event()
    failure: list[BaseException] = []
    urls: list[str] = []
    stops: list[Callable[[], object]] = []

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with listening(*zip(apps, ports or [0] * len(apps), strict=True)) as found:
            urls.extend(found)
            stops.append(lambda: loop.call_soon_threadsafe(stop.set))
            started.set()
            await stop.wait()

    def work() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            failure.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=work, name="sandbox", daemon=True)
    thread.start()
    started.wait(START_TIMEOUT)
    if failure:
        raise failure[0]
    try:
        yield urls
    finally:
        stops[0]()
        thread.join()


@click.command()
@click.argument("dataset", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--ivinex-port", default=0, show_default="a free one")
@click.option("--gorgias-port", default=0, show_default="a free one")
@click.option("--rate", default=DEFAULT_RATE, show_default=True, help="Gorgias: REQUESTS/SECONDS of the leaky bucket.")
@click.option("--ivinex-rate", type=float, default=None, help="Ivinex: requests per second (switch A-19).")
@click.option("--faults", "fault_file", type=click.Path(path_type=Path), help="JSON list of faults, Gorgias side.")
@click.option("--state-file", type=click.Path(path_type=Path), help="Keeps the Gorgias state over a restart.")
@click.option("--parent", type=int, help="Process id; the servers end when it does.")
def serve(
    dataset: Path,
    ivinex_port: int,
    gorgias_port: int,
    rate: str,
    ivinex_rate: float | None,
    fault_file: Path | None,
    state_file: Path | None,
    parent: int | None,
) -> None:
    """Serve DATASET as an Ivinex site and a Gorgias account until a signal comes.

    Prints one JSON line with the addresses and credentials when both listen.
    """
    first_parent = os.getppid()
    # the account's rows stay until the end and hold no cycles: looking through them for garbage is a third of a create
    gc.set_threshold(100_000, 50, 100)
    try:
        faults: list[Fault] = read_faults(fault_file) if fault_file else []
        server = GorgiasServer(dataset, rate=rate, faults=faults, state_file=state_file)
        ivinex = build_app(dataset, rate=ivinex_rate)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with listening((ivinex, ivinex_port), (server.app, gorgias_port)) as (ivinex_url, gorgias_url):
            addresses = {
                "ivinex": ivinex_url,
                "gorgias": gorgias_url,
                "ivinex_auth": ivinex.state.credentials,
                "gorgias_auth": server.auth,
            }
            click.echo(json.dumps(addresses))
            if parent is not None:
                watch = asyncio.create_task(_until_orphaned(parent, first_parent, stop))
            await stop.wait()
            if parent is not None:
                watch.cancel()

    try:
        asyncio.run(main())
    except OSError as error:
        raise click.UsageError(f"cannot listen: {error.strerror}") from None
    finally:
        server.close()


async def _until_orphaned(parent: int, first_parent: int, stop: asyncio.Event) -> None:
    """A killed parent sends no signal: notice that it is gone, or that this process was handed to another."""
    while os.getppid() == first_parent and _alive(parent):
        await asyncio.sleep(PARENT_POLL)
    stop.set()


def _alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
