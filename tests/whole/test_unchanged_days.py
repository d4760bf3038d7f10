"""A second load leaves out the days of which nothing changed, and whatever changed brings its day back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import requests
from mini_migration import MiniMigration, dataset_of, mini_migration
from mini_runner import migration_of

from migration_assets.orchestration import unchanged_days
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.unchanged_days import CHECKS

pytestmark = pytest.mark.acceptance
TICKETS = 14


@dataclass
class Loaded:
    """A migration that was loaded and verified, and of which nothing changed since."""

    mini: MiniMigration
    instance: dg.DagsterInstance
    days: list[str]
    ticket: dict[str, Any]

    @property
    def day(self) -> str:
        """That of the ticket that the tests change something of."""
        return str(self.ticket["partition"])

    def migration(self, instance: dg.DagsterInstance | None = None) -> Migration:
        return migration_of(self.mini, instance or self.instance)

    def brought_back(self, migration: Migration | None = None) -> list[str]:
        """Days that a load would not leave out."""
        used = migration or self.migration()
        return sorted(set(self.days) - used.unchanged.of(self.days, used._shown))

    @contextmanager
    def warehouse(self, do: str, undo: str) -> Iterator[None]:
        self.mini.warehouse.execute(do, {"id": self.ticket["source_id"]})
        try:
            yield
        finally:
            self.mini.warehouse.execute(undo, {"id": self.ticket["source_id"]})

    @contextmanager
    def ledger(self, *sql: str) -> Iterator[None]:
        """The ledger with these changes, and afterwards as it was."""
        path = self.mini.home / "ledger.sqlite"
        with closing(sqlite3.connect(path)) as own, closing(sqlite3.connect(":memory:")) as before:
            own.backup(before)
            for one in sql:
                own.execute(one, {"id": self.ticket["source_id"], "day": self.day})
            own.commit()
            try:
                yield
            finally:
                before.backup(own)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = Path(tmp_path_factory.mktemp("unchanged"))
    with mini_migration(dataset_of(folder / "data", TICKETS), folder / "home") as mini:
        mini.discover()
        instance = dg.DagsterInstance.ephemeral()
        migration_of(mini, instance).load()
        # What Gorgias did by itself right after the creates is an event of these days; the next run has compared it.
        migration_of(mini, instance).load()
        days = sorted(migration_of(mini, instance).tickets_per_day())
        (ticket,) = mini.warehouse.rows("SELECT * FROM staging.tickets ORDER BY partition DESC, source_id LIMIT 1")
        yield Loaded(mini, instance, days, ticket)


def test_a_third_run_stages_loads_and_compares_no_day_and_leaves_every_result_as_it_is(loaded: Loaded):
    before = loaded.mini.ledger.quality_gates.gate_rows(CHECKS)
    lines: list[str] = []
    migration = loaded.migration()
    migration.say = lines.append
    migration.load()
    assert [job for job, days in migration.runner.runs if days] == []  # type: ignore[attr-defined]
    assert before.equals(loaded.mini.ledger.quality_gates.gate_rows(CHECKS))
    assert any(f"{len(loaded.days)} days of {len(loaded.days)} are as they were loaded" in line for line in lines)


def test_all_days_are_taken_where_that_is_asked_for(loaded: Loaded):
    migration = loaded.migration()
    migration.all_days = True
    moved = migration.days()
    assert (moved.unchanged_days, moved.writes) == (0, 0)
    assert {day for job, days in migration.runner.runs if job == "load_days" for day in days} >= set(loaded.days)  # type: ignore[attr-defined]
    assert loaded.brought_back() == []


@pytest.mark.parametrize(
    ("do", "undo"),
    [
        (
            "UPDATE ivinex.ticket_sweep SET content_hash = content_hash || 'x' WHERE source_id = $id",
            "UPDATE ivinex.ticket_sweep SET content_hash = content_hash[:-2] WHERE source_id = $id",
        ),
        (
            "INSERT INTO ivinex.other_links VALUES ('20', $id, 'ivinex:99:1')",
            "DELETE FROM ivinex.other_links WHERE one_source_id = $id AND other_source_id = 'ivinex:99:1'",
        ),
        (
            "UPDATE staging.customers SET name = name || 'x' WHERE source_id = (SELECT customer_source_id FROM "
            "staging.tickets WHERE source_id = $id)",
            "UPDATE staging.customers SET name = name[:-2] WHERE source_id = (SELECT customer_source_id FROM "
            "staging.tickets WHERE source_id = $id)",
        ),
    ],
)
def test_a_record_that_changed_brings_its_day_back(loaded: Loaded, do: str, undo: str):
    with loaded.warehouse(do, undo):
        assert loaded.day in loaded.brought_back() != loaded.days
    assert loaded.brought_back() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE writes SET state = 'IN_DOUBT' WHERE object = 'tickets' AND part = 'create' AND source_id = :id",
        "UPDATE writes SET state = 'ROLLED_BACK' WHERE object = 'tickets' AND part = 'create' AND source_id = :id",
        "UPDATE writes SET payload_hash = 'x' WHERE object = 'tickets' AND part = 'create' AND source_id = :id",
        "INSERT INTO conflict_decisions SELECT account, 'tickets', :id, 'subject', 'ours', 'test', acquired_at, 0 "
        "FROM leases LIMIT 1",
        "INSERT INTO conflicts SELECT account, 'tickets', :id, 'subject', 1, '', acquired_at FROM leases LIMIT 1",
        "INSERT INTO quarantine SELECT account, 'files', 'f', 'load', :day, '', '', 'transient', '', acquired_at "
        "FROM leases LIMIT 1",
        *(f"DELETE FROM gates WHERE partition = :day AND check_name = '{name}'" for name in CHECKS),
        *(f"UPDATE gates SET passed = 0 WHERE partition = :day AND check_name = '{name}'" for name in CHECKS[:2]),
        "UPDATE gates SET recorded_at = datetime('now', '+1 minute') || '.000000' WHERE partition = :day "
        "AND check_name = 'staging/tickets:schema'",
        "UPDATE gates SET recorded_at = datetime('now', '-2 days') || '.000000' WHERE partition = :day "
        "AND check_name = 'reconciliation/comparison:no_mail'",
    ],
)
def test_what_the_ledger_says_of_a_day_brings_it_back_and_no_other(loaded: Loaded, sql: str):
    with loaded.ledger(sql):
        assert loaded.brought_back() == [loaded.day]
    assert loaded.brought_back() == []


def test_another_map_another_setting_or_another_release_brings_every_day_back(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
):
    with loaded.ledger("UPDATE mapping_confirmations SET version = version || 'x'"):
        assert loaded.brought_back() == loaded.days
    other = loaded.migration()
    other.unchanged.settings = "others"
    assert loaded.brought_back(other) == loaded.days
    for name in ("LEDGER_VERSION", "WAREHOUSE_VERSION"):
        with monkeypatch.context() as patch:
            patch.setattr(unchanged_days, name, 99)
            assert loaded.brought_back() == loaded.days


def test_a_day_that_the_ui_does_not_show_as_done_is_not_left_out(loaded: Loaded):
    assert loaded.brought_back(loaded.migration(dg.DagsterInstance.ephemeral())) == loaded.days


def test_nobody_who_may_ask_gorgias_leaves_nothing_out(loaded: Loaded):
    blind = loaded.migration()
    blind.unchanged.reader = None
    assert loaded.brought_back(blind) == loaded.days


def test_something_that_happened_in_gorgias_brings_its_day_back_until_it_was_compared(loaded: Loaded):
    number = loaded.mini.ledger.known_writes.gorgias_ids("tickets")[loaded.ticket["source_id"]]
    answer = requests.put(
        f"{loaded.mini.sandbox.gorgias_url}/api/tickets/{number}",
        json={"priority": "high"},
        auth=loaded.mini.sandbox.gorgias_auth,
        timeout=5,
    )
    assert answer.ok
    migration = loaded.migration()
    migration.load()
    assert {day for _, days in migration.runner.runs for day in days} == {loaded.day}  # type: ignore[attr-defined]
    assert {job for job, days in migration.runner.runs if days} == {"stage_days", "load_days", "verify_days"}  # type: ignore[attr-defined]
