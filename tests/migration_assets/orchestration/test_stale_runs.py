"""Runs whose process is gone, their pool slots, and the lock that proves it."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import GRPC_INFO_TAG

from migration_assets.orchestration import stale_runs, ui_life
from migration_assets.orchestration.dagster_home import COMMITTED
from migration_assets.orchestration.home_id import home_id, origin_of
from migration_assets.orchestration.single_instance_lock import CommandRunning, single_instance_lock
from migration_assets.orchestration.stale_runs import (
    NoSuchRun,
    close_dead_runs,
    close_dead_runs_of_host,
    close_run,
    unfinished_runs,
    unfinished_runs_of_ui,
)
from migration_assets.own_names import MIGRATION_TAG
from migration_assets.run_tags import HOME_TAG, ID_TAG, PARENT_TAG
from migration_assets.sensors import dead_runs
from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings

WORKER = """
import sys, time
import dagster as dg
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.signals import Signals

@dg.asset(pool="gorgias_api")
def slow():
    open(sys.argv[1], "w").close()
    time.sleep(60)

defs = dg.Definitions(assets=[slow], jobs=[dg.define_asset_job("load", "*")])
with dg.DagsterInstance.get() as instance, Signals(print) as signals:
    Runner(defs, instance, "run", signals).run("load")
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_bytes(COMMITTED.read_bytes())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def killed_run(home: Path) -> str:
    """A run of a command that was killed while it held the pool's only slot."""
    sign = home / "running"
    worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WORKER), str(sign)], stderr=subprocess.DEVNULL)
    _wait_for(sign, worker)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    with dg.DagsterInstance.get() as instance:
        return unfinished_runs(instance)[0].run_id


def _wait_for(sign: Path, worker: "subprocess.Popen[bytes]") -> None:
    while not sign.exists():
        assert worker.poll() is None, "the worker ended early"
        try:
            worker.wait(0.05)
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as opened:
        yield opened


def test_a_killed_run_is_closed_and_its_slot_is_free_for_the_next_command(
    killed_run: str, instance: dg.DagsterInstance, home: Path
):
    held = instance.event_log_storage.get_concurrency_info("gorgias_api")
    assert held.active_run_ids == {killed_run}

    assert [run.run_id for run in close_dead_runs(instance, home)] == [killed_run]

    assert instance.get_run_by_id(killed_run).status is dg.DagsterRunStatus.FAILURE
    assert instance.event_log_storage.get_concurrency_info("gorgias_api").active_slot_count == 0

    @dg.asset(pool="gorgias_api")
    def quick() -> None: ...

    assert dg.materialize([quick], instance=instance).success
    assert close_dead_runs(instance, home) == []


