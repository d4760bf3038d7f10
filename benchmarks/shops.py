"""Many shops in one UI on one PostgreSQL, loaded at once: is each as fast as its own account allows, and at what cost?

    python -m benchmarks.shops [--shops 5] [--tickets 40]

Each shop is a file in migrations/ and a sandbox pair with a bucket of 40 calls in 20 seconds, as a key has. Its source
is read and its map confirmed; then one `migrate ui` has them all, and the job migrate_range of each is started by the
request of its page. Afterwards `migrate run` of each proves its balance, and one more file is one more shop. Needs
Linux and the extras dev and postgres. Writes results/shops.json and docs/performance.md.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import httpx
import yaml

from benchmarks.allowance_share import SIZE, WINDOW, used
from benchmarks.performance_page import PAGE, keep, write
from benchmarks.shop_processes import ShopProcesses, code_servers
from sandbox.generator.generate import generate_dataset
from sandbox.gorgias.app import GorgiasServer
from sandbox.ivinex.app import build_app
from sandbox.serve import on_thread

ROOT = Path(__file__).parents[1]
ACCOUNTS = (
    ("staging", "127.0.0.1"), ("staging", "localhost"), ("production", "127.0.0.1"), ("production", "localhost"),
    ("demo", "127.0.0.1"),
)  # fmt: skip
"""Target and name of the host are the account, and plain http is taken for names of loopback only: five at most."""
TICKETS = 40
COLUMNS = (
    "shop", "tickets", "calls", "seconds", "of allowance x share", "without idle stretches", "idle s", "429",
    "CPU s", "peak MiB", "doubled", "lost", "balance",
)  # fmt: skip
_LAUNCH = """mutation($p: ExecutionParams!) { launchPipelineExecution(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
_FAILURES = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
  ... on ExecutionStepFailureEvent { stepKey failureMetadata { description }
    error { message errorChain { error { message stack } } } } } } } }"""
_LOCATIONS = """query { workspaceOrError { ... on Workspace { locationEntries { name
  locationOrLoadError { __typename } } } } }"""


@dataclass
class Shop:
    """One of them.

    Attributes:
        times: when each call of its account came.
    """

    name: str
    server: GorgiasServer
    times: list[float] = field(default_factory=list)

    def used(self) -> tuple[int, float, str, str, float]:
        """Calls, seconds, what part of its share they are (of all time, and without idle stretches), idle seconds."""
        found = used(self.times)
        shares = (f"{found.of_all:.1%}", f"{found.without_idle:.1%}")
        return found.calls, round(found.seconds, 1), *shares, round(found.idle, 1)

    def external_ids(self) -> list[str]:
        return [row["external_id"] for row in self.server.account.tickets if row["external_id"]]


def counted(app: Any, times: list[float]) -> Any:
    """The application, which notes when each call of the API comes."""

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            times.append(time.monotonic())
        await app(scope, receive, send)

    return noting


def measure_shops(shops: int = len(ACCOUNTS), tickets: int = TICKETS) -> dict[str, Any]:
    """The result by which the page is written."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = _environment(stack, folder)
        made = [_shop(stack, folder, environment, number, tickets) for number in range(shops)]
        for shop in made:
            _migrate(folder, environment, shop.name, "discover")
            decide = [sys.executable, "-m", "benchmarks.as_benchmark"]
            subprocess.run(decide, cwd=folder, env=environment | {"MIGRATION": shop.name}, check=True)
            shop.times.clear()
        with _ui(folder, environment) as (address, process):
            looks = ShopProcesses(code_servers(process))
            _load(address, made)
            cpu = looks.end()
            used = {shop.name: shop.used() for shop in made}
        with ThreadPoolExecutor(len(made)) as pool:
            ended = pool.map(lambda shop: _migrate(folder, environment, shop.name, "run"), made)
            codes = dict(zip((shop.name for shop in made), ended, strict=True))
        added = _one_more(folder, environment, made)
    rows = [
        (
            *(shop.name, tickets, *used[shop.name], shop.server.stats.throttled),
            *(cpu[shop.name], looks.peak[shop.name], *_counts(shop, tickets)),
            "balanced" if codes[shop.name] == 0 else f"exit code {codes[shop.name]}",
        )
        for shop in made
    ]
    return {"columns": COLUMNS, "rows": rows, "sentences": [added]}


def _counts(shop: Shop, tickets: int) -> tuple[int, int]:
    found = shop.external_ids()
    return len(found) - len({*found}), tickets - len({*found})


def _environment(stack: ExitStack, folder: Path) -> dict[str, str]:
    """One PostgreSQL for Dagster and for all ledgers."""
    server = import_module("tests.support.postgres_server")
    socket = stack.enter_context(server.postgres_server(folder / "server"))
    url = f"postgresql+psycopg2://postgres@/postgres?host={socket}"
    (folder / "migrations").mkdir()
    (folder / "migrations" / "dagster.yaml").write_text((ROOT / "deploy" / "dagster.yaml").read_text())
    foreign = ("MIGRATION", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**clean, "PYTHONPATH": str(ROOT), "DAGSTER_POSTGRES_URL": url, "LEDGERS": url}


