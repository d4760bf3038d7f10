"""A check declared on its asset, on a real Dagster instance and a real ledger: blocking, ranges, errors, unknowns."""

import warnings
from collections import Counter
from collections.abc import Mapping

import dagster as dg
import pytest

from checks.evaluate import Evaluation, NotReadable
from checks.quality_gates import closed, never_looked_at, require_open
from checks.step_check import StepCheck
from resources.ledger import Ledger

DAYS = dg.DailyPartitionsDefinition(start_date="2026-03-01", end_date="2026-03-10", timezone="UTC")
KEY = dg.AssetKey(["staging", "tickets"])
FIRST, SECOND = "2026-03-01", "2026-03-02"
BAD = Evaluation(3, Counter({("row", "1 missing"): 1}), ["ivinex:1:7"], sentence="3 read, 2 staged: 1 missing")
GOOD = Evaluation(2, sentence="2 read, 2 staged")
UNKNOWN = Evaluation(unknown="not read back: materialize reconciliation/readback first")
RANGE = {"dagster/asset_partition_range_start": FIRST, "dagster/asset_partition_range_end": SECOND}


class Staged:
    """One daily asset with a blocking check, and a load behind it."""

    def __init__(self, ledger: Ledger, results: Mapping[str, Evaluation] | Exception, blocking: bool = True):
        self.loaded: list[str] = []
        self.instance = dg.DagsterInstance.ephemeral()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check = StepCheck(KEY, "balance", "Rows balance.", blocking, DAYS, gate=True)

            @dg.asset(key=KEY, partitions_def=DAYS, check_specs=[check.spec])
            def staged(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
                return dg.MaterializeResult(check_results=[check.report(context, ledger, evaluate)])

        def evaluate() -> Mapping[str | None, Evaluation]:
            if isinstance(results, Exception):
                raise results
            return dict(results)

        @dg.asset(partitions_def=DAYS, deps=[KEY])
        def load(context: dg.AssetExecutionContext) -> None:
            self.loaded.extend(context.partition_keys)

        self.definitions = dg.Definitions([staged, load])

    def run(self, **how) -> dg.ExecuteInProcessResult:
        job = self.definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(instance=self.instance, raise_on_error=False, **how)

    def evaluations(self) -> list[dg.AssetCheckEvaluation]:
        history = self.instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(KEY, "balance"), limit=10
        )
        events = [record.event.dagster_event.event_specific_data for record in history if record.event]
        return [event for event in events if isinstance(event, dg.AssetCheckEvaluation)]


def test_a_failing_day_fails_the_step_that_staged_it_so_that_from_failure_stages_it_again(ledger: Ledger):
    staged = Staged(ledger, {FIRST: BAD})
    result = staged.run(partition_key=FIRST)
    assert [event.step_key for event in result.all_events if event.is_step_failure] == ["staging__tickets"]
    assert staged.loaded == []
    [told] = staged.evaluations()
    assert (told.passed, told.partition, told.blocking) == (False, FIRST, True)
    assert told.description == "3 read, 2 staged: 1 missing"
    assert told.metadata["failures"].value == 1
    rows = closed(ledger, ["staging/tickets"], [FIRST])
    assert rows.values.tolist() == [["staging/tickets:balance", FIRST, "3 read, 2 staged: 1 missing"]]


def test_a_range_run_reports_one_evaluation_per_day_and_a_bad_day_stops_no_other(ledger: Ledger):
    staged = Staged(ledger, {FIRST: BAD, SECOND: GOOD})
    result = staged.run(tags=RANGE)
    assert result.success
    assert staged.loaded == [FIRST, SECOND]
    found = {one.partition: (one.passed, one.severity, one.description) for one in staged.evaluations()}
    assert found[FIRST] == (False, dg.AssetCheckSeverity.ERROR, "3 read, 2 staged: 1 missing")
    assert found[SECOND][0]
    assert found[None][1:] == (
        dg.AssetCheckSeverity.WARN,
        f"2 days: 1 passed. {FIRST}: 3 read, 2 staged: 1 missing",
    )
    assert closed(ledger, ["staging/tickets"], [FIRST, SECOND])["partition"].tolist() == [FIRST]


def test_a_check_that_cannot_look_fails_with_the_reason_instead_of_raising(ledger: Ledger):
    staged = Staged(ledger, NotReadable("staging.tickets was never staged"))
    assert not staged.run(partition_key=FIRST).success
    [told] = staged.evaluations()
    assert told.description == "Not evaluated: NotReadable: staging.tickets was never staged"
    assert closed(ledger, ["staging/tickets"], [FIRST])["partition"].tolist() == [FIRST]


def test_what_is_not_known_yet_warns_and_closes_nothing_and_forgives_nothing(ledger: Ledger):
    ledger.quality_gates.record_gate("staging/tickets:balance", SECOND, False, "an earlier failure", "run")
    staged = Staged(ledger, {FIRST: UNKNOWN, SECOND: UNKNOWN}, blocking=False)
    for day in (FIRST, SECOND):
        assert staged.run(partition_key=day).success
    assert {(one.passed, one.severity) for one in staged.evaluations()} == {(False, dg.AssetCheckSeverity.WARN)}
    assert closed(ledger, ["staging/tickets"], [FIRST, SECOND])["detail"].tolist() == ["an earlier failure"]


def test_a_load_asks_for_a_result_only_where_there_are_rows(ledger: Ledger):
    assert never_looked_at(ledger, ["staging/tickets"], [FIRST])["partition"].tolist() == [FIRST]
    require_open(ledger, ["staging/tickets"], [FIRST, SECOND], holding=[])
    with pytest.raises(dg.Failure, match="1 results are missing") as refused:
        require_open(ledger, ["staging/tickets"], [FIRST, SECOND], holding=[SECOND])
    assert SECOND in str(refused.value.description)
    assert FIRST not in str(refused.value.description)


def test_a_closed_gate_names_a_way_out_for_the_ui_and_for_the_command(ledger: Ledger):
    ledger.quality_gates.record_gate(
        "reconciliation/comparison:no_mail", FIRST, False, "1 written; failed: altered (1)", "run"
    )
    with pytest.raises(dg.Failure) as refused:
        require_open(ledger, ["reconciliation/comparison"], [FIRST])
    told = str(refused.value.description)
    for word in ("verify_days", "`migrate verify`", "override_gate", "`migrate gates override CHECK PARTITION --by"):
        assert word in told