@pytest.fixture
def ui_ends(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A UI lives, as in a code server or a run's worker, until this is called."""
    monkeypatch.setattr(ui_life, "_held", {})
    ui_life.live_as_ui(load_settings())
    (descriptor,) = ui_life._held.values()
    return lambda: os.close(descriptor)


def _started(instance: dg.DagsterInstance, status: str = "STARTED", **how: Any) -> dg.DagsterRun:
    @dg.asset
    def some() -> None: ...

    job = dg.Definitions(assets=[some], jobs=[dg.define_asset_job("j", "*")]).resolve_job_def("j")
    return instance.create_run_for_job(job, status=dg.DagsterRunStatus(status), **how)


def test_a_run_of_the_ui_lives_as_long_as_a_process_of_a_ui_does(
    instance: dg.DagsterInstance, home: Path, ui_ends: Callable[[], None]
):
    of_ui = _started(instance)
    assert ID_TAG not in of_ui.tags
    assert close_dead_runs(instance, home) == []
    ui_ends()
    assert [run.run_id for run in close_dead_runs(instance, home)] == [of_ui.run_id]


def test_a_run_of_a_command_that_was_executed_again_in_the_ui_lives_in_another_process(
    instance: dg.DagsterInstance, home: Path, ui_ends: Callable[[], None]
):
    ids = {ID_TAG: "1", "dagster/parent_run_id": "2", "dagster/root_run_id": "2"}
    _started(instance, tags=ids, parent_run_id="2", root_run_id="2")
    assert close_dead_runs(instance, home) == []
    ui_ends()


def test_homes_that_share_a_database_of_runs_close_their_own_only(
    instance: dg.DagsterInstance, home: Path, tmp_path_factory: pytest.TempPathFactory
):
    other = tmp_path_factory.mktemp("other")
    run = _started(instance, tags={ID_TAG: "1", HOME_TAG: home_id(other)})
    assert close_dead_runs(instance, home) == []
    assert [one.run_id for one in close_dead_runs(instance, other)] == [run.run_id]


def test_a_restored_home_closes_the_runs_that_came_with_it_and_a_copy_proves_nothing_of_its_original(
    instance: dg.DagsterInstance, home: Path, tmp_path_factory: pytest.TempPathFactory
):
    copy = tmp_path_factory.mktemp("copies") / "copy"
    home_id(home)
    shutil.copytree(home, copy)
    assert home_id(copy) != home_id(home)
    assert origin_of(home_id(copy)) == origin_of(home_id(home))
    of_original = _started(instance, tags={ID_TAG: "1", HOME_TAG: home_id(copy)})  # before the disk was restored
    assert [run.run_id for run in close_dead_runs(instance, home)] == [of_original.run_id]
    # The copy shares this database, which is not in it: it may close its own runs only.
    _started(instance, tags={ID_TAG: "2", HOME_TAG: home_id(home)})
    assert close_dead_runs(instance, copy) == []


def test_a_person_can_close_a_run_that_no_lock_proves_dead(instance: dg.DagsterInstance):
    run = _started(instance, tags={ID_TAG: "1", HOME_TAG: "of another machine"})
    assert close_run(instance, run.run_id).run_id == run.run_id
    assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.FAILURE
    with pytest.raises(NoSuchRun, match="Nothing was changed"):
        close_run(instance, run.run_id)


def test_a_closing_ui_ends_no_run_of_a_command_that_works_beside_it(instance: dg.DagsterInstance):
    _started(instance, tags={ID_TAG: "1"})
    of_ui = _started(instance)
    inner = _started(instance, tags={ID_TAG: "2", PARENT_TAG: of_ui.run_id})
    assert {run.run_id for run in unfinished_runs_of_ui(instance)} == {of_ui.run_id, inner.run_id}


def test_the_closing_ui_of_one_shop_ends_no_run_of_another_in_the_same_storage(instance: dg.DagsterInstance):
    _started(instance)
    own, other = (_started(instance, tags={MIGRATION_TAG: name}).run_id for name in ("shop1", "shop2"))
    assert {run.run_id for run in unfinished_runs_of_ui(instance, ["shop1"])} == {own}
    assert {run.run_id for run in unfinished_runs_of_ui(instance, ["shop1", "shop2"])} == {own, other}
    assert len(unfinished_runs_of_ui(instance)) == 3


def test_the_sensor_closes_a_killed_run_once_nobody_holds_the_lock_and_starts_nothing(
    killed_run: str, instance: dg.DagsterInstance, home: Path
):
    with single_instance_lock(home, "`migrate run`"), dg.build_sensor_context(instance=instance) as context:
        assert "No run is left" in str(dead_runs(context).skip_message)
    assert instance.get_run_by_id(killed_run).status is dg.DagsterRunStatus.STARTED
    with dg.build_sensor_context(instance=instance) as context:
        assert killed_run in str(dead_runs(context).skip_message)
    assert instance.get_run_by_id(killed_run).status is dg.DagsterRunStatus.FAILURE
    assert not (home / "migrate.holder.json").exists()


def test_where_the_database_has_no_place_for_a_lock_the_home_tells_whose_processes_of_runs_are_gone(
    instance: dg.DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
):
    """As on PostgreSQL: which run is whose is known by the migration's name, and who lives by the lock in its home."""
    monkeypatch.setattr(stale_runs, "run_database", lambda _: None)
    monkeypatch.setattr(ui_life, "run_database", lambda _: None)
    here = {GRPC_INFO_TAG: "{}"}
    own = _started(instance, tags={MIGRATION_TAG: "shop1", **here})
    _started(instance, tags={MIGRATION_TAG: "shop2", **here})
    _started(instance, tags={MIGRATION_TAG: "shop1"})  # in a pod of its own
    _started(instance, "STARTING", tags={MIGRATION_TAG: "shop1", **here})
    code = (
        "import sys, time; from pathlib import Path; from migration_assets.orchestration import ui_life\n"
        "from migration_assets.settings import Settings\nui_life.run_database = lambda _: None\n"
        "ui_life._works_on_a_run = lambda: True\nhome = Path(sys.argv[1])\n"
        "ui_life.live_as_ui(Settings(MIGRATION_HOME=home, MIGRATION='shop1'))\n(home / 'alive').touch(); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, str(home)])
    _wait_for(home / "alive", worker)
    assert close_dead_runs_of_host(instance, home / "dagster", "shop1") == []
    worker.kill()
    worker.wait()
    assert close_dead_runs_of_host(instance, home / "dagster", "") == []
    closed = close_dead_runs_of_host(instance, home / "dagster", "shop1")
    assert [run.run_id for run in closed] == [own.run_id]


def test_a_process_of_several_migrations_lives_for_all_until_it_works_on_a_run_of_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ui_life, "_held", {})
    monkeypatch.setattr(ui_life, "run_database", lambda _: None)
    monkeypatch.setattr(ui_life, "_works_on_a_run", lambda: True)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))  # as in a pod of Dagster's chart
    places = {name: tmp_path / name for name in ("shop1", "shop2")}
    for name, place in places.items():
        ui_life.live_as_ui(Settings(MIGRATION_HOME=place, migration=name))

    def free() -> dict[str, bool]:
        found = {}
        for name, place in places.items():
            with ui_life.without_run_process(place / "dagster") as nobody:
                found[name] = nobody
        return found

    assert free() == {"shop1": False, "shop2": False}
    ui_life.live_only_as("shop2")
    assert free() == {"shop1": True, "shop2": False}
    os.close(ui_life._held["shop2"])


def test_a_second_command_is_refused_and_told_who_is_at_work(tmp_path: Path):
    with (
        single_instance_lock(tmp_path, "`migrate run`"),
        pytest.raises(CommandRunning, match=rf"`migrate run` \(process {os.getpid()}, since "),
        single_instance_lock(tmp_path, "demo"),
    ):
        pass
    with single_instance_lock(tmp_path, "demo"):
        pass


def test_the_lock_of_a_killed_command_is_free(tmp_path: Path):
    code = (
        "import sys, time; from pathlib import Path; from migration_assets.orchestration.single_instance_lock import single_instance_lock\n"  # noqa: E501
        "with single_instance_lock(Path(sys.argv[1]), 'run'):\n    (Path(sys.argv[1]) / 'held').touch(); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    _wait_for(tmp_path / "held", holder)
    with pytest.raises(CommandRunning), single_instance_lock(tmp_path, "demo"):
        pass
    holder.kill()
    holder.wait()
    with single_instance_lock(tmp_path, "demo"):
        pass
