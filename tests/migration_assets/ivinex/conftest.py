"""A served Ivinex site on a free loopback port, and room 1 run against it."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from migration_assets.settings import Settings, SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource
from sandbox.generator.generate import generate_dataset
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


class FixedSettings(SettingsResource):
    """Settings of a test instead of the environment's."""

    home: str
    start: str = "2015-01-01"

    def get(self) -> Settings:
        return Settings(home=Path(self.home), ivinex_timezone="America/Denver", start_date=self.start)


@dataclass(frozen=True)
class Run:
    """Room 1 after a run: its stores and what each asset said."""

    warehouse: Warehouse
    ledger: Ledger
    metadata: dict[str, dict[str, Any]]

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return list(self.warehouse.query(sql, list(params)).itertuples(index=False, name=None))

    def one(self, sql: str, *params: Any) -> Any:
        return self.warehouse.scalar(sql, list(params))


def run_room(
    site: Site,
    home: Path,
    *,
    select: list[dg.AssetsDefinition] | None = None,
    start: str = "2015-01-01",
    **options: Any,
) -> Run:
    """Materializes the unpartitioned assets of room 1 (or some of them) as one run."""
    warehouse = WarehouseResource(database=str(home / "warehouse.duckdb"))
    ledger = LedgerResource(url=f"sqlite:///{home / 'ledger.sqlite'}", account="test")
    username, password = site.credentials
    ivinex = IvinexResource(
        base_url=site.url, username=username, password=password, requests_per_second=100_000, **options
    )
    result = dg.materialize(
        select or ROOM,
        resources={
            "warehouse": warehouse,
            "ledger": ledger,
            "ivinex": ivinex,
            "settings": FixedSettings(home=str(home), start=start),
        },
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    metadata = {
        event.asset_key.path[-1]: {key: item.value for key, item in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    return Run(warehouse.get(), ledger.get(), metadata)


def copy_dataset(source: Path, folder: Path, **site: Any) -> Path:
    """Copies a dataset and changes keys of its site.json."""
    shutil.copytree(source, folder)
    file = folder / "site.json"
    file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | site))
    return folder


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Generated datasets, made once a session: `datasets("typical")`, `datasets("hostile")`."""
    made: dict[str, Path] = {}

    def dataset(profile: str) -> Path:
        if profile not in made:
            made[profile] = tmp_path_factory.mktemp(profile) / "site"
            generate_dataset(made[profile], tickets=120, seed=7, profile=profile)
        return made[profile]

    return dataset
