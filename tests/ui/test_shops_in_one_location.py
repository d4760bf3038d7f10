"""Two components in one code location of `dagster dev`: both are loaded at once by the requests that the pages send,
each into its own account and home; a run of both is refused.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import request_forms as forms
import yaml
from graphql_pages import ENDED, Ui
from interrupts import hears_ctrl_c
from served_shops import Shops, served_shops

from migration_assets.partitions import FIRST_DAY_FILE
from resources.ledger import Ledger
from resources.warehouse import Warehouse

ROOT = Path(__file__).parents[2]
TICKETS = {"shop1": 6, "shop2": 7}
LOCATION = "migration_assets.project"
TIMES = "query($id: ID!) { runOrError(runId: $id) { ... on Run { startTime endTime status } } }"
TICKS = """query($s: SensorSelector!) { sensorOrError(sensorSelector: $s) { ... on Sensor { sensorState {
  ticks(limit: 20) { status skipReason error { message } } } } } }"""
FIRST_DAY = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionKeyConnection(limit: 1, ascending: true) { results } } } }"""
SAID = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { __typename
  ... on EngineEvent { error { message causes { message } } }
  ... on RunFailureEvent { message error { message causes { message } } } } } } }"""

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Shops]:
    """The files of served shops as those of components, in a project as docs/many-shops.md shows it."""
    with served_shops(tmp_path_factory.mktemp("project"), postgres_url, TICKETS) as served:
        settings = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "many-shops.md").read_text("utf-8"), re.DOTALL)
        assert settings is not None
        (served.folder / "pyproject.toml").write_text(settings[1])
        for name in TICKETS:
            plain = served.folder / "migrations" / f"{name}.yaml"
            given = yaml.safe_load(plain.read_text())
            plain.unlink()
            plain.with_suffix("").mkdir()
            contents = {"type": "migration_assets.component.Migration", "attributes": given}
            (plain.with_suffix("") / "defs.yaml").write_text(yaml.safe_dump(contents))
        served.prepared()
        yield served


@pytest.fixture(scope="module")
def ui(shops: Shops) -> Iterator[Ui]:
    """`dagster dev` in the folder of the project, with the instance that the page names, ended by one Ctrl-C."""
    instance = shops.folder / "instance"
    instance.mkdir()
    (instance / "dagster.yaml").write_text((shops.folder / "migrations" / "dagster.yaml").read_text())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = shops.environment | {"DAGSTER_HOME": str(instance)}
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "-h", "127.0.0.1", "-p", str(port)]
    with (shops.folder / "dev.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=shops.folder,
            env=environment,
            stdout=log,
            stderr=log,
            text=True,
            preexec_fn=hears_ctrl_c,
            start_new_session=True,
        )
    shown = Ui(process, f"http://127.0.0.1:{port}", shops.folder, "", "", environment)
    try:
        shown.until(lambda: _answers(shown), 240)
        yield shown
        process.send_signal(signal.SIGINT)
        process.wait(90)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(ui: Ui) -> bool:
    try:
        return bool(ui.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }")["nodes"])
    except (urllib.error.URLError, ConnectionError):
        time.sleep(1)
        return False


def test_two_shops_of_one_code_location_are_loaded_at_once_each_into_its_own_account_and_home(shops: Shops, ui: Ui):
    tags = {"migrate/step": "4 of 11"}
    loads = {
        name: ui.send(forms.launch_op(f"{name}_migrate_range", "{}", tags | {"migrate/migration": name}).at(LOCATION))
        for name in TICKETS
    }
    ui.until(lambda: all(ui.status(run) in ENDED for run in loads.values()), 2400)
    ended = {name: ui.ask(TIMES, id=run) for name, run in loads.items()}
    assert {one["status"] for one in ended.values()} == {"SUCCESS"}, {n: ui.failures(run) for n, run in loads.items()}
    # Neither waited for the other: each began before the other one ended.
    assert max(one["startTime"] for one in ended.values()) < min(one["endTime"] for one in ended.values())

    # One day of each once more by the page of its job: a run of assets, which bears no tag of its migration.
    for name in TICKETS:
        ((day,),) = ui.ask(FIRST_DAY, key={"path": [name, "staging", "tickets"]})["partitionKeyConnection"].values()
        assert day == json.loads((shops.folder / name / FIRST_DAY_FILE).read_text())["first_day"]
        job = f"{name}_migrate_day"
        run = ui.run(forms.materialize(job, ui.assets(job), day).at(LOCATION))
        assert ui.status(run) == "SUCCESS", ui.failures(run)

    found = {name: shops.tickets(name) for name in TICKETS}
    assert {name: (len(ids), len({*ids})) for name, ids in found.items()} == {
        name: (count, count) for name, count in TICKETS.items()
    }
    for name, ids in found.items():
        warehouse = Warehouse(shops.folder / name / "warehouse.duckdb")
        rows = warehouse.rows("SELECT source_id FROM ivinex.ticket_sweep")
        assert len(rows) == TICKETS[name]
        ledger = Ledger.open(shops.environment["SHARED_DATABASE"], f"staging:{_host(shops, name)}")
        counts = ledger.known_writes.write_counts()
        assert counts[(counts["object"] == "tickets") & (counts["part"] == "create")]["rows"].sum() == len(ids)
        ledger.close()


def test_the_sensors_of_each_are_evaluated_by_the_daemon(ui: Ui):
    def ticks(name: str) -> list[dict[str, Any]]:
        selector = {"repositoryName": "__repository__", "repositoryLocationName": LOCATION}
        found = ui.ask(TICKS, s={**selector, "sensorName": f"{name}_dead_runs"})
        return [one for one in found["sensorState"]["ticks"] if one["status"] != "STARTED"]

    ui.until(lambda: all(ticks(name) for name in TICKETS), 300)
    assert {(one["status"], one["skipReason"]) for name in TICKETS for one in ticks(name)} == {
        ("SKIPPED", "No run is left whose process is gone.")
    }


def test_assets_of_both_chosen_together_are_refused_with_the_way_out(ui: Ui):
    chosen = [one for name in TICKETS for one in ui.assets(only={f"{name}/mapping/confirmed"})]
    assert len(chosen) == 2
    run = ui.send(forms.materialize_asset(chosen).at(LOCATION))
    ui.until(lambda: ui.status(run) in ENDED, 300)
    assert ui.status(run) == "FAILURE"
    said = str(ui.ask(SAID, id=run)["events"])
    assert "This run holds assets of shop1 and shop2, and a run works for one migration." in said


def test_a_broken_file_keeps_the_runs_of_all_from_starting_until_it_is_mended(shops: Shops, ui: Ui):
    """Why `migrate ui` gives each a code location of its own."""
    request = forms.launch_op("shop1_verify_evidence", "{}", {"migrate/migration": "shop1"}).at(LOCATION)
    file = shops.folder / "migrations" / "shop2" / "defs.yaml"
    right = file.read_text()
    file.write_text(right.replace("ivinex_base_url", "ivinex_bse_url"))
    run = ui.run(request)
    file.write_text(right)
    assert (ui.status(run), ui.failures(run)) == ("FAILURE", {})
    run = ui.run(request)
    assert list(ui.failures(run)) == ["look_at_pack"]


def _host(shops: Shops, name: str) -> str:
    return shops.address(name).split("//")[1].split(":")[0]
