"""Several shops in one `migrate ui`: two are loaded at once by the requests that the pages send, under allowances of
their own; a broken file, a wrong password and a full disk each stop their own shop only.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import request_forms as forms
from graphql_pages import ENDED, Ui
from running_ui import started_ui
from served_shops import Shops, served_shops

TICKETS = {"shop1": 6, "shop2": 7}
LOCATIONS = """query { workspaceOrError { ... on Workspace { locationEntries { name loadStatus
  locationOrLoadError { __typename ... on PythonError { message errorChain { error { message } } } } } } } }"""
TIMES = "query($id: ID!) { runOrError(runId: $id) { ... on Run { startTime endTime status } } }"
SMALL = "2m"
"""Room on the disk of one shop: enough for its file of settings, too little for a warehouse."""

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Shops]:
    with served_shops(tmp_path_factory.mktemp("agency"), postgres_url, TICKETS) as served, small_disk(served) as full:
        served.prepared()
        # Three that go wrong. A demo is another account than those of the two, so that nothing of theirs is in the way.
        served.environment["wrong_password"] = "not this one"
        alone = {"ivinex_password": "wrong_password", "gorgias_api_key": "shop1_gorgias"}
        served.write_file("wrongkey", "shop1", target="demo", secrets=alone)
        if full:
            secrets = {"ivinex_password": "shop1_ivinex", "gorgias_api_key": "shop1_gorgias"}
            served.write_file("fulldisk", "shop1", target="demo", home=str(full), secrets=secrets)
        (served.folder / "migrations" / "broken.yaml").write_text("target: staging\nhome: [\n")
        yield served


@contextmanager
def small_disk(shops: Shops) -> Iterator[Path | None]:
    """A disk of a few blocks for the home of one shop; None where this user may mount none."""
    place = shops.folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def ui(shops: Shops) -> Iterator[Ui]:
    """`migrate ui` in the folder of all, ended by one Ctrl-C."""
    with started_ui(shops.folder, shops.environment, cwd=shops.folder) as running:
        yield running


def test_two_shops_are_loaded_at_once_from_the_pages_and_what_is_wrong_with_others_stays_theirs(shops: Shops, ui: Ui):
    entries = {one["name"]: one for one in ui.ask(LOCATIONS)["locationEntries"]}
    loaded = {name for name, one in entries.items() if one["locationOrLoadError"]["__typename"] == "RepositoryLocation"}
    wrong = {"wrongkey", "fulldisk"} & set(entries)
    assert loaded == {*TICKETS} | wrong
    assert "broken.yaml is not YAML" in str(entries["broken"]["locationOrLoadError"]["errorChain"])

    tags = {"migrate/step": "4 of 11"}
    loads = {
        name: ui.send(forms.launch_op(f"{name}_migrate_range", "{}", tags | {"migrate/migration": name}).at(name))
        for name in TICKETS
    }
    failing = {
        name: ui.send(forms.materialize(f"{name}_discover", ui.assets(f"{name}_discover")).at(name)) for name in wrong
    }
    runs = loads | failing
    ui.until(lambda: all(ui.status(run) in ENDED for run in runs.values()), 2400)

    ended = {name: ui.ask(TIMES, id=run) for name, run in runs.items()}
    told = {name: ui.failures(run) for name, run in runs.items()}
    assert {name: one["status"] for name, one in ended.items()} == {
        **dict.fromkeys(TICKETS, "SUCCESS"),
        **dict.fromkeys(wrong, "FAILURE"),
    }, told
    found = {name: shops.tickets(name) for name in TICKETS}
    assert {name: (len(ids), len({*ids})) for name, ids in found.items()} == {
        name: (count, count) for name, count in TICKETS.items()
    }
    # Neither waited for the other: each began before the other one ended.
    assert max(ended[name]["startTime"] for name in TICKETS) < min(ended[name]["endTime"] for name in TICKETS)
    assert "IVINEX_PASSWORD" in str(told["wrongkey"]) or "password" in str(told["wrongkey"])
    if "fulldisk" in told:
        assert "full" in str(told["fulldisk"]).lower() or "space" in str(told["fulldisk"]).lower()
        assert os.statvfs(shops.folder / "small").f_blocks * os.statvfs(shops.folder / "small").f_frsize < 3_000_000
