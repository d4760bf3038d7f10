"""The sensor and the schedules ask the ledger, and nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from migration_assets.orchestration.cutover import CUTOVER
from migration_assets.schedules import hypercare, nightly_delta
from migration_assets.sensors import changed_days
from resources.ledger import Ledger, LedgerResource

CHANGES = [
    {"object": "tickets", "source_id": "ivinex:1:1", "kind": "changed", "partition": "2026-06-27"},
    {"object": "activities", "source_id": "ivinex:50:9@ivinex:1:1", "kind": "new", "partition": "2026-06-27"},
    {"object": "tickets", "source_id": "ivinex:1:2", "kind": "new", "partition": "2026-07-01"},
    {"object": "customers", "source_id": "ivinex:2:1", "kind": "waiting", "partition": None},
]


@pytest.fixture
def resource(tmp_path: Path) -> LedgerResource:
    return LedgerResource(url=f"sqlite:///{tmp_path / 'ledger.sqlite'}", account="demo:test")


@pytest.fixture
def ledger(resource: LedgerResource) -> Iterator[Ledger]:
    opened = Ledger.open(resource.url, resource.account)
    yield opened
    opened.close()


def asked(resource: LedgerResource) -> dict[str | None, str | None]:
    """Run key -> partition of the requests of one evaluation."""
    with dg.build_sensor_context(resources={"ledger": resource}) as context:
        told = changed_days(context)
    requests = told.run_requests if isinstance(told, dg.SensorResult) else []
    return {request.run_key: request.partition_key for request in requests}


def test_each_changed_day_is_requested_once_per_sweep(resource: LedgerResource, ledger: Ledger):
    assert asked(resource) == {}
    ledger.list_changes(CHANGES, "2026-07-02T02:00:00Z")
    first = asked(resource)
    assert set(first.values()) == {"2026-06-27", "2026-07-01"}
    assert all(key.endswith("@2026-07-02T02:00:00Z") for key in first)
    assert asked(resource) == first
    ledger.list_changes(CHANGES[:1], "2026-07-03T02:00:00Z")
    assert set(asked(resource)) == {"2026-06-27@2026-07-03T02:00:00Z"}


@pytest.mark.parametrize(
    ("after", "runs"), [(timedelta(hours=1), True), (timedelta(days=4, hours=23), True), (timedelta(days=6), False)]
)
def test_hypercare_lasts_five_days_from_the_final_delta(resource, ledger, after, runs):
    def told(at: datetime) -> object:
        with dg.build_schedule_context(scheduled_execution_time=at, resources={"ledger": resource}) as context:
            return hypercare(context)

    began = datetime.now(UTC)
    assert isinstance(told(began), dg.SkipReason)
    ledger.decide(CUTOVER, "final delta", "Ann")
    assert isinstance(told(began + after), dg.RunRequest if runs else dg.SkipReason)


def test_the_night_is_the_run_key_of_the_nightly_delta():
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 7, 2, 2, tzinfo=UTC))
    assert nightly_delta(context).run_key == "nightly@2026-07-02"