def _shop(stack: ExitStack, folder: Path, environment: dict[str, str], number: int, tickets: int) -> Shop:
    """A dataset, its two servers, a home, and its file."""
    name = f"shop{number + 1}"
    dataset, home = folder / f"dataset_{name}", folder / name
    generate_dataset(dataset, tickets=tickets, seed=61 + number, days=5)
    home.mkdir(mode=0o700)
    (dataset / "admin_exports").rename(home / "admin_exports")
    shop = Shop(name, GorgiasServer(dataset, rate=f"{SIZE}/{WINDOW:g}"))
    site = build_app(dataset, rate=None)
    ivinex, gorgias = stack.enter_context(on_thread(site, counted(shop.server.app, shop.times)))
    environment |= {f"{name}_ivinex": site.state.credentials[1], f"{name}_gorgias": shop.server.auth[1]}
    target, host = ACCOUNTS[number]
    values = {
        "target": target, "home": name, "gorgias_reserve": 0,
        "ivinex_base_url": ivinex, "ivinex_username": site.state.credentials[0], "ivinex_timezone": "America/Denver",
        "ivinex_requests_per_second": 10000,
        "gorgias_base_url": gorgias.replace("127.0.0.1", host), "gorgias_email": shop.server.auth[0],
        "secrets": {
            "ivinex_password": f"{name}_ivinex", "gorgias_api_key": f"{name}_gorgias", "ledger_url": "LEDGERS",
        },
    }  # fmt: skip
    (folder / "migrations" / f"{name}.yaml").write_text(yaml.safe_dump(values))
    return shop


def _one_more(folder: Path, environment: dict[str, str], made: list[Shop]) -> str:
    """One file more, and the UI anew."""
    first = yaml.safe_load((folder / "migrations" / f"{made[0].name}.yaml").read_text())
    name = f"shop{len(made) + 1}"
    another = first | {"home": name, "gorgias_base_url": "https://another.gorgias.com", "target": "staging"}
    (folder / "migrations" / f"{name}.yaml").write_text(yaml.safe_dump(another))
    began = time.monotonic()
    with _ui(folder, environment) as (address, _):
        loaded = _loaded(address)
    seconds = time.monotonic() - began
    if name not in loaded or len(loaded) != len(made) + 1:
        raise RuntimeError(f"the UI has {sorted(loaded)}")
    return f"One file more, and `migrate ui` has {len(loaded)} code locations {seconds:.0f} s later."


def _migrate(folder: Path, environment: dict[str, str], *words: str) -> int:
    command = [sys.executable, "-c", "from migration_assets.cli import main; main()", "--migration", *words, "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        click.echo(f"{words}: {done.returncode} {done.stdout[-1000:]} {done.stderr[-1000:]}", err=True)
    return done.returncode


@contextmanager
def _ui(folder: Path, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Address and process of a `migrate ui` that has loaded all locations."""
    process, address = _started_ui(folder, environment)
    try:
        names = [path.stem for path in (folder / "migrations").glob("shop*.yaml")]
        _until(lambda: _loaded(address) == {*names}, 300)
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)


def _started_ui(folder: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """On a machine that is busy with other things, a start may take too long; it is tried three times."""
    command = [sys.executable, "-c", "from migration_assets.cli import main; main()", "ui", "--json"]
    for _ in range(3):
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()  # type: ignore[union-attr]
        if '"ui"' in line:
            return process, json.loads(line)["ui"]
        process.wait()
    raise RuntimeError(f"`migrate ui` did not start: {line}")


def _load(address: str, shops: list[Shop]) -> None:
    """The job migrate_range of each, started at once; returns when all have ended."""
    runs = {}
    for shop in shops:
        selector = {
            "repositoryName": "__repository__", "repositoryLocationName": shop.name,
            "pipelineName": f"{shop.name}_migrate_range", "assetSelection": [], "assetCheckSelection": [],
        }  # fmt: skip
        tags = [{"key": "migrate/migration", "value": shop.name}]
        asked = {"selector": selector, "mode": "default", "runConfigData": "{}", "executionMetadata": {"tags": tags}}
        runs[shop.name] = _ask(address, _LAUNCH, p=asked)["run"]["runId"]
    over = {"SUCCESS", "FAILURE", "CANCELED"}
    _until(lambda: all(_ask(address, _STATUS, id=run)["status"] in over for run in runs.values()), 3600)
    ended = {name: _ask(address, _STATUS, id=run)["status"] for name, run in runs.items()}
    if {*ended.values()} != {"SUCCESS"}:
        failures = {name: _ask(address, _FAILURES, id=run)["events"] for name, run in runs.items()}
        failures = {name: [one for one in events if one] for name, events in failures.items()}
        raise RuntimeError(f"not all were loaded: {ended} {failures}")


def _loaded(address: str) -> set[str]:
    entries = _ask(address, _LOCATIONS)["locationEntries"]
    return {one["name"] for one in entries if one["locationOrLoadError"]["__typename"] == "RepositoryLocation"}


def _ask(address: str, query: str, **variables: Any) -> Any:
    answer = httpx.post(f"{address}/graphql", json={"query": query, "variables": variables}, timeout=120).json()
    return next(iter(answer["data"].values()))


def _until(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError("not reached in time")
        time.sleep(1)


@click.command()
@click.option("--shops", type=click.IntRange(1, len(ACCOUNTS)), default=len(ACCOUNTS), show_default=True)
@click.option("--tickets", default=TICKETS, show_default=True, help="Of each shop.")
@click.option("--docs", default=PAGE, type=click.Path(path_type=Path), help="The page that is written.")
def main(shops: int, tickets: int, docs: Path) -> None:
    """Measure, and write the page."""
    result = measure_shops(shops, tickets)
    keep("shops", result)
    write(docs)
    for row in (COLUMNS, *result["rows"]):
        click.echo(" | ".join(map(str, row)))
    click.echo("\n".join(result["sentences"]))


if __name__ == "__main__":
    main()
