"""A schema held against rows of a real DuckDB: which rule broke, in which partition, shown by id and never by value."""

import pandas as pd
import pytest

from checks.evaluate import broken_rules, evaluate
from checks.schemas import tags, tickets
from checks.table import table_of
from resources.warehouse import Warehouse

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
    assert "staging.tags was never staged" in result.description


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
    assert results["2026-03-02"].description == "1 rows: subject: at most 998 characters (1)"


def test_many_rows_are_read_in_buckets_with_the_same_result(house, monkeypatch):
    house.replace(table_of(tickets.SCHEMA), frame(*(ticket(n, messages=int(n != 7)) for n in range(50))))
    monkeypatch.setattr("checks.evaluate.CHUNK_ROWS", 8)
    result = evaluate(tickets.SCHEMA, house, ["2026-03-01"])["2026-03-01"]
    assert (result.rows, result.source_ids, sum(result.failures.values())) == (50, ["ivinex:10101:7"], 1)
