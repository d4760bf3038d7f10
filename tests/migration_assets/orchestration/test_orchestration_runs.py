"""One job in this process: what it records, how its failure reads, how a signal ends it."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

from migration_assets.day_ranges import DayRange
from migration_assets.orchestration.runs import RunFailed, Runner
from migration_assets.orchestration.signals import Interrupted, Signals
from migration_assets.run_tags import COMMAND_TAG, DAYS_TAG, ID_TAG, PARENT_TAG
from migration_assets.settings import SettingsError

DAYS = dg.DailyPartitionsDefinition("2024-01-01", timezone="UTC")


def _runner(*assets: object, checks: list[object] | None = None) -> Runner:
    definitions = dg.Definitions(
        assets=list(assets), asset_checks=checks or [], jobs=[dg.define_asset_job("job", dg.AssetSelection.all())]
    )
    return Runner(definitions, dg.DagsterInstance.ephemeral(), "run", Signals(print))


def _failing(raise_it: Callable[[], None]) -> RunFailed:
    @dg.asset(key_prefix="gorgias")
    def users() -> None:
        raise_it()

    with pytest.raises(RunFailed) as failed:
        _runner(users).run("job")
    return failed.value


def test_a_run_is_tagged_as_the_commands_own_and_never_as_a_backfill():
    @dg.asset
    def some() -> None: ...

    runner = _runner(some)
    run = runner.run("job").dagster_run
    assert run.tags[ID_TAG] == runner.id
    assert run.tags[COMMAND_TAG] == "run"
    assert "dagster/backfill" not in run.tags
    assert runner.run_ids == [run.run_id]


def test_a_range_run_sees_every_day_and_records_each():
    seen: list[str] = []

    @dg.asset(partitions_def=DAYS)
    def daily(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        seen.extend(context.partition_keys)
        return dg.MaterializeResult()

    runner = _runner(daily)
    runner.run("job", DayRange("2024-02-27", "2024-03-01", 1))
    assert seen == ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]
    assert runner.instance.get_materialized_partitions(daily.key) == set(seen)


def test_a_run_of_days_far_apart_plans_records_and_checks_these_and_no_day_between():
    seen: list[str] = []
    spec = dg.AssetCheckSpec("ok", asset="daily", partitions_def=DAYS)

    @dg.asset(partitions_def=DAYS, check_specs=[spec])
    def daily(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        seen.extend(context.partition_keys)
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])

    runner, days = _runner(daily), DayRange("2024-02-27", "2024-03-01", 1, frozenset({"2024-02-28", "2024-02-29"}))
    run = runner.run("job", days)
    assert seen == ["2024-02-27", "2024-03-01"]
    assert runner.instance.get_materialized_partitions(daily.key) == set(seen)
    events = [one.dagster_event for one in runner.instance.all_logs(run.run_id) if one.dagster_event]
    planned = [one for one in events if one.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED]
    checks = [one for one in events if one.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED]
    assert [one.partition for one in planned] == seen
    (subset,) = [one.event_specific_data.partitions_subset for one in checks]
    assert list(subset.get_partition_keys()) == seen
    assert run.dagster_run.tags[DAYS_TAG] == "2024-02-27, 2024-03-01"
    seen.clear()
    runner.run("job", DayRange("2024-02-27", "2024-03-01", 1))
    assert len(seen) == 4


def test_a_run_starts_no_process_to_copy_what_its_steps_print():
    @dg.asset
    def quiet(context: dg.AssetExecutionContext) -> None:
        assert isinstance(context.instance.compute_log_manager, NoOpComputeLogManager)

    runner = _runner(quiet)
    before = runner.instance.compute_log_manager
    runner.run("job")
    assert runner.instance.compute_log_manager is before


def test_a_range_of_one_day_is_a_run_of_that_partition():
    @dg.asset(partitions_def=DAYS)
    def daily(context: dg.AssetExecutionContext) -> None:
        assert context.partition_key == "2024-02-27"

    run = _runner(daily).run("job", DayRange("2024-02-27", "2024-02-27", 1)).dagster_run
    assert run.tags["dagster/partition"] == "2024-02-27"


def test_the_console_stays_silent(capfd: pytest.CaptureFixture[str]):
    @dg.asset
    def talkative(context: dg.AssetExecutionContext) -> None:
        context.log.warning("not on the console")

    _runner(talkative).run("job")
    assert capfd.readouterr() == ("", "")


def test_a_failure_reads_as_its_description():
    def refuse() -> None:
        raise dg.Failure("3 users are missing in Gorgias", allow_retries=False)

    failure = _failing(refuse)
    assert str(failure) == "3 users are missing in Gorgias"
    assert failure.step == "gorgias/users"
    assert not failure.gate_closed


def test_an_exception_reads_as_its_own_message_without_a_stack_trace():
    def fail() -> None:
        raise SettingsError("2 settings are missing")

    failure = _failing(fail)
    assert str(failure) == "2 settings are missing"
    assert "SettingsError" in failure.causes
    assert "Traceback" not in str(failure)
    assert "test_orchestration_runs.py" in failure.stack


def test_a_run_that_was_interrupted_is_canceled_and_has_not_failed():
    @dg.asset
    def cut_short() -> None:
        raise KeyboardInterrupt

    runner = _runner(cut_short)
    with pytest.raises(Interrupted):
        runner.run("job")
    (run,) = runner.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.CANCELED


def test_a_closed_gate_is_told_apart_by_what_the_gate_says():
    def refuse() -> None:
        raise dg.Failure("1 gates are closed", metadata={"closed": 1}, allow_retries=False)

    assert _failing(refuse).gate_closed


def test_a_failed_blocking_check_is_told_apart_and_named():
    @dg.asset
    def staged() -> None: ...

    @dg.asset_check(asset=staged, blocking=True)
    def schema() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False)

    with pytest.raises(RunFailed, match="schema") as failed:
        _runner(staged, checks=[schema]).run("job")
    assert failed.value.check_failed


WORKER = """
import sys, threading, time
from pathlib import Path
import dagster as dg
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.signals import Interrupted, Signals

