"""A step that waits for a pool: what it says, when it goes on by itself, and that it ends when asked to."""

import inspect
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.execute_plan import inner_plan_execution_iterator

from migration_assets.orchestration import pool_wait
from migration_assets.orchestration.dagster_home import COMMITTED
from migration_assets.orchestration.pool_wait import describe_holder
from migration_assets.orchestration.stale_runs import unfinished_runs
from migration_assets.own_names import MIGRATION_TAG

WAITS = """
import logging, sys
import dagster as dg
from migration_assets.orchestration import pool_wait
from migration_assets.orchestration.announcements import announced
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.signals import Interrupted, Signals

pool_wait.FIRST_WORD = pool_wait.LOOK = 0.3

@dg.asset(pool="gorgias_api")
def quick(): ...

defs = dg.Definitions(assets=[quick], jobs=[dg.define_asset_job("load", "*")])
say = lambda line: print(line, flush=True)
with dg.DagsterInstance.get() as instance, Signals(say) as signals, announced(say):
    try:
        Runner(defs, instance, "run", signals).run("load")
        say("went on")
    except Interrupted:
        say("interrupted")
"""
LIVES = """
from migration_assets.orchestration.ui_life import live_as_ui
from migration_assets.settings_source import load_settings
live_as_ui(load_settings())
print("lives", flush=True)
input()
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_bytes(COMMITTED.read_bytes())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


def _python(code: str) -> "subprocess.Popen[str]":
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-c", code], text=True, **pipes)  # type: ignore[call-overload]


@pytest.mark.acceptance
def test_a_wait_names_its_holder_ends_within_a_second_of_sigterm_and_goes_on_once_the_ui_is_gone(home: Path):
    ui = _python(LIVES)
    assert ui.stdout.readline() == "lives\n"

    @dg.asset(pool="gorgias_api")
    def held() -> None: ...

    with dg.DagsterInstance.get() as instance:
        job = dg.Definitions(assets=[held], jobs=[dg.define_asset_job("prepare", "*")]).resolve_job_def("prepare")
        run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        instance.event_log_storage.set_concurrency_slots("gorgias_api", 1)
        assert instance.event_log_storage.claim_concurrency_slot("gorgias_api", run.run_id, "held").is_claimed
        waiting = _python(WAITS)
        said = waiting.stdout.readline()
        assert f"run {run.run_id} (job prepare) holds it since " in said
        assert f"`migrate unlock --run {run.run_id}`" in said
        asked = time.monotonic()
        waiting.send_signal(signal.SIGTERM)
        assert "interrupted\n" in waiting.communicate(timeout=30)[0]
        assert time.monotonic() - asked < 20  # the end of the run and the process with it, on a busy machine
        assert [one.run_id for one in unfinished_runs(instance)] == [run.run_id]

        again = _python(WAITS)
        assert run.run_id in again.stdout.readline()
        ui.kill()
        ui.wait()
        rest = again.communicate(timeout=30)[0]
        assert f"Closed run {run.run_id}" in rest
        assert rest.endswith("went on\n")


def test_a_turn_of_the_wait_ends_at_a_signal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool_wait, "TURN", 30.0)
    waiting = SimpleNamespace(_instance_concurrency_context=SimpleNamespace(has_pending_claims=lambda: True))
    asked = time.monotonic()
    Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(dg.DagsterExecutionInterruptedError):
        pool_wait._sleep_til_ready(waiting)
    assert time.monotonic() - asked < 10


def test_the_wait_of_dagster_s_runs_is_this_one(monkeypatch: pytest.MonkeyPatch):
    before = ActiveExecution.sleep_til_ready
    monkeypatch.setattr(ActiveExecution, "sleep_til_ready", before)
    pool_wait.install()
    assert ActiveExecution.sleep_til_ready is pool_wait._sleep_til_ready
    assert "sleep_til_ready" in inspect.getsource(inner_plan_execution_iterator)


def test_what_is_said_of_a_pool_is_below_the_name_that_is_shown(home: Path):
    with dg.DagsterInstance.get() as instance:
        run = dg.DagsterRun(job_name="j")
        assert "job j" in describe_holder(instance, "gorgias_api", run)
        of_north = dg.DagsterRun(job_name="north_j", tags={MIGRATION_TAG: "north"})
        assert f"`migrate --migration north unlock --run {of_north.run_id}`" in describe_holder(
            instance, "gorgias_api", of_north
        )
    assert logging.getLogger("resources.pools").parent in (logging.getLogger("resources"), logging.root)
