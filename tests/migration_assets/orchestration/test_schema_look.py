"""Before a load goes on from a reading, Ivinex is asked whether its fields are still those of the confirmation."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from mini_migration import clean_environment, dataset_of

from migration_assets.ivinex.schema.live_schema import read_schema
from migration_assets.mapping.confirm import NotConfirmed
from migration_assets.mapping.model import Mapping
from migration_assets.mapping.schema_check import fingerprint, snapshot
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.reading_reuse import Reading
from migration_assets.orchestration.schema_look import schema_changes
from migration_assets.run_resources import ivinex_of
from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse
from sandbox.ivinex.app import build_app
from sandbox.serve import on_thread

MAPPING = Mapping(time_zone="America/Denver", roles={"ticket": ["10101"]})
FRESH = {"FieldID": "39999", "FieldName": "fresh", "DisplayText": "Fresh", "DataType": "TEXT", "DisplayType": "TEXT"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("look")
    app = build_app(dataset_of(folder / "data", 1), rate=None)
    with on_thread(app) as (url,):
        user, password = app.state.credentials
        given = {"IVINEX_BASE_URL": url, "IVINEX_USERNAME": user, "IVINEX_PASSWORD": password}
        with clean_environment(MIGRATION_HOME=str(folder), IVINEX_REQUESTS_PER_SECOND="10000", **given):
            yield load_settings()


def test_what_changed_at_the_site_is_named_and_a_site_that_is_down_stops_nothing(site: Settings, ledger: Ledger):
    said: list[str] = []
    assert schema_changes(site, ledger, said.append) == []  # nothing was confirmed yet
    ivinex = ivinex_of(site)
    client = ivinex.get()
    schema = snapshot(read_schema(client, client.tabs()).fields, MAPPING)
    ivinex.teardown_after_execution(None)  # type: ignore[arg-type]
    ledger.decisions.confirm_mapping("v", fingerprint(schema), schema, "Ann")
    assert schema_changes(site, ledger, said.append) == []
    added = httpx.post(f"{site.ivinex_base_url}/_sandbox/fields", json={"tab": "Tickets", "field": FRESH})
    assert added.status_code == 200
    assert schema_changes(site, ledger, said.append) == ["tab 10101: field fresh appeared (text)"]
    assert not said
    down = site.model_copy(update={"ivinex_base_url": "http://127.0.0.1:9"})
    assert schema_changes(down, ledger, said.append) == []
    assert "is not known" in said[0]


class Jobs:
    """Stands in for the runner: remembers the jobs."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def run(self, job: str) -> None:
        self.jobs.append(job)


def test_a_reading_is_used_again_only_while_the_schema_is_that_of_the_confirmation(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    runner, said, now = Jobs(), list[str](), datetime.now(UTC)
    migration = Migration(runner, Warehouse(tmp_path / "w.duckdb"), ledger, tmp_path, said.append)  # type: ignore[arg-type]
    monkeypatch.setattr(migration, "_reading", lambda: Reading(now, now, "", False))
    monkeypatch.setattr(migration, "tickets_per_day", dict)
    migration.read_source()
    migration.require_same_schema()
    assert runner.jobs == []
    migration.schema_changes = lambda: ["tab 10101: field fresh appeared (text)"]
    migration.read_source()
    assert runner.jobs == ["discover"]
    assert any("field fresh appeared" in line for line in said)
    with pytest.raises(NotConfirmed, match=r"field fresh appeared(.|\n)*`migrate mapping confirm --by NAME`"):
        migration.require_same_schema()