class Slow:
    def __del__(self):
        Path(sys.argv[1]).touch()
        time.sleep(0.5)

@dg.asset
def load():
    try:
        if sys.argv[3] == "in __del__":
            Slow()
        Path(sys.argv[1]).touch()
        time.sleep(60)
    except BaseException:
        # As the write gate does: what is in flight comes home before the run ends.
        print("draining", flush=True)
        threading.Event().wait(float(sys.argv[2]))
        print("drained", flush=True)
        raise

defs = dg.Definitions(assets=[load], jobs=[dg.define_asset_job("job", "*")])
with Signals(lambda line: print(line, flush=True)) as signals:
    runner = Runner(defs, dg.DagsterInstance.ephemeral(), "run", signals)
    try:
        runner.run("job")
    except Interrupted:
        print(runner.instance.get_runs()[0].status.value, flush=True)
        sys.exit(1)
"""


def _worker(tmp_path: Path, drain: str, where: str = "in the step") -> "subprocess.Popen[str]":
    sign = tmp_path / "running"
    worker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORKER), str(sign), drain, where],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not sign.exists():
        assert worker.poll() is None, "the worker ended early"
        try:
            worker.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    return worker


@pytest.mark.parametrize(
    ("number", "where"),
    [
        (signal.SIGTERM, "in the step"),
        pytest.param(signal.SIGINT, "in the step", marks=pytest.mark.acceptance),
        (signal.SIGINT, "in __del__"),
    ],
)
def test_a_signal_lets_what_is_in_flight_come_home(tmp_path: Path, number: signal.Signals, where: str):
    worker = _worker(tmp_path, "0.2", where)
    os.kill(worker.pid, number)
    said, _ = worker.communicate(timeout=30)
    assert "drained" in said
    assert "Ending:" in said
    assert said.splitlines()[-1] == "CANCELED"
    assert "Traceback" not in said
    assert worker.returncode == 1


def test_a_second_signal_ends_at_once(tmp_path: Path):
    worker = _worker(tmp_path, "60")
    assert worker.stdout is not None
    os.kill(worker.pid, signal.SIGINT)
    # Two threads print, so that their lines may run into each other.
    while "draining" not in (line := worker.stdout.readline()):
        assert line, "the worker ended early"
    os.kill(worker.pid, signal.SIGINT)
    assert worker.wait(timeout=10) == 1
    assert "drained" not in worker.stdout.read()


IN_A_RUN = """
import sys, time
from pathlib import Path
import dagster as dg
from migration_assets.orchestration.cancel_watch import cancel_watch
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.signals import Interrupted, Signals

home, sign = Path(sys.argv[1]), Path(sys.argv[2])

@dg.asset
def load():
    try:
        sign.touch()
        time.sleep(60)
    except BaseException:
        print("drained", flush=True)
        raise

@dg.op
def work(context):
    with Signals(lambda line: print(line, flush=True), in_run=True) as signals:
        runner = Runner(inner, context.instance, "outer", signals, parent=context.run_id)
        try:
            with cancel_watch(runner, 0.1):
                runner.run("inner")
        except Interrupted:
            raise dg.DagsterExecutionInterruptedError from None

@dg.job
def outer():
    work()

inner = dg.Definitions(assets=[load], jobs=[dg.define_asset_job("inner", "*")])
with dg.DagsterInstance.local_temp(str(home)) as instance:
    outer.execute_in_process(instance=instance, raise_on_error=False)
    for run in instance.get_runs():
        print(run.job_name, run.status.value, flush=True)
"""


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("a signal to the process", marks=pytest.mark.acceptance),
        pytest.param("an end asked for of the inner run", marks=pytest.mark.acceptance),
        "both",
    ],
)
def test_a_run_in_another_run_s_process_ends_in_order_with_it(tmp_path: Path, how: str):
    home, sign = tmp_path / "home", tmp_path / "running"
    home.mkdir()
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(IN_A_RUN), str(home), str(sign)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    while not sign.exists():
        assert worker.poll() is None, "the worker ended early"
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(0.05)
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        runs = {run.job_name: run for run in instance.get_runs()}
        assert runs["inner"].tags[PARENT_TAG] == runs["outer"].run_id
        if "signal" not in how:
            instance.report_run_canceling(runs["inner"])
        if "run" not in how:
            instance.report_run_canceling(runs["outer"])
            os.kill(worker.pid, signal.SIGINT)
    said, _ = worker.communicate(timeout=30)
    assert said.count("drained") == said.count("Ending:") == 1
    assert "Once more" not in said
    assert set(said.splitlines()[-2:]) == {"inner CANCELED", "outer CANCELED"}
