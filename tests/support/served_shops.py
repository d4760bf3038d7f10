"""Several shops as an agency has them: a folder with `migrations/`, one Dagster storage and one ledger on PostgreSQL,
and a sandbox pair with an allowance of its own for each.

It belongs here: serving them and starting commands. It does not: what is expected of them (the tests).
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml
from decided_points import decide_all_points
from mini_migration import ALLOWANCE, SETTING_PREFIXES
from sqlalchemy import create_engine, make_url

from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.warehouse import Warehouse
from sandbox.generator.generate import generate_dataset
from sandbox.serve import Running, running

ROOT = Path(__file__).parents[2]
MIGRATE = "import sys; from migration_assets.cli import main; main(sys.argv[1:])"
HOSTS = ("127.0.0.1", "localhost")
"""The name of the host is the account of a ledger, and loopback has two."""


class Shops:
    """A folder with `migrations/`, and the sandbox of each."""

    def __init__(self, folder: Path, served: dict[str, Running], environment: dict[str, str], allowance: int):
        self.folder, self.served, self.environment, self.allowance = folder, served, environment, allowance

    def migrate(self, *command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", MIGRATE, *command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def all(self, *command: str, codes: set[int] | None = None) -> dict[str, str]:
        """The same command of both shops at once."""
        started = {name: self.migrate("--migration", name, *command) for name in self.served}
        said = {name: process.communicate(timeout=1500)[0] for name, process in started.items()}
        for name, process in started.items():
            assert process.returncode in (codes or {0}), (name, command, process.returncode, said[name][-3000:])
        return said

    def decide(self, name: str) -> None:
        """Every point of the account, in this process: a command takes seconds to start."""
        sandbox, url = self.served[name], self.environment["SHARED_DATABASE"]
        host = urlsplit(self.address(name)).hostname
        ledger = Ledger.open(url, f"staging:{host}")
        email, key = sandbox.gorgias_auth
        gorgias = GorgiasResource(base_url=sandbox.gorgias_url, email=email, api_key=key)
        decide_all_points(gorgias.reader, ledger, Warehouse(self.folder / name / "warehouse.duckdb"))
        gorgias.close()
        ledger.close()

    def prepared(self) -> None:
        """Each shop's source read, its map confirmed, and every point of its account decided."""
        self.all("discover")
        self.all("mapping", "confirm", "--by", "Ann")
        for name in self.served:
            self.decide(name)

    def tickets(self, name: str) -> list[str]:
        """The external id of each ticket in the account."""
        sandbox = self.served[name]
        with httpx.Client(base_url=sandbox.gorgias_url, auth=sandbox.gorgias_auth) as client:
            found = client.get("/api/tickets", params={"limit": 100}).json()["data"]
        return sorted(str(ticket["external_id"]) for ticket in found)

    def address(self, name: str) -> str:
        host = HOSTS[list(self.served).index(name)]
        return self.served[name].gorgias_url.replace("127.0.0.1", host)

    def write_file(self, name: str, of: str, **changed: Any) -> Path:
        """`migrations/NAME.yaml` with the two sides of the shop `of`; None takes a key away."""
        sandbox = self.served[of]
        values = {
            "target": "staging",
            "home": name,
            "ivinex_base_url": sandbox.ivinex_url,
            "ivinex_username": sandbox.ivinex_auth[0],
            "ivinex_timezone": "America/Denver",
            "ivinex_requests_per_second": 10000,
            "gorgias_base_url": self.address(of),
            "gorgias_email": sandbox.gorgias_auth[0],
            "gorgias_allowance": self.allowance,
            "secrets": {
                "ivinex_password": f"{of}_ivinex",
                "gorgias_api_key": f"{of}_gorgias",
                "ledger_url": "SHARED_DATABASE",
            },
            **changed,
        }
        path = self.folder / "migrations" / f"{name}.yaml"
        path.write_text(yaml.safe_dump({key: value for key, value in values.items() if value is not None}))
        return path


def _own_database(postgres_url: str, name: str) -> str:
    """Beside the one of this worker, which other tests fill with the same accounts."""
    url = make_url(postgres_url)
    own = url.set(database=f"{url.database}_{name}")
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{own.database}"')
    engine.dispose()
    return own.render_as_string(hide_password=False)


@contextmanager
def served_shops(
    folder: Path, postgres_url: str, tickets: Mapping[str, int], days: int = 4, allowance: int = ALLOWANCE
) -> Iterator[Shops]:
    """At most as many shops as loopback has names, on a database of their own.

    Args:
        tickets: shop -> tickets of its dataset.
        allowance: calls in 20 seconds of each account.
    """
    postgres_url = _own_database(postgres_url, folder.name)
    (folder / "migrations").mkdir()
    (folder / "migrations" / "dagster.yaml").write_text((ROOT / "deploy" / "dagster.yaml").read_text())
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIXES)}
    environment = {
        **clean,
        "PYTHONPATH": str(ROOT),
        "DAGSTER_POSTGRES_URL": postgres_url,
        "SHARED_DATABASE": postgres_url.replace("+psycopg2", ""),
        # Of another migration: what a file does not say is not taken from here.
        "GORGIAS_BASE_URL": "https://another.gorgias.com",
        "MIGRATION_HOME": str(folder / "another"),
    }
    shops = Shops(folder, {}, environment, allowance)
    with ExitStack() as stack:
        for seed, (name, count) in enumerate(tickets.items(), start=61):
            dataset = folder / f"dataset_{name}"
            generate_dataset(dataset, tickets=count, seed=seed, days=days, profile="mail")
            sandbox = stack.enter_context(running(dataset, rate=f"{allowance}/20", ivinex_rate=None))
            shops.served[name] = sandbox
            (folder / name).mkdir(mode=0o700)
            (dataset / "admin_exports").rename(folder / name / "admin_exports")
            environment.update({f"{name}_ivinex": sandbox.ivinex_auth[1], f"{name}_gorgias": sandbox.gorgias_auth[1]})
            shops.write_file(name, name)
        yield shops
