"""What the checks of the source say: in words, for each thing that a person should know before anything is moved."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ivinex_stage import FixedSettings, Run, run_stage

from checks.evaluate import Evaluation
from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex import checks
from migration_assets.ivinex.full_scan.days_found import DaysFound, settle_days
from migration_assets.ivinex.schema.tabs import SUSPICIOUS
from migration_assets.ivinex.schema.users import user_frame
from migration_assets.partitions import first_partition
from resources.ledger.records import Confirmation, Outcome

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
FIELD = {"collection_type_id": "10101", "tab": "Tickets", "field_id": "1", "label": "Size", "options": "[]"}


def tabs(*problems: str, listed: bool = True) -> pd.DataFrame:
    rows = [
        {"tab": name, "problem": problem, "listed": listed}
        for name, problem in zip(("Contacts", "Invoices"), problems, strict=True)
    ]
    return pd.DataFrame(rows)


def live(**kinds: str) -> pd.DataFrame:
    rows = [FIELD | {"field_name": name, "kind": kind, "data_type": f"{kind} word"} for name, kind in kinds.items()]
    return pd.DataFrame(rows)


def confirmed(**kinds: str) -> Confirmation:
    known = {name: {"field_id": "1", "kind": kind, "options": {}} for name, kind in kinds.items()}
    schema = {"time_zone": "UTC", "roles": {"ticket": ["10101"]}, "tabs": {"10101": known}}
    return Confirmation("v1", "f1", schema, "Ann Lee", AT)


@pytest.mark.parametrize(
    ("evaluation", "passed", "words"),
    [
        (checks.tabs_seen(tabs("", "")), True, ["2 tabs", "each of them can be read"]),
        (checks.tabs_seen(tabs("", SUSPICIOUS)), False, ["1 of 2 tabs", "Invoices: zero rows", "the job discover"]),
        (checks.tabs_seen(tabs("", "not named", listed=False)), False, ["Invoices: not named"]),
        (checks.types_known(live(size="number"), []), True, ["1 fields of 1 tabs, all of known types"]),
        (checks.types_known(live(size="unknown"), []), False, ["carried as text: Tickets.size (unknown word)"]),
        (checks.types_known(live(size="number"), ["403"]), False, ["the fields of 1 tabs cannot be read: 403"]),
        (checks.drifted(live(size="number"), None), True, ["No map was confirmed yet"]),
        (checks.drifted(live(size="number"), confirmed(size="number")), True, ["Nothing", "Ann Lee", "2026-06-30"]),
        (
            checks.drifted(live(size="text", new="date"), confirmed(size="number", old="text")),
            False,
            ["3 changes", "new appeared (date)", "old is gone", "from number to text", "mapping confirm --by NAME"],
        ),
        (checks.export_seen("groups.csv", 3, ""), True, ["groups.csv is there: 3 rows"]),
        (checks.export_seen("groups.csv", 0, "groups.csv is missing; it needs group_id"), False, ["it needs group_id"]),
        (checks.owners_known(user_frame([], {}), ""), True, ["0 users, and records name nobody else"]),
        (
            checks.owners_known(user_frame([], {"7": 3, "8": 2}), "users.csv is missing"),
            False,
            ["users.csv is missing", "5 records name 2 users", "ivinex:user:7, ivinex:user:8"],
        ),
        (checks.owners_known(user_frame([], {}), "users.csv is missing"), False, ["0 records name 0 users"]),
        (checks.sweep_proved({"dagster/row_count": 9, "proof": "ids rise"}), True, ["9 records, complete: ids rise."]),
        (checks.sweep_proved({"dagster/row_count": 0, "proof": ""}), True, ["no tab has this role"]),
        (
            checks.sweep_proved({"dagster/row_count": 9, "proof": "ids rise", "unreadable_records": 2}),
            False,
            ["9 records, 2 more could not be read", "migrate quarantine list", "complete: ids rise"],
        ),
        (
            checks.sweep_proved({"dagster/row_count": 9, "proof": "", "problem": "completeness is not proved: 4 ids"}),
            False,
            ["completeness is not proved: 4 ids", "migrate discover"],
        ),
    ],
)
def test_a_result_is_a_sentence_that_names_what_was_found_and_the_way_out(
    evaluation: Evaluation, passed: bool, words: list[str]
) -> None:
    assert evaluation.passed is passed
    assert evaluation.failures.total() > 0 or passed
    for word in words:
        assert word in evaluation.description


def test_tickets_without_a_day_are_counted_by_reason() -> None:
    reasons = {"t:3": "created date is not set", "t:2": "created date is not set", "t:1": "created in the future"}
    found = DaysFound({"2026-06-11": 2, "2026-06-30": 1}, 0, reasons).evaluation()
    assert found.rows == 6
    assert found.failures == {
        ("created_date", "created date is not set"): 2,
        ("created_date", "created in the future"): 1,
    }
    assert found.source_ids == ["t:1", "t:2", "t:3"]
    assert "3 of 6 tickets have no day" in found.description
    assert DaysFound({"2026-06-11": 2}, 0, {}).evaluation().passed


def test_the_days_are_shown_with_the_range_to_paste_into_a_backfill() -> None:
    shown = DaysFound({"2026-06-11": 2, "2026-06-30": 1}, 1, {}).metadata()
    assert shown["backfill_range"] == "[2026-06-11...2026-06-30]"
    assert (shown["first_day"], shown["last_day"], shown["days_with_tickets"]) == ("2026-06-11", "2026-06-30", 2)
    assert [record.data for record in shown["tickets_per_day"].records] == [
        {"day": "2026-06-11", "tickets": 2},
        {"day": "2026-06-30", "tickets": 1},
    ]
    assert DaysFound({}, 0, {}).metadata() == {"days_with_tickets": 0, "by_fallback": 0, "no_partition": 0}


def test_years_of_days_are_shown_by_month() -> None:
    days = pd.date_range("2024-01-30", periods=401).strftime("%Y-%m-%d")
    shown = DaysFound(dict.fromkeys(days, 2), 0, {}).metadata()
    assert "tickets_per_day" not in shown
    assert [record.data for record in shown["tickets_per_month"].records][:2] == [
        {"month": "2024-01", "days": 2, "tickets": 4},
        {"month": "2024-02", "days": 29, "tickets": 58},
    ]


def test_a_source_as_it_should_be_passes_every_check(finished: Callable[[str], Run]) -> None:
    run = finished("typical")
    assert {name: one.description for name, one in run.checks.items() if not one.passed} == {}
    assert {name.split(":")[0] for name in run.checks} == set(run.metadata)
    assert all(one.description for one in run.checks.values())


def test_the_first_day_is_kept_for_the_partitions_and_shown(finished: Callable[[str], Run]) -> None:
    run = finished("typical")
    first, last = run.rows("SELECT min(partition), max(partition) FROM ivinex.ticket_sweep")[0]
    assert first_partition(run.home, datetime(2015, 1, 1, tzinfo=UTC).date()).isoformat() == first
    assert run.metadata["ticket_sweep"]["backfill_range"] == f"[{first}...{last}]"


def test_a_hostile_source_warns_and_never_stops_the_run(finished: Callable[[str], Run]) -> None:
    run = finished("hostile")
    failed = {name for name, one in run.checks.items() if not one.passed}
    assert {"tabs:readable", "fields:known_types", "users:known_owners", "ticket_sweep:created_day"} <= failed
    assert {one.severity.value for one in run.checks.values() if not one.passed} == {"WARN"}
    assert "Payroll" in run.checks["tabs:readable"].description


def test_a_confirmation_is_held_against_the_schema_that_is_read_later(begun: Any, home: Path) -> None:
    site, run = begun()
    tab = run.one("SELECT collection_type_id FROM ivinex.tabs WHERE role = 'ticket'")
    schema = confirmed().schema | {"tabs": {tab: {"long_gone": {"field_id": "1", "kind": "text", "options": {}}}}}
    run.ledger.decisions.confirm_mapping("v1", "f1", schema, "Ann Lee")
    seen = run_stage(site, home, select=[ivinex_assets.fields]).checks["fields:as_confirmed"]
    assert not seen.passed
    assert "field long_gone is gone" in seen.description


def test_a_day_before_the_loaded_partitions_is_told_and_kept_for_the_next_process(begun: Any, home: Path) -> None:
    _, run = begun()
    run.warehouse.execute(
        "UPDATE ivinex.ticket_sweep SET created_at = TIMESTAMPTZ '2012-02-03 09:00:00+00' "
        "WHERE source_id = (SELECT min(source_id) FROM ivinex.ticket_sweep)"
    )
    settings, told = FixedSettings(home=str(home), start="2010-01-01").get(), []
    found = settle_days(run.warehouse, run.ledger, settings, "none", told.append)
    assert min(found.tickets) == "2012-02-03"
    assert first_partition(home, settings.start_date).isoformat() == "2012-02-03"
    assert [message[:80] for message in told] == [
        "A ticket of 2012-02-03 is older than the first partition, 2015-01-01. Nothing wa"
    ]


def test_a_day_that_was_loaded_stays_a_partition_when_the_source_loses_its_tickets(begun: Any, home: Path) -> None:
    _, run = begun()
    run.ledger.outcomes.record_outcomes(
        "tickets", "load", [Outcome("ivinex:10101:1", "created", partition="2016-05-04")]
    )
    settings = FixedSettings(home=str(home)).get()
    settle_days(run.warehouse, run.ledger, settings, "none", print)
    assert first_partition(home, settings.start_date).isoformat() == "2016-05-04"
