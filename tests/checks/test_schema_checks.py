"""The check factory, on a real Dagster instance, a real DuckDB and a real ledger."""

import warnings

import dagster as dg
import pandas as pd
import pytest

from checks.evaluate import broken_rules, evaluate
from checks.factory import gate_name, schema_check
from checks.schemas import tags, tickets
from checks.table import table_of
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

DAYS = dg.DailyPartitionsDefinition(start_date="2026-03-01", end_date="2026-03-10", timezone="UTC")
KEY = dg.AssetKey(["staging", "tickets"])
AT = pd.Timestamp("2026-03-01T10:00", tz="UTC").as_unit("us")


def ticket(number=1, day="2026-03-01", **values):
    at = pd.Timestamp(f"{day}T10:00", tz="UTC").as_unit("us")
    return {
        "partition": day,
        "source_id": f"ivinex:10101:{number}",
        "external_id": f"ivinex:10101:{number}",
        "contact_source_id": "ivinex:1001:1",
        "customer_source_id": "ivinex:1001:1",
        "subject": "Hi",
        "status": "open",
        "priority": "normal",
        "channel": "api",
        "from_agent": False,
        "assignee_source_id": None,
        "team_source_id": None,
        "tags": '["ai_ignore"]',
        "field_values": "{}",
        "meta": '{"ivinex_id":"x"}',
        "created_at": at,
        "opened_at": at,
        "closed_at": pd.NaT,
        "updated_at": at,
        "messages": 1,
        "source_version": "v",
        **values,
    }


def frame(*rows):
    made = pd.DataFrame(rows)
    made["closed_at"] = pd.to_datetime(made["closed_at"], utc=True).astype("datetime64[us, UTC]")
    return made


@pytest.fixture
def house(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.held():
        yield warehouse


@pytest.fixture
def ledger(tmp_path):
    return Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:sandbox")


def rules(**values):
    return dict(broken_rules(tickets.SCHEMA, frame(ticket(**values)))).get(0, [])


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"subject": "s" * 999}, ("subject", "at most 998 characters")),
        ({"subject": "a\x00"}, ("subject", "no NUL byte")),
        ({"external_id": "e" * 256}, ("external_id", "at most 255 characters")),
        ({"status": "snoozed"}, ("status", "one of open, closed")),
        ({"priority": "urgent"}, ("priority", "one of critical, high, normal, low")),
        ({"tags": '["a"]'}, ("tags", "ai_ignore among the tags")),
        ({"tags": "no json"}, ("tags", "ai_ignore among the tags")),
        ({"messages": 0}, ("row", "a ticket has at least one message")),
        ({"status": "closed"}, ("row", "closed tickets have a closing time")),
        ({"partition": "2026-03-02"}, ("row", "created on its partition's day")),
        ({"updated_at": pd.NaT}, ("updated_at", "never empty")),
    ],
)
def test_a_row_over_a_limit_is_told_by_column_and_rule(values, rule):
    assert rule in rules(**values)


def test_a_row_within_the_limits_breaks_no_rule():
    assert rules(subject="s" * 998) == []


def test_a_frame_with_a_missing_column_blames_no_row():
    with pytest.raises(ValueError, match=r"staging\.tickets does not have its declared columns"):
        broken_rules(tickets.SCHEMA, frame(ticket()).drop(columns="status"))


def test_a_table_that_was_never_staged_fails_with_the_reason(house):
    result = evaluate(tags.SCHEMA, house)[None]
    assert not result.passed
    assert "staging.tags was never staged" in result.detail


def test_results_are_per_partition_and_show_ids_and_rules_but_no_values(house):
    rows = frame(ticket(1), ticket(2, day="2026-03-02", subject="very secret" * 100))
    house.replace(table_of(tickets.SCHEMA), rows)
    results = evaluate(tickets.SCHEMA, house, ["2026-03-01", "2026-03-02", "2026-03-03"])
    assert {day: (r.rows, r.passed) for day, r in results.items()} == {
        "2026-03-01": (1, True),
        "2026-03-02": (1, False),
        "2026-03-03": (0, True),
    }
    assert results["2026-03-02"].source_ids == ["ivinex:10101:2"]
    assert results["2026-03-02"].detail == "subject: at most 998 characters (1)"


