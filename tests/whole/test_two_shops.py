"""Two shops, each one file, on one Dagster instance and one ledger on PostgreSQL: loaded at once, they do not meet."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import httpx
import pytest
import yaml
from decided_points import decide_all_points
from mini_migration import ALLOWANCE, SETTING_PREFIXES

from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.warehouse import Warehouse
from sandbox.generator.generate import generate_dataset
from sandbox.serve import Running, running

ROOT = Path(__file__).parents[2]
TICKETS = {"shop1": 8, "shop2": 11}
_MIGRATE = "import sys; from migration_assets.cli import main; main(sys.argv[1:])"

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]


class Shops:
    """A folder with `migrations/`, and the sandbox of each."""

    def __init__(self, folder: Path, served: dict[str, Running], environment: dict[str, str]):
        self.folder, self.served, self.environment = folder, served, environment

    def migrate(self, *command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", _MIGRATE, *command],
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
        host = urlsplit(_address(name, sandbox)).hostname
        ledger = Ledger.open(url, f"staging:{host}")
        email, key = sandbox.gorgias_auth
        gorgias = GorgiasResource(base_url=sandbox.gorgias_url, email=email, api_key=key)
        decide_all_points(gorgias.reader, ledger, Warehouse(self.folder / name / "warehouse.duckdb"))
        gorgias.close()
        ledger.close()

    def tickets(self, name: str) -> int:
        sandbox = self.served[name]
        with httpx.Client(base_url=sandbox.gorgias_url, auth=sandbox.gorgias_auth) as client:
            return len(client.get("/api/tickets", params={"limit": 100}).json()["data"])


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Shops]:
    folder = tmp_path_factory.mktemp("agency")
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
    with ExitStack() as stack:
        served = {}
        for seed, (name, tickets) in enumerate(TICKETS.items(), start=61):
            dataset = folder / f"dataset_{name}"
            generate_dataset(dataset, tickets=tickets, seed=seed, days=4, profile="mail")
            sandbox = stack.enter_context(running(dataset, rate=f"{ALLOWANCE}/20", ivinex_rate=None))
            served[name] = sandbox
            (folder / name).mkdir(mode=0o700)
            (dataset / "admin_exports").rename(folder / name / "admin_exports")
            environment |= {f"{name}_ivinex": sandbox.ivinex_auth[1], f"{name}_gorgias": sandbox.gorgias_auth[1]}
            (folder / "migrations" / f"{name}.yaml").write_text(yaml.safe_dump(_file(name, sandbox)))
        yield Shops(folder, served, environment)


def _address(name: str, sandbox: Running) -> str:
    """The name of the host is the account of a ledger, and loopback has several."""
    return sandbox.gorgias_url.replace("127.0.0.1", "127.0.0.1" if name == "shop1" else "localhost")


def _file(name: str, sandbox: Running) -> dict[str, object]:
    return {
        "target": "staging",
        "home": name,
        "ivinex_base_url": sandbox.ivinex_url,
        "ivinex_username": sandbox.ivinex_auth[0],
        "ivinex_timezone": "America/Denver",
        "ivinex_requests_per_second": 10000,
        "gorgias_base_url": _address(name, sandbox),
        "gorgias_email": sandbox.gorgias_auth[0],
        "gorgias_allowance": ALLOWANCE,
        "secrets": {
            "ivinex_password": f"{name}_ivinex",
            "gorgias_api_key": f"{name}_gorgias",
            "ledger_url": "SHARED_DATABASE",
        },
    }


def test_two_shops_are_loaded_at_once_under_their_own_names(shops: Shops, monkeypatch: pytest.MonkeyPatch):
    shops.all("discover")
    shops.all("mapping", "confirm", "--by", "Ann")
    for name in TICKETS:
        shops.decide(name)
    said = shops.all("run", "--json")
    assert {name: shops.tickets(name) for name in TICKETS} == TICKETS, said
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", shops.environment["DAGSTER_POSTGRES_URL"])
    with dg.DagsterInstance.from_config(str(shops.folder / "shop1" / "dagster")) as instance:
        runs = instance.get_runs()
        assert {run.job_name.split("_")[0] for run in runs} == set(TICKETS)
        assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
        keys = {key.to_user_string() for key in instance.all_asset_keys()}
        assert {key.split("/")[0] for key in keys} == set(TICKETS)
        assert "shop1/gorgias/tickets" in keys
        assert "shop2/staging/messages" in keys
        pools = set(instance.event_log_storage.get_concurrency_keys())
        assert len([pool for pool in pools if pool.startswith("gorgias_api/")]) == 2, pools
    again = shops.migrate("list", "--json")
    told = again.communicate(timeout=100)[0]
    assert '"shop1"' in told
    assert '"phase": "days"' in told or '"done"' in told, told
