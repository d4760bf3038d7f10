"""The sensors and the schedules ask the ledger, and nobody else; a failed run is told without anybody's data."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner
from webhook import Webhook, listening

from migration_assets.cli import main
from migration_assets.orchestration.cutover import CUTOVER
from migration_assets.schedules import hypercare, nightly_delta
from migration_assets.sensors import changed_days, failed_runs
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger, LedgerResource
from resources.ledger.records import FailedRun
from resources.notifier import NotifierResource

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


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with listening() as made:
        yield made


def asked(resource: LedgerResource) -> dict[str | None, str | None]:
    """Run key -> partition of the requests of one evaluation."""
    with dg.build_sensor_context(resources={"ledger": resource}) as context:
        told = changed_days(context)
    requests = told.run_requests if isinstance(told, dg.SensorResult) else []
    return {request.run_key: request.partition_key for request in requests}


def test_each_changed_day_is_requested_once_per_sweep(resource: LedgerResource, ledger: Ledger):
    assert asked(resource) == {}
    ledger.changes.list_changes(CHANGES, "2026-07-02T02:00:00Z")
    first = asked(resource)
    assert set(first.values()) == {"2026-06-27", "2026-07-01"}
    assert all(key.endswith("@2026-07-02T02:00:00Z") for key in first)
    assert asked(resource) == first
    ledger.changes.list_changes(CHANGES[:1], "2026-07-03T02:00:00Z")
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
    ledger.decisions.decide(CUTOVER, "final delta", "Ann")
    assert isinstance(told(began + after), dg.RunRequest if runs else dg.SkipReason)


def test_the_night_is_the_run_key_of_the_nightly_delta():
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 7, 2, 2, tzinfo=UTC))
    assert nightly_delta(context).run_key == "nightly@2026-07-02"


PRIVATE = "ann@example.com"


@dg.asset(key_prefix="gorgias", partitions_def=dg.DailyPartitionsDefinition("2026-03-01", timezone="UTC"))
def expected() -> None:
    raise dg.Failure("3 users are missing in Gorgias: 7, 8, 9")


@dg.asset
def unexpected() -> None:
    try:
        raise KeyError(PRIVATE)
    except KeyError as error:
        raise RuntimeError(f"no customer {PRIVATE}") from error


@dg.asset(check_specs=[dg.AssetCheckSpec("balance", asset="checked", blocking=True)])
def checked() -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, description=PRIVATE)])


def told(resource: LedgerResource, webhook: str, asset: Any, day: str | None = None) -> list[str]:
    """The sensor's own log after a run of the asset that fails."""
    lines: list[str] = []
    with dg.DagsterInstance.ephemeral() as instance:
        job = dg.Definitions(assets=[asset], jobs=[dg.define_asset_job("load_days", "*")]).resolve_job_def("load_days")
        result = job.execute_in_process(instance=instance, partition_key=day, raise_on_error=False)
        event = next(event for event in result.all_events if event.is_job_failure)
        resources = {"ledger": resource, "notifier": NotifierResource(url=webhook)}
        context = dg.build_run_status_sensor_context(
            "failed_runs", event, instance, result.dagster_run, resources=resources
        )
        with context:
            context.log.addHandler(_Collect(lines))
            failed_runs(context)
    return lines


class _Collect(logging.Handler):
    def __init__(self, lines: list[str]):
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_a_failed_run_is_told_to_the_log_the_status_and_the_webhook(resource, ledger, webhook):
    (line,) = told(resource, webhook.url, expected, "2026-03-02")
    (kept,) = ledger.failed_runs.newest(10).to_dict("records")
    assert kept["at"].tzinfo is not None
    (body,) = webhook.bodies
    said = json.loads(body)
    end = f"3 users are missing in Gorgias: 7, 8, 9 (run {kept['run_id']})"
    assert line == said.pop("text") == f"load_days 2026-03-02 gorgias/expected failed: {end}"
    assert said == {name: kept[name] for name in ("run_id", "job", "partition", "step", "message")}
    assert (said["partition"], said["step"]) == ("2026-03-02", "gorgias/expected")


@pytest.mark.parametrize(("asset", "words"), [(unexpected, "Not expected: KeyError"), (checked, "checked: balance")])
def test_what_nobody_foresaw_is_told_without_its_words_because_they_may_quote_a_person(
    resource, ledger, webhook, asset, words
):
    lines = told(resource, webhook.url, asset)
    assert words in ledger.failed_runs.newest(10)["message"][0]
    assert PRIVATE not in f"{lines} {webhook.bodies} {ledger.failed_runs.newest(10).to_string()}"


def test_a_webhook_that_fails_is_logged_and_takes_nothing_with_it(resource, ledger, webhook):
    webhook.answers = [403]
    _, warning = told(resource, webhook.url, unexpected)
    assert "answered 403" in warning
    assert len(ledger.failed_runs.newest(10)) == 1


def test_the_status_shows_the_newest_failed_runs(resource, ledger, tmp_path, monkeypatch):
    told(resource, "", expected, "2026-03-02")
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path))
    account = load_settings().account
    Ledger.open(resource.url, account).failed_runs.note_failed_run(
        FailedRun("r1", "delta", "", "ivinex/tabs", "The tab is hidden.")
    )
    shown = CliRunner().invoke(main, ["status", "--json"])
    assert [row["message"] for row in json.loads(shown.stdout)["failed_runs"]] == ["The tab is hidden."]
    # No sensor told of this one: the command noted it itself.
    shown = CliRunner().invoke(main, ["status"]).stdout
    assert ("The tab is hidden." in shown, "sensor" in shown) == (True, False)
