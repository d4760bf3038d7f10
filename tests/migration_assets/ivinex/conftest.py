"""Served profiles of the generator, with the admin's exports in an empty home."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from made_once import made_once

sys.path.insert(0, str(Path(__file__).parents[2] / "resources" / "ivinex"))
from ivinex_site import Site, changed, serving
from ivinex_stage import TICKETS, Kept, Run, records, run_stage

from sandbox.generator.generate import generate_dataset


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Generated datasets, made once a session: `datasets("typical")`, `datasets("hostile")`."""
    made: dict[str, Path] = {}

    def dataset(profile: str) -> Path:
        if profile not in made:
            made[profile] = made_once(tmp_path_factory, f"ivinex-{profile}", lambda folder: _generated(folder, profile))
        return made[profile]

    return dataset


def _generated(folder: Path, profile: str) -> Path:
    generate_dataset(folder / "site", tickets=TICKETS, seed=7, profile=profile)
    _link_twice(folder / "site")
    return folder / "site"


def _link_twice(dataset: Path) -> None:
    """Links the first activity to the last ticket as well: a link that no field holds."""
    activity, ticket = records(dataset, "Activities")[0], records(dataset, "Tickets")[-1]
    ends = {"From": f"50:{activity['collection_id']}", "To": f"10101:{ticket['collection_id']}"}
    with (dataset / "links.ndjson").open("ab") as links:
        links.write(orjson.dumps(ends | {"LinkType": "Related"}) + b"\n")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty MIGRATION_HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def serve(datasets: Callable[[str], Path], tmp_path: Path, home: Path) -> Iterator[Callable[..., Site]]:
    """Serves a profile with keys of site.json changed; the admin's exports are in the home as the command puts them."""
    with ExitStack() as stack:

        def start(profile: str = "typical", **site: Any) -> Site:
            dataset = changed(datasets(profile), tmp_path / "site", **site)
            shutil.copytree(dataset / "admin_exports", home / "admin_exports")
            return stack.enter_context(serving(dataset))

        yield start


@pytest.fixture(scope="session")
def finished(datasets: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Room 1 after one run on a profile, made once a session: for tests that only look."""
    made: dict[str, Run] = {}

    def run(profile: str) -> Run:
        if profile not in made:
            name = f"ivinex-finished-{profile}"
            kept = made_once(tmp_path_factory, name, lambda folder: _first_run(folder, datasets(profile)))
            made[profile] = kept.copied(tmp_path_factory.mktemp("finished") / "home")
        return made[profile]

    return run


def _first_run(folder: Path, dataset: Path) -> Kept:
    home = folder / "home"
    shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    with serving(dataset) as site:
        run = run_stage(site, home)
        assert site.stats()["writes"] == 0
    run.ledger.close()
    return Kept(home, run.metadata, run.checks)


@pytest.fixture
def begun(
    finished: Callable[[str], Run], datasets: Callable[[str], Path], tmp_path: Path, home: Path
) -> Iterator[Callable[..., tuple[Site, Run]]]:
    """Serves a profile, edited since, whose first run is in the home already: for what a later run changes."""
    with ExitStack() as stack:

        def start(
            profile: str = "typical", edit: Callable[[Path], object] = lambda folder: None, **site: Any
        ) -> tuple[Site, Run]:
            run = finished(profile).copied(home)
            folder = changed(datasets(profile), tmp_path / "site", **site)
            edit(folder)
            return stack.enter_context(serving(folder)), run

        yield start
