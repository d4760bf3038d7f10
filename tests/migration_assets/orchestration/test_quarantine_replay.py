"""Another try for rows in quarantine: exactly their days, the preparation only for rows without one, what is left."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from migration_assets.day_ranges import DayRange
from migration_assets.ivinex import tables
from migration_assets.ivinex.full_scan.day_assignment import quarantine_without_created_date
from migration_assets.orchestration import quarantine_replay
from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.migration import PREPARED, STAGED, Migration
from migration_assets.orchestration.quarantine_replay import replay_quarantine
from migration_assets.settings import Settings
from resources.ledger import Ledger, Outcome, Quarantined
from resources.ledger.base import NameMissing
from resources.ledger.outcomes import WRITER_STAGE
from resources.ledger.records import Completion, Intent, State, WriteKey
from resources.warehouse import Warehouse

DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-20"]


class Runs:
    """Stands in for the runner, and remembers what it was asked for."""

    def __init__(self, ledger: Ledger):
        self.ledger, self.run_ids = ledger, []
        self.instance = dg.DagsterInstance.ephemeral()
        self.asked: list[str] = []

    def run(self, job: str, days: DayRange | None = None) -> None:
        self.asked.append(f"{job} {days}" if days else job)
        if days:
            rows = [(f"{table}:schema", day, True, "") for table in STAGED for day in days.days]
            self.ledger.quality_gates.record_gates(rows, "run")


@pytest.fixture
def migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Migration]:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:sandbox")
    ledger.quality_gates.record_gates([(f"{asset}:x", None, True, "") for asset in PREPARED], "run")
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    # The map is another test's matter.
    monkeypatch.setattr(Migration, "confirmed_map", lambda _: _Map())
    sweep = pd.DataFrame([{"source_id": f"t{day}", "partition": day, "content_hash": "h"} for day in DAYS])
    with warehouse.held(), warehouse.transaction() as tx:
        tx.ensure(tables.TICKET_SWEEP, tables.LINKS, tables.ACTIVITY_SWEEP)
        tx.replace(tables.TICKET_SWEEP, sweep.reindex(columns=list(tables.TICKET_SWEEP.columns)))
    with warehouse.held():
        yield Migration(Runs(ledger), warehouse, ledger, tmp_path)  # type: ignore[arg-type]


class _Map:
    partition_fallback, mapping_version = "none", "map 2"


def settings(migration: Migration) -> Settings:
    return Settings.model_validate({"MIGRATION_HOME": str(migration.home)})


def set_aside(migration: Migration, object: str, *days: str | None, stage: str = "staging", why: str = "x") -> None:
    rows = [Quarantined(f"{object}/{day}", why, "too long", partition=day) for day in days]
    if stage == WRITER_STAGE:
        with migration.ledger.transaction() as tx:
            migration.ledger.quarantine.record_in_transaction(tx, object, stage, rows)
    else:
        migration.ledger.quarantine.record(object, stage, rows)


def write(migration: Migration, ticket: str) -> None:
    """As a load does."""
    lease, key = migration.ledger.leases.try_lease("test", 0), WriteKey("tickets", ticket, "create")
    migration.ledger.writes.begin([Intent(key, "h", partition=DAYS[1])], lease.fence, "run")
    row = Outcome(ticket, "created", partition=DAYS[1], gorgias_id=7)
    migration.ledger.writes.complete([Completion(key, State.DONE, 7, outcomes=[row])], lease.fence, "run")


def replayed(migration: Migration, **asked: Any) -> tuple[Any, list[str]]:
    done = replay_quarantine(migration, settings(migration), "Ann", **asked)
    return done, migration.runner.asked  # type: ignore[attr-defined]


def test_exactly_the_days_of_the_rows_are_staged_and_loaded_again(migration: Migration):
    set_aside(migration, "tickets", "2024-01-01", "2024-01-03")
    set_aside(migration, "messages", "2024-01-20", why="never_possible")
    done, asked = replayed(migration)
    days = f"3 days of {DAYS[0]} to {DAYS[-1]}"
    assert [one for one in asked if one.startswith(("stage", "load"))] == [f"stage_days {days}", f"load_days {days}"]
    assert (done.before, done.after, done.days, done.prepared) == (3, 3, [DAYS[0], *DAYS[2:]], False)
    assert migration.ledger.decisions.decision(quarantine_replay.REPLAY) == "3 rows"


def test_a_row_without_a_day_wants_the_preparation_and_no_day(migration: Migration):
    set_aside(migration, "contacts", None)
    done, asked = replayed(migration)
    assert asked == ["prepare"]
    assert (done.days, done.prepared) == ([], True)


def test_a_class_or_an_object_narrows_what_is_tried_again(migration: Migration):
    set_aside(migration, "tickets", "2024-01-01", why="needs_mapping")
    set_aside(migration, "messages", "2024-01-03", why="transient")
    assert replayed(migration, object="messages")[1] == ["stage_days 2024-01-03", "load_days 2024-01-03"]
    migration.runner.asked.clear()  # type: ignore[attr-defined]
    assert replayed(migration, reason_class="needs_mapping")[1] == ["stage_days 2024-01-01", "load_days 2024-01-01"]
    with pytest.raises(DecisionRefused, match=r"'tasks' is in quarantine\. There are rows of: messages, tickets"):
        replayed(migration, object="tasks")
    with pytest.raises(DecisionRefused, match=r"no object 'tikets'\. Objects are: .*messages, .*tickets, users"):
        replayed(migration, object="tikets")


def test_some_rows_are_tried_alone_by_their_ids_and_one_that_is_not_there_is_refused_by_name(migration: Migration):
    set_aside(migration, "tickets", "2024-01-01", "2024-01-03", "2024-01-20")
    done, asked = replayed(migration, ids=["tickets/2024-01-03"])
    assert (asked, done.before, done.after) == (["stage_days 2024-01-03", "load_days 2024-01-03"], 1, 1)
    done, _ = replayed(migration, ids=["tickets/2024-01-01", "tickets/2024-01-20"])
    assert (done.before, done.days) == (2, ["2024-01-01", "2024-01-20"])
    with pytest.raises(DecisionRefused, match=r"Not in quarantine: t7\. `migrate quarantine list`.*/report"):
        replayed(migration, ids=["tickets/2024-01-01", "t7"])
    with pytest.raises(DecisionRefused, match=r"Not in quarantine with this object and class: tickets/2024-01-01"):
        replayed(migration, ids=["tickets/2024-01-01"], reason_class="transient")


def test_a_ticket_whose_contact_was_set_aside_wants_the_preparation_too(migration: Migration):
    row = Quarantined("t1", "x", "its customer is not staged (quarantine of contact c1)", partition="2024-01-01")
    migration.ledger.quarantine.record("tickets", "staging", [row])
    assert replayed(migration)[1] == ["prepare", "stage_days 2024-01-01", "load_days 2024-01-01"]


def test_a_ticket_whose_created_date_was_repaired_stays_set_aside_on_its_day_until_it_is_written(migration: Migration):
    """Read again it has a day, and nothing else would tell that it is still to be loaded."""
    ticket, start, created = f"t{DAYS[1]}", date(2020, 1, 1), pd.Timestamp(f"{DAYS[1]} 10:00", tz="UTC")

    def read_again(partition: str, created_at: pd.Timestamp | None) -> dict[str, str]:
        migration.warehouse.execute(
            "UPDATE ivinex.ticket_sweep SET partition = ?, created_at = ?, content_hash = ? WHERE source_id = ?",
            [partition, created_at, partition, ticket],
        )
        quarantine_without_created_date(migration.warehouse, migration.ledger, start)
        rows = migration.ledger.quarantine.rows()
        return dict(zip(rows["source_id"], rows["partition"], strict=True))

    assert read_again("none", None) == {ticket: "none"}
    assert read_again(DAYS[1], created) == {}, "before the first load all tickets are still to be loaded"
    write(migration, "t7")
    assert read_again("none", None) == {ticket: "none"}
    for _ in range(2):
        assert read_again(DAYS[1], created) == {ticket: DAYS[1]}
    assert replayed(migration)[1] == [f"stage_days {DAYS[1]}", f"load_days {DAYS[1]}"]
    write(migration, ticket)
    assert read_again(DAYS[1], created) == {}


def test_what_gorgias_refused_is_told_with_the_way_to_ask_again(migration: Migration):
    set_aside(migration, "tickets", "2024-01-01", stage=WRITER_STAGE)
    done, _ = replayed(migration)
    assert (done.refused, done.after) == (1, 1)
    assert "send_refused: true in the job replay_quarantine" in done.sentence()
    assert "`migrate quarantine replay --send-refused --by NAME`" in done.sentence()


def test_a_ticket_without_a_day_is_looked_at_with_the_map_of_today_and_told_where_it_still_has_none(
    migration: Migration,
):
    migration.warehouse.execute("UPDATE ivinex.ticket_sweep SET partition = 'none' WHERE source_id = 't2024-01-20'")
    created = pd.Timestamp("2024-01-02 10:00", tz="UTC")
    migration.warehouse.execute("UPDATE ivinex.ticket_sweep SET created_at = ? WHERE partition <> 'none'", [created])
    migration.ledger.quarantine.record(
        "tickets", "ivinex", [Quarantined("t2024-01-20", "needs_mapping", "no partition", partition="none")], ["none"]
    )
    done, asked = replayed(migration)
    assert (asked, done.dayless, done.after) == ([], 1, 1)
    assert "partition_fallback in mapping.yaml" in done.sentence()
    migration.warehouse.execute(
        "UPDATE ivinex.ticket_sweep SET modified_at = ? WHERE source_id = 't2024-01-20'", [created]
    )
    _Map.partition_fallback = "modified_date"
    try:
        done, asked = replayed(migration)
    finally:
        _Map.partition_fallback = "none"
    assert (asked, done.dayless) == (["stage_days 2024-01-02", "load_days 2024-01-02"], 0)


def test_nothing_in_quarantine_is_nothing_to_do_and_nobody_asks_for_nothing(migration: Migration):
    done, asked = replayed(migration)
    assert (asked, done.sentence()) == ([], "No such row is in quarantine. Nothing was done.")
    with pytest.raises(NameMissing):
        replay_quarantine(migration, settings(migration), " ")