def test_many_rows_are_read_in_buckets_with_the_same_result(house, monkeypatch):
    house.replace(table_of(tickets.SCHEMA), frame(*(ticket(n, messages=int(n != 7)) for n in range(50))))
    monkeypatch.setattr("checks.evaluate.CHUNK_ROWS", 8)
    result = evaluate(tickets.SCHEMA, house, ["2026-03-01"])["2026-03-01"]
    assert (result.rows, result.source_ids, sum(result.failures.values())) == (50, ["ivinex:10101:7"], 1)


def definitions(tmp_path, downstream):
    @dg.asset(key=KEY, partitions_def=DAYS)
    def staged() -> None: ...

    @dg.asset(partitions_def=DAYS, deps=[KEY])
    def load(context: dg.AssetExecutionContext) -> None:
        downstream.extend(context.partition_keys)

    resources = {
        "warehouse": WarehouseResource(database=str(tmp_path / "warehouse.duckdb")),
        "ledger": LedgerResource(url=f"sqlite:///{tmp_path / 'ledger.sqlite'}", account="demo:sandbox"),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check = schema_check(KEY, tickets.SCHEMA, DAYS)
        return dg.Definitions([staged, load], asset_checks=[check], resources=resources)


def run(defs, instance, **tags_or_key):
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, raise_on_error=False, **tags_or_key)


def test_a_failing_day_blocks_its_run_and_closes_its_gate(tmp_path, house, ledger):
    house.replace(table_of(tickets.SCHEMA), frame(ticket(1, messages=0)))
    loaded = []
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(definitions(tmp_path, loaded), instance, partition_key="2026-03-01")
        [evaluation] = result.get_asset_check_evaluations()
    assert not result.success
    assert loaded == []
    assert (evaluation.passed, evaluation.partition, evaluation.blocking) == (False, "2026-03-01", True)
    assert evaluation.metadata["failures"].value == 1
    gates = ledger.gate_rows([gate_name(KEY, "schema")])
    assert gates[["partition", "passed"]].values.tolist() == [["2026-03-01", False]]
    assert gates["detail"].tolist() == ["row: a ticket has at least one message (1)"]


def test_a_range_run_reports_one_evaluation_per_day_and_a_bad_day_stops_no_other(tmp_path, house, ledger):
    house.replace(table_of(tickets.SCHEMA), frame(ticket(1, messages=0), ticket(2, day="2026-03-02")))
    loaded = []
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(
            definitions(tmp_path, loaded),
            instance,
            tags={
                "dagster/asset_partition_range_start": "2026-03-01",
                "dagster/asset_partition_range_end": "2026-03-02",
            },
        )
        records = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(KEY, "schema"), limit=10
        )
        events = [record.event.dagster_event.event_specific_data for record in records if record.event]
    told = {e.partition: e.passed for e in events if isinstance(e, dg.AssetCheckEvaluation) and e.partition}
    assert result.success
    assert loaded == ["2026-03-01", "2026-03-02"]
    assert told == {"2026-03-01": False, "2026-03-02": True}
    gates = ledger.gate_rows([gate_name(KEY, "schema")]).set_index("partition")["passed"].to_dict()
    assert gates == {"2026-03-01": False, "2026-03-02": True}


def test_a_check_that_cannot_look_fails_with_the_reason_instead_of_raising(tmp_path, ledger):
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(definitions(tmp_path, []), instance, partition_key="2026-03-01")
        [evaluation] = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert "never staged" in evaluation.metadata["error"].value
    assert not ledger.gate_rows()["passed"].any()
