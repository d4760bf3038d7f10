"""One process that holds two migrations works for the one whose run, sensor or schedule it is, and never for both."""

import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
from dagster._grpc.impl import get_external_schedule_execution, get_external_sensor_execution

from migration_assets import process_migrations
from migration_assets.build import STAGES, build_definitions
from migration_assets.documents import FOLDER
from migration_assets.orchestration.cutover import CUTOVER
from migration_assets.orchestration.location_process import during_run
from migration_assets.own_names import MIGRATION_TAG
from migration_assets.process_migrations import meant, migration_of, settle, worked_for
from migration_assets.settings import Settings, SettingsError
from migration_assets.settings_source import load_settings
from migration_assets.shared_instance import OwnNames
from resources.ledger import Ledger
from resources.outgoing_text import FILE, set_aside

NAMES = ("east", "east_old")
"""One name begins with the other. Days are decided once in a process for a name, so no other file has these."""
ACCOUNTS = {"east": "staging:east.gorgias.com", "east_old": "staging:east-old.gorgias.com"}
ORIGIN: Any = None
"""Of the code location: only sensors that ask for other locations read it."""


class Run:
    def __init__(self, job: str, assets: tuple[str, ...] | None = None, tag: str = "", check: str = ""):
        self.asset_check_selection = {dg.AssetCheckKey(dg.AssetKey(check.split("/")), "any")} if check else None
        self.job_name, self.tags = job, {MIGRATION_TAG: tag} if tag else {}
        self.asset_selection = None if assets is None else {dg.AssetKey(asset.split("/")) for asset in assets}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: tmp_path_factory.mktemp(name) for name in NAMES}


@pytest.fixture(scope="module")
def both(homes: dict[str, Path]) -> Iterator[dg.Definitions]:
    """As two components of one code location are merged."""
    for stage in STAGES:
        import_module(f"migration_assets.{stage}.assets")
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patched.setattr(process_migrations, "_settled", {})
        made = []
        for name, home in homes.items():
            values: dict[str, Any] = {"MIGRATION_HOME": home, "MIGRATION_TARGET": "staging", "migration": name}
            settings = Settings(**values, gorgias_base_url=ACCOUNTS[name].replace("staging:", "https://"))
            settle(settings)
            made.append(build_definitions(settings))
        yield dg.Definitions.merge(*made)


