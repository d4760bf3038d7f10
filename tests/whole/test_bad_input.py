"""Bad input of every kind that a person may meet: a clear error with the way out, and nothing half-recorded.

Each begins with a migration that could go on, breaks one thing, and looks at the words, at the account, and at the
ledger, in which no write may be left open. Parts of this have closer tests of their own: users.csv
(migration_assets/ivinex/schema/test_ivinex_users_and_exports.py), tabs
(migration_assets/ivinex/schema/test_ivinex_tabs_and_roles.py), mapping.yaml (test_mapping_file.py and
test_confirmation.py), unreadable answers (test_ivinex_sender.py, test_gorgias_client.py), lock and disk
(test_warehouse.py).
"""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from mini_migration import TICKETS, MiniMigration, Outcome, clean_environment, mini_migration, whole
from plain_migration import Plain, copy_of
from sqlalchemy import event

from migration_assets.cli import main
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.reconciliation.balance.balance import calculate_balance
from resources import warehouse
from resources.gorgias.failures import GorgiasError
from resources.ivinex.client import IvinexClient
from resources.ledger.base import LedgerFull
from resources.warehouse import WarehouseFull

Migrating = Callable[..., AbstractContextManager[MiniMigration]]


def stopped(migration: MiniMigration, words: str, *, discover: bool) -> Outcome:
    """A whole migration that must stop with these words, no record written, and no write of unknown outcome."""
    outcome = whole(migration, discover=discover)
    assert outcome.stopped is not None
    assert re.search(words, str(outcome.stopped)), outcome.stopped
    assert outcome.records == 0
    assert not migration.ledger.known_writes.unsettled()
    assert outcome.outbox["mails"] == []
    return outcome


def changed(plain: Plain, folder: Path, name: str, change: Callable[[Any], None]) -> Path:
    """A copy of the dataset with one JSON file changed."""
    dataset = copy_of(plain.dataset, folder)
    content = json.loads((dataset / name).read_text(encoding="utf-8"))
    change(content)
    (dataset / name).write_text(json.dumps(content), encoding="utf-8")
    return dataset


def test_wrong_ivinex_credentials_name_both_variables(migrating: Migrating):
    with migrating(ivinex_password="wrong") as migration:
        stopped(migration, "GetTabs.*IVINEX_USERNAME and IVINEX_PASSWORD", discover=True)
        assert migration.sandbox.gorgias.events.rows == {}


def test_wrong_gorgias_credentials_name_the_variables_and_quarantine_nothing(migrating: Migrating):
    with migrating(discovered=True, gorgias_api_key="wrong") as migration:
        outcome = stopped(migration, "401.*GORGIAS_EMAIL and GORGIAS_API_KEY", discover=False)
    assert outcome.quarantine == []


@pytest.mark.parametrize("role", ["observer-agent", "basic-agent", "agent"])
def test_a_role_too_low_is_named_before_any_record_and_quarantines_nothing(plain: Plain, tmp_path: Path, role: str):
    def lower(config: dict[str, Any]) -> None:
        config["auth"][0]["role"] = role

    dataset = changed(plain, tmp_path / "dataset", "gorgias.json", lower)
    with mini_migration(dataset, copy_of(plain.discovered, tmp_path / "home")) as migration:
        outcome = stopped(migration, r"403|role|admin", discover=False)
        assert "admin" in str(outcome.stopped)


def test_an_ivinex_user_without_the_api_permission_is_told_what_to_ask_for(plain: Plain, tmp_path: Path):
    with mini_migration(
        plain.dataset,
        tmp_path / "home",
        ivinex_username=_other_user(plain, "api_permission"),
        ivinex_password="no-api-password",
    ) as migration:
        stopped(migration, "API permission", discover=True)


