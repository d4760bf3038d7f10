"""What the tests of whole migrations share: one tiny dataset, and one migration of it where nothing is special."""

import gc
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
from made_once import made_once
from mini_migration import MiniMigration, Outcome, dataset_of, inputs, look, mini_migration
from mini_runner import migration_of
from plain_migration import Loaded, Plain, copy_of, load_once

from migration_assets.gorgias.preflight.loading import DRIVEN_TAG
from migration_assets.gorgias.preflight.switching import restore_if_possible
from migration_assets.orchestration.forecast import forecast_load
from migration_assets.settings import LoadOrder


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """Made by the first process that asks; the others of the same session wait for it."""
    return made_once(tmp_path_factory, "plain", _made)


def _made(root: Path) -> Plain:
    dataset = dataset_of(root / "dataset", profile="mail")
    with mini_migration(dataset, root / "home") as migration:
        migration.discover()
        migration.bring_files()
        digest = inputs(migration)
    discovered = root / "discovered"
    shutil.copytree(root / "home", discovered, ignore=shutil.ignore_patterns("dataset"))
    outcome = Outcome()
    with mini_migration(dataset, copy_of(discovered, root / "loaded")) as migration:
        settings, account = migration.resources["settings"].get(), migration.resources["gorgias"]
        # All days are loaded in one pass here, open tickets among them.
        settings = settings.model_copy(update={"load_order": LoadOrder.newest})
        forecast = forecast_load(migration_of(migration), settings, account)
        before = _requests(migration)
        migration.tags[DRIVEN_TAG] = "plain"
        outcome.closed = migration.load(verified=False)
        restore_if_possible(account, migration.ledger, "plain")
        loaded = _requests(migration)
        migration.verify()
        verified = _requests(migration)
        look(migration, outcome)
    phases = {one.phase: one.calls for one in forecast.phases}
    made = {"load": dict(loaded - before), "verification": dict(verified - loaded)}
    return Plain(dataset, discovered, digest, outcome, phases, made)


def _requests(migration: MiniMigration) -> Counter[str]:
    """Operation -> how many the account was asked."""
    stats = requests.get(f"{migration.sandbox.gorgias_url}/_sandbox/stats", timeout=5).json()
    return Counter(stats["requests"])


@pytest.fixture
def migrating(plain: Plain, tmp_path: Path) -> Callable[..., AbstractContextManager[MiniMigration]]:
    """Connects a migration of the plain dataset; with `discovered`, the source is read and the map confirmed."""

    def connect(*, discovered: bool = False, **options: Any) -> AbstractContextManager[MiniMigration]:
        home = tmp_path / "home"
        if discovered:
            copy_of(plain.discovered, home)
        return mini_migration(plain.dataset, home, **options)

    return connect


@pytest.fixture(scope="session")
def loaded_once(plain: Plain, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load_once(plain, tmp_path_factory.mktemp("loaded"))


@pytest.fixture
def loaded(loaded_once: Loaded, tmp_path: Path) -> Iterator[MiniMigration]:
    """A migration that has loaded everything and verified nothing, its servers still up."""
    with loaded_once.served_again(tmp_path) as migration:
        yield migration


@pytest.fixture(scope="module", autouse=True)
def no_connection_left() -> Iterator[None]:
    """The errors that these tests keep hold frames, and those DuckDB connections, which complain when Python ends."""
    yield
    gc.collect()
