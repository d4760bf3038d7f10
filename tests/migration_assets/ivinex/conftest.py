"""A served Ivinex site on a free loopback port, and room 1 run against it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
import pytest
import uvicorn

from migration_assets.ivinex import (
    activity_sweep,
    contacts,
    fields,
    organizations,
    tabs,
    ticket_sweep,
    users,
)
from migration_assets.settings import Settings
from resources.ivinex.resource import IvinexResource
from resources.ledger import LedgerResource
from resources.warehouse import Warehouse, WarehouseResource
from sandbox.generator.generate import generate
from sandbox.ivinex.app import build_app

ROOM = [
    tabs.tabs,
    fields.fields,
    organizations.organizations,
    contacts.contacts,
    ticket_sweep.ticket_sweep,
    activity_sweep.activity_sweep,
    users.users,
]


@dataclass(frozen=True)
class Site:
    """A running site: its address, an API user, and the server object for counting and editing."""

    url: str
    credentials: tuple[str, str]
    server: Any


@contextmanager
def serving(dataset: Path) -> Iterator[Site]:
    """Serves a dataset on a background thread."""
    app = build_app(dataset)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield Site(f"http://127.0.0.1:{bound.getsockname()[1]}", app.state.credentials, app.state.server)
    finally:
        server.should_exit = True
        thread.join(5)