def test_a_hidden_tab_is_named_with_whom_to_ask(plain: Plain, tmp_path: Path):
    def hide(site: dict[str, Any]) -> None:
        site["api_users"][0]["visible_tabs"] = ["Contacts", "Activities", "Organizations", "Tasks"]

    dataset = changed(plain, tmp_path / "dataset", "site.json", hide)
    with mini_migration(dataset, tmp_path / "home") as migration:
        stopped(migration, r"No tab has the role ticket[\s\S]*hidden[\s\S]*Read permission", discover=True)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("html", r"GetTabs.*HTML page.*IVINEX_BASE_URL"),
        ("truncate", r"GetTabs.*(cut off|broken|JSON)"),
        ("drop", r"GetTabs.*IVINEX_BASE_URL"),
    ],
)
def test_an_ivinex_site_that_answers_no_data_is_never_taken_for_an_empty_one(
    plain: Plain, tmp_path: Path, kind: str, words: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(IvinexClient.__init__.__kwdefaults__, "sleep", lambda _: None)
    dataset = changed(
        plain, tmp_path / "dataset", "site.json", lambda site: site["faults"].append({"kind": kind, "route": "*"})
    )
    with mini_migration(dataset, tmp_path / "home") as migration:
        stopped(migration, words, discover=True)


@pytest.mark.parametrize("kind", ["html", "truncate"])
def test_a_gorgias_account_that_answers_no_json_is_told_with_its_variable(migrating: Migrating, kind: str):
    faults = [{"kind": kind, "method": "GET", "route": "*"}]
    with migrating(discovered=True, faults=faults, gorgias_patience=0.3) as migration:
        reader = migration.resources["gorgias"].reader
        with pytest.raises(GorgiasError, match=r"GET /api/users.*GORGIAS_BASE_URL"):
            list(reader.rows("/api/users"))
        stopped(migration, r"GET /api/\S+: Gorgias gave no usable answer", discover=False)


@pytest.mark.acceptance  # What the writer makes of one: resources/gorgias/writer/test_writer_faults.py.
@pytest.mark.parametrize("kind", ["html", "truncate"])
def test_one_unreadable_answer_to_a_create_changes_nothing_in_the_end(migrating: Migrating, plain: Plain, kind: str):
    faults = [{"kind": kind, "method": "POST", "route": "/api/tickets", "calls": [3]}]
    with migrating(discovered=True, faults=faults) as migration:
        outcome = whole(migration, discover=False)
        assert not migration.ledger.known_writes.unsettled()
    assert outcome.stopped is None, outcome.told()
    assert outcome.state == plain.outcome.state


@pytest.mark.acceptance
def test_an_unknown_field_type_is_carried_as_text_and_reported(
    plain: Plain, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    def rename(table: dict[str, Any]) -> None:
        field = next(row for row in table["Fields"] if row["DataType"] == "TEXT")
        field |= {"DataType": "HOLOGRAM", "DisplayType": "HOLOGRAM"}

    dataset = changed(plain, tmp_path / "dataset", "tabs/Tickets/fields.json", rename)
    with mini_migration(dataset, tmp_path / "home") as migration:
        outcome = whole(migration)
    assert outcome.stopped is None, outcome.told()
    assert "unknown type 'HOLOGRAM' of Tickets." in caplog.text
    assert all(row.balanced for row in outcome.books)


def test_a_bad_map_is_named_by_line_and_nothing_is_written(migrating: Migrating):
    with migrating(discovered=True) as migration:
        path = migration.home / FILE
        path.write_text(path.read_text().replace("\n    transform: ", "\n    transform: magic_", 1))
        stopped(migration, rf"{FILE} cannot be used:\s+line \d+: fields.contact[\s\S]*Correct it", discover=False)


def test_tickets_before_the_first_partition_are_set_aside_and_counted_and_the_others_go_on(
    plain: Plain, tmp_path: Path
):
    records = (plain.dataset / "tabs" / "Tickets" / "records.ndjson").read_text().splitlines()
    last = max(json.loads(record)["created_date"] for record in records)
    with mini_migration(plain.dataset, tmp_path / "home", start_date=last[:10]) as migration:
        migration.discover()
        migration.load(verified=False)
        books = calculate_balance(migration.ledger, migration.warehouse, mapping_file.load(migration.home / FILE))
        quarantine = migration.ledger.quarantine.rows().to_dict("records")
    tickets = [row for row in books if row.object == "tickets"]
    assert sum(row.quarantined for row in tickets) > 0 < sum(row.created for row in tickets)
    assert all(row.balanced for row in books)
    told = [row["message"] for row in quarantine if row["object"] == "tickets"]
    assert all("created before MIGRATION_START_DATE" in message for message in told)


def test_a_full_disk_keeps_what_was_committed_sends_nothing_and_the_same_command_goes_on(
    migrating: Migrating, plain: Plain, monkeypatch: pytest.MonkeyPatch
):
    with migrating(discovered=True) as migration:
        with monkeypatch.context() as patch:
            patch.setattr(warehouse.Connection, "append", _full_from("staging.customers"))
            outcome = stopped(
                migration, "No space left under .*warehouse.duckdb.*rolled back.*Free space", discover=False
            )
            assert outcome.stopped.metadata["error"].value == WarehouseFull.__name__
        assert migration.warehouse.scalar("SELECT count(*) FROM ivinex.ticket_sweep") == TICKETS

        # Under the ledger: no request leaves without its intent.
        engine = migration.ledger.engine
        event.listen(engine, "before_cursor_execute", _no_room_for_customers)
        outcome = stopped(
            migration, "No space left under the ledger.*Free space and run the same command", discover=False
        )
        assert outcome.stopped.metadata["error"].value == LedgerFull.__name__
        event.remove(engine, "before_cursor_execute", _no_room_for_customers)
        assert whole(migration, discover=False).state == plain.outcome.state


def test_a_warehouse_that_another_process_holds_is_named_with_its_holder(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = copy_of(plain.discovered, tmp_path / "home")
    code = (
        f"import duckdb,sys;c=duckdb.connect({str(home / 'warehouse.duckdb')!r});print(1,flush=True);sys.stdin.read()"
    )
    with (
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder,
        clean_environment(MIGRATION_HOME=str(home), IVINEX_TIMEZONE="America/Denver"),
    ):
        assert holder.stdout is not None
        holder.stdout.readline()
        monkeypatch.setattr(warehouse.Warehouse.__init__, "__defaults__", ("600MB", 0.2, lambda _: None))
        result = CliRunner().invoke(main, ["mapping", "propose"])
        holder.communicate()
    assert result.exit_code == 1
    assert f"PID {holder.pid}" in result.stderr.replace("\n", "")
    assert "Let that run end" in result.stderr


def _other_user(plain: Plain, key: str) -> str:
    site = json.loads((plain.dataset / "site.json").read_text())
    return next(user["username"] for user in site["api_users"] if user.get(key) is False)


def _full_from(table: str) -> Callable[..., None]:
    append = warehouse.Connection.append

    def full(self: warehouse.Connection, into: warehouse.Table, frame: Any) -> None:
        if into.name == table:
            raise duckdb.IOException("Could not write file: No space left on device")
        append(self, into, frame)

    return full


def _no_room_for_customers(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
    """What SQLite says when the disk is full, at the first intent for a customer."""
    if statement.startswith("INSERT INTO writes") and "customers" in str(parameters):
        raise sqlite3.OperationalError("database or disk is full")
