"""Two hosts, each with the home and the code server of one shop; the UI, the daemon and PostgreSQL are on neither.

Days of both are backfilled at once by the requests that the pages send. One host is cut off in the middle and comes
back, the other one is killed: nothing is doubled or lost, and what happens to one is not felt by the other.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import request_forms as forms
import yaml
from graphql_pages import ENDED, Ui
from hosts import MIDDLE, NETWORK, Host, NoHosts, hosts, network
from postgres_server import NoPostgres, postgres_server
from served_shops import ROOT, Shops, served_shops

from resources.warehouse import Warehouse

TICKETS = {"shop1": 24, "shop2": 26}
DAYS, ALLOWANCE, PORT = 6, 60, 4000
CUT_SECONDS = 45.0
LOCATIONS = """query { workspaceOrError { ... on Workspace { locationEntries { name
  locationOrLoadError { __typename ... on PythonError { message } } } } } }"""
GUARDED = ("-m", "migration_assets.orchestration.guarded_dagster", "dagster_webserver")

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]


@dataclass
class Agency:
    """All of it, running.

    Attributes:
        hosts: shop -> where its code server is.
    """

    shops: Shops
    ui: Ui
    hosts: dict[str, Host]

    def serve(self, name: str) -> None:
        """Start the code server of a shop, as deploy/compose.yaml does."""
        served = ["-h", "0.0.0.0", "-p", str(PORT), "-m", "migration_assets.shops", "-a", name]
        self.hosts[name].start(
            [*_dagster("dagster"), "api", "grpc", *served],
            self.shops.folder,
            self.shops.environment | {"DAGSTER_HOME": str(_instance(self.shops.folder, name))},
            self.shops.folder / f"{name}.log",
        )

    def tickets(self, name: str) -> list[str]:
        """The external id of each ticket in the account."""
        return [str(row["external_id"]) for row in self.shops.served[name].gorgias.tickets if row["external_id"]]

    def messages(self, name: str) -> list[str]:
        rows = self.shops.served[name].gorgias.messages
        return [str(row["external_id"]) for row in rows if row["external_id"]]

    def days(self, name: str) -> list[str]:
        """Its days with tickets."""
        warehouse = Warehouse(self.shops.folder / name / "warehouse.duckdb")
        rows = warehouse.query(
            "SELECT DISTINCT partition FROM ivinex.ticket_sweep WHERE partition <> 'none' ORDER BY 1"
        )
        return list(rows["partition"])

    def backfill(self, name: str, days: list[str]) -> str:
        job = f"{name}_migrate_day"
        return self.ui.send(forms.backfill(job, self.ui.assets(job), days).at(name))

    def statuses(self, backfill: str) -> Counter[str]:
        return Counter(status for _, status in self.ui.runs_of(backfill).values())


def _instance(folder: Path, name: str) -> Path:
    """A DAGSTER_HOME with the committed settings."""
    place = folder / f"instance_{name}"
    place.mkdir(exist_ok=True)
    shutil.copyfile(ROOT / "deploy" / "dagster.yaml", place / "dagster.yaml")
    return place


def _dagster(program: str) -> list[str]:
    return [str(Path(sys.executable).with_name(program))]


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """Read, mapped and decided from the middle, before there are other hosts."""
    folder = tmp_path_factory.mktemp("agency")
    try:
        with ExitStack() as stack:
            stack.enter_context(network())
            stack.enter_context(postgres_server(folder, MIDDLE, NETWORK))
            url = f"postgresql+psycopg2://postgres@{MIDDLE}:5432/postgres"
            shops = stack.enter_context(served_shops(folder, url, TICKETS, DAYS, ALLOWANCE))
            shops.prepared()
            both = [one for served in shops.served.values() for one in (served.ivinex_url, served.gorgias_url)]
            made = stack.enter_context(hosts(["host-a", "host-b"], both))
            by_shop = dict(zip(TICKETS, made, strict=True))
            ui = stack.enter_context(_ui(shops, by_shop))
            agency = Agency(shops, ui, by_shop)
            for name in TICKETS:
                agency.serve(name)
            ui.until(lambda: _loaded(ui) == {*TICKETS}, 600)
            yield agency
    except (NoHosts, NoPostgres) as error:
        pytest.skip(str(error))


@contextmanager
def _ui(shops: Shops, by_shop: dict[str, Host]) -> Iterator[Ui]:
    """Webserver and daemon, as deploy/compose.yaml starts them."""
    workspace = shops.folder / "workspace.yaml"
    servers = [
        {"grpc_server": {"host": host.address, "port": PORT, "location_name": name}} for name, host in by_shop.items()
    ]
    workspace.write_text(yaml.safe_dump({"load_from": servers}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = shops.environment | {"DAGSTER_HOME": str(_instance(shops.folder, "middle"))}
    commands = (
        [sys.executable, *GUARDED, "-h", "127.0.0.1", "-p", str(port), "-w", str(workspace)],
        [*_dagster("dagster-daemon"), "run", "-w", str(workspace)],
    )
    with ExitStack() as stack:
        started = []
        for name, command in zip(("web", "daemon"), commands, strict=True):
            log = stack.enter_context((shops.folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(command, cwd=shops.folder, env=environment, stdout=log, stderr=log, text=True)
            stack.callback(process.wait)
            stack.callback(process.kill)
            started.append(process)
        yield Ui(started[0], f"http://127.0.0.1:{port}", shops.folder, "", "", shops.environment)


def _loaded(ui: Ui) -> set[str]:
    """Locations that the pages show; none while the webserver does not answer."""
    try:
        entries = ui.ask(LOCATIONS)["locationEntries"]
    except (urllib.error.URLError, OSError):
        return set()
    wrong = {one["name"] for one in entries if one["locationOrLoadError"]["__typename"] == "PythonError"}
    if wrong:
        ui.ask("mutation { reloadWorkspace { __typename } }")
    return {one["name"] for one in entries} - wrong


def test_a_host_that_is_cut_off_and_comes_back_doubles_and_loses_nothing_and_the_other_goes_on(agency: Agency):
    ui, cut, other = agency.ui, "shop1", "shop2"
    prepared = {
        name: ui.send(forms.materialize(f"{name}_prepare", ui.assets(f"{name}_prepare")).at(name)) for name in TICKETS
    }
    ui.until(lambda: all(ui.status(run) in ENDED for run in prepared.values()), 1200)
    assert {name: (ui.status(run), ui.failures(run)) for name, run in prepared.items()} == {
        name: ("SUCCESS", {}) for name in TICKETS
    }
    first = {name: agency.days(name)[:3] for name in TICKETS}
    backfills = {name: agency.backfill(name, days) for name, days in first.items()}
    ui.until(lambda: len(agency.tickets(cut)) > 1, 900)
    before = len(agency.messages(other))
    agency.hosts[cut].cut_off()
    time.sleep(CUT_SECONDS)
    # The other one goes on meanwhile, or was through already.
    ui.until(lambda: len(agency.messages(other)) > before or agency.statuses(backfills[other])["SUCCESS"] == 3, 600)
    agency.hosts[cut].back()
    ui.until(lambda: agency.statuses(backfills[other])["SUCCESS"] == 3, 900)
    ui.until(lambda: sum(agency.statuses(backfills[cut])[one] for one in ENDED) == 3, 1200)
    failed = [day for day, (_, status) in ui.runs_of(backfills[cut]).items() if status != "SUCCESS"]
    if failed:
        again = agency.backfill(cut, failed)
        ui.until(lambda: agency.statuses(again)["SUCCESS"] == len(failed), 1200)
    for name in TICKETS:
        assert max(Counter(agency.tickets(name)).values()) == 1
        assert max(Counter(agency.messages(name)).values()) == 1


def test_a_host_that_is_killed_goes_on_where_it_was_and_the_other_feels_nothing(agency: Agency):
    ui, killed, other = agency.ui, "shop2", "shop1"
    rest = {name: agency.days(name)[3:] for name in TICKETS}
    before = len(agency.tickets(killed))
    backfills = {name: agency.backfill(name, days) for name, days in rest.items()}
    ui.until(lambda: len(agency.tickets(killed)) > before, 900)
    agency.hosts[killed].kill()
    ui.until(lambda: agency.statuses(backfills[other])["SUCCESS"] == len(rest[other]), 1200)
    agency.serve(killed)
    # The run that died is seen as dead, and the days behind it go on.
    ui.until(lambda: sum(agency.statuses(backfills[killed])[one] for one in ENDED) == len(rest[killed]), 1200)
    runs = ui.runs_of(backfills[killed])
    failed = {day: ui.failures(run) for day, (run, status) in runs.items() if status != "SUCCESS"}
    assert len(failed) == 1, failed
    again = agency.backfill(killed, [*failed])
    ui.until(lambda: agency.statuses(again)["SUCCESS"] == len(failed), 1200)


def test_after_all_of_it_each_account_holds_what_its_source_held_once_and_balances(agency: Agency):
    # From the middle, as a person at a shell: what is left, then the balance (exit code 0).
    agency.shops.all("run", "--json")
    for name, count in TICKETS.items():
        assert Counter(Counter(agency.tickets(name)).values()) == {1: count}
        assert {*Counter(agency.messages(name)).values()} == {1}
    agency.shops.all("verify", "--json")
