"""Ivinex is read once for discover and load, and both connections count what the servers count."""

from pathlib import Path

import pytest
import requests
from mini_migration import MiniMigration, dataset_of, mini_migration
from mini_runner import migration_of

from migration_assets.orchestration.reading_reuse import mark_carried

pytestmark = pytest.mark.acceptance


def asked(address: str) -> int:
    found = requests.get(f"{address}/_sandbox/stats", timeout=5).json()["requests"]
    return sum(found.values()) if isinstance(found, dict) else int(found)


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("counted")
    with mini_migration(dataset_of(folder / "data", 6), folder / "home") as made:
        made.discover()
        yield made


def test_a_reading_is_made_once_for_discover_and_load_and_again_after_a_load(mini: MiniMigration, tmp_path: Path):
    migration = migration_of(mini)
    migration.max_age = 3600
    before = asked(mini.sandbox.ivinex_url)
    migration.read_source()
    first = asked(mini.sandbox.ivinex_url)
    assert first > before
    migration.read_source()
    assert asked(mini.sandbox.ivinex_url) == first
    mark_carried(mini.warehouse)
    migration.read_source()
    assert asked(mini.sandbox.ivinex_url) > first


def test_every_request_is_counted_at_its_connection(mini: MiniMigration):
    migration_of(mini).prepare_definitions()
    mini.stage()
    mini.close()
    assert sum(mini.ledger.sent_calls.of("gorgias").values()) == asked(mini.sandbox.gorgias_url)
    ivinex = mini.ledger.sent_calls.of("ivinex")
    assert sum(ivinex.values()) == asked(mini.sandbox.ivinex_url)
    assert {"Records", "GetFields", "GetTabs", "files"} <= set(ivinex)