@pytest.fixture
def ledgers(both: dg.Definitions, homes: dict[str, Path]) -> Iterator[dict[str, Ledger]]:
    opened = {name: Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", ACCOUNTS[name]) for name, home in homes.items()}
    yield opened
    for ledger in opened.values():
        ledger.close()


def test_the_assets_the_tag_and_the_job_of_a_run_say_whose_it_is():
    assert migration_of(Run("__ASSET_JOB", ("east/staging/tickets",)), NAMES) == "east"
    assert migration_of(Run("__ASSET_JOB", ("east_old/staging/tickets",)), NAMES) == "east_old"
    assert migration_of(Run("__ASSET_JOB", (), check="east_old/staging/tickets"), NAMES) == "east_old"
    assert migration_of(Run("east_old_delta"), NAMES) == "east_old"
    assert migration_of(Run("east_verify_days"), ("east", "east_verify")) == "east_verify"
    assert migration_of(Run("east_verify_days", tag="east"), ("east", "east_verify")) == "east"


@pytest.mark.parametrize(
    "run",
    [
        Run("__ASSET_JOB", ("east/staging/tickets", "east_old/staging/tickets")),
        Run("__ASSET_JOB", ("east/staging/tickets",), check="east_old/staging/tickets"),
        Run("__ASSET_JOB", ("east/staging/tickets",), tag="east_old"),
        Run("east_delta", tag="east_old"),
        Run("somebodys_job", ("somebodys/asset",)),
        Run("east2_delta", tag="east2"),
    ],
)
def test_a_run_of_two_or_of_nobody_is_refused_with_the_way_out(run: Run):
    with pytest.raises(SettingsError, match=r"Nothing was read or written\. .*`migrate --migration NAME run`"):
        migration_of(run, NAMES)


def test_each_thread_of_a_run_works_for_its_migration_and_a_run_of_another_is_refused_beside_it(both: dg.Definitions):
    def account() -> str:
        return load_settings().account

    with ThreadPoolExecutor(1) as elsewhere:
        for name in NAMES:
            with worked_for(Run(f"{name}_delta", tag=name)), worked_for(Run(f"{name}_stage_days", tag=name)):
                assert elsewhere.submit(account).result() == account() == ACCOUNTS[name]
        with (
            worked_for(Run("east_delta", tag="east")),
            pytest.raises(SettingsError, match="A run of east is at work in this process, and one of east_old cannot"),
            worked_for(Run("east_old_delta", tag="east_old")),
        ):
            pass
        with pytest.raises(SettingsError, match="nothing says for which"):
            elsewhere.submit(account).result()


def test_what_a_run_sets_aside_on_any_thread_is_kept_in_its_own_home(both: dg.Definitions, homes: dict[str, Path]):
    with meant("east_old"):
        load_settings()  # the other one was looked at last
    with during_run(cast(Any, Run("east_delta", tag="east"))), ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(set_aside, "of a run").result()
    assert "of a run" in (homes["east"] / "private" / FILE).read_text()
    assert not (homes["east_old"] / "private" / FILE).exists()


def test_a_job_of_each_looks_at_its_own_home(both: dg.Definitions, homes: dict[str, Path]):
    (homes["east"] / FOLDER).mkdir()
    told = {}
    for name in NAMES:
        job = both.resolve_job_def(f"{name}_verify_evidence")
        with dg.DagsterInstance.ephemeral() as instance:
            ended = job.execute_in_process(instance=instance, raise_on_error=False)
        (failed,) = [event for event in ended.all_events if event.is_step_failure]
        assert failed.step_key == "look_at_pack"
        told[name] = str(failed.step_failure_data.user_failure_data.description)
    assert "There is no handoff folder yet" in told["east_old"]
    assert "There is no handoff folder yet" not in told["east"]


def test_assets_of_both_in_one_run_are_refused_before_anything_is_made(both: dg.Definitions, homes: dict[str, Path]):
    chosen = [dg.AssetKey([name, "mapping", "confirmed"]) for name in NAMES]
    with dg.DagsterInstance.ephemeral() as instance:
        ended = both.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=chosen, raise_on_error=False
        )
    assert not ended.success
    told = " ".join(str(event.event_specific_data) for event in ended.all_events if event.is_failure)
    assert "This run holds assets of east and east_old, and a run works for one migration." in told
    assert not any((home / "warehouse.duckdb").exists() for home in homes.values())


def test_the_sensors_and_schedules_of_each_ask_its_own_ledger_side_by_side(
    both: dg.Definitions, ledgers: dict[str, Ledger]
):
    changed = {"east": "2024-05-01", "east_old": "2024-06-02"}
    for name, day in changed.items():
        row = {"object": "tickets", "source_id": "ivinex:1:1", "kind": "changed", "partition": day}
        ledgers[name].changes.list_changes([row], "2024-07-02T02:00:00Z")
    ledgers["east"].decisions.decide(CUTOVER, "final delta", "Ann")
    repository, together = both.get_repository_def(), threading.Barrier(2)

    def asked(name: str) -> tuple[set[str | None], bool]:
        """As a code server answers the daemon, on a thread for each question."""
        together.wait(30)
        sensor, schedule = f"{name}_changed_days", f"{name}_hypercare"
        days: Any = get_external_sensor_execution(repository, ORIGIN, None, sensor, None, None, None, None, None)
        at = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
        hour: Any = get_external_schedule_execution(repository, None, schedule, at, "UTC", None)
        return {request.partition_key for request in days.run_requests}, bool(hour.run_requests)

    with ThreadPoolExecutor(2) as threads:
        found = dict(zip(NAMES, threads.map(asked, NAMES), strict=True))
    assert found == {"east": ({"2024-05-01"}, True), "east_old": ({"2024-06-02"}, False)}


def test_what_a_sensor_sets_aside_is_kept_in_the_home_of_its_migration(both: dg.Definitions, homes: dict[str, Path]):
    @dg.sensor(job_name="delta")
    def speaks(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        name = load_settings().migration
        together.wait(30)  # by now each thread has loaded its settings
        return dg.SkipReason(set_aside(f"words of {name}"))

    together = threading.Barrier(2)

    def evaluated(name: str) -> None:
        with meant(name):
            (own,) = OwnNames(load_settings()).automations([speaks])
        own.evaluate_tick(dg.build_sensor_context())

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(evaluated, NAMES))
    kept = {name: (home / "private" / FILE).read_text() for name, home in homes.items()}
    assert {name: (text.count("words of"), f'words of {name}"' in text) for name, text in kept.items()} == {
        name: (1, True) for name in NAMES
    }
