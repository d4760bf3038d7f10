"""Commands that look and decide, their JSON, and the exit code of each error."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from command_tree import leaves

from migration_assets.cli import main
from migration_assets.cli.command_errors import Exit, explain
from migration_assets.mapping.confirm import NotConfirmed
from migration_assets.orchestration.home_id import home_id
from migration_assets.orchestration.runs import RunFailed
from migration_assets.orchestration.signals import Interrupted
from migration_assets.orchestration.single_instance_lock import CommandRunning, single_instance_lock
from migration_assets.settings import SettingsError
from resources.ledger import Ledger, Quarantined
from resources.ledger.lease import LeaseHeld
from resources.warehouse import WarehouseFull, WarehouseLocked

Migrate = Callable[..., Result]

NEEDED = (
    *("IVINEX_BASE_URL", "IVINEX_USERNAME", "IVINEX_PASSWORD", "IVINEX_TIMEZONE"),
    *("GORGIAS_BASE_URL", "GORGIAS_EMAIL", "GORGIAS_API_KEY"),
)


@pytest.mark.parametrize("command", ["run", "discover"])
def test_missing_settings_are_named_all_at_once_before_anything_runs(
    migrate: Migrate, command: str, monkeypatch: pytest.MonkeyPatch, home: Path
):
    monkeypatch.setenv("MIGRATION_TARGET", "staging")
    result = migrate(command)
    assert result.exit_code == 2
    assert all(name in result.stderr for name in NEEDED)
    assert not home.exists()


def test_a_malformed_setting_is_named_without_its_value(migrate: Migrate, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GORGIAS_BASE_URL", "https://me:secret@shop.gorgias.com")
    result = migrate("status", "--json")
    assert result.exit_code == 2
    said = json.loads(result.stdout)
    assert "GORGIAS_BASE_URL" in said["error"]
    assert "secret" not in result.output


def test_a_wrong_option_is_a_usage_error_in_json_too(migrate: Migrate):
    assert migrate("demo", "--tickets", "none").exit_code == 2
    result = migrate("demo", "--tickets", "none", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["exit_code"] == 2


def test_the_demo_refuses_a_folder_that_no_demo_made(migrate: Migrate, home: Path):
    home.mkdir()
    (home / "ledger.sqlite").write_text("a real migration")
    result = migrate("demo")
    assert result.exit_code == 2
    assert "Nothing was touched" in result.stderr
    assert (home / "ledger.sqlite").read_text() == "a real migration"


def test_status_says_where_there_is_no_migration(migrate: Migrate, home: Path):
    result = migrate("status")
    assert result.exit_code == 2
    assert str(home) in result.stderr.replace("\n", "")


@pytest.mark.parametrize(
    "command",
    [
        *("verify", "delta", "unlock", "gates list", "quarantine list", "conflicts list", "mapping show"),
        *("preflight show", "preflight restore", "rollback", "mapping restore", "mapping propose", "mapping diff"),
        *("adopt --by Ada --reason lost", "quarantine replay --by Ada", "delta --final --by Ada"),
        *("rollback --execute --by Ada --reason wrong", "purge --by Ada --reason end", "mapping confirm --by Ada"),
        *("gates override x --by Ada --reason y", "conflicts resolve 1 --take ours --by Ada", "verify --manifest"),
        *("preflight decide missing_users fallback --by Ada", "unlock --run 7"),
    ],
)
def test_what_does_not_begin_a_migration_refuses_a_home_without_one_and_makes_none(
    migrate: Migrate, home: Path, monkeypatch: pytest.MonkeyPatch, command: str
):
    monkeypatch.setenv("MIGRATION_TARGET", "staging")
    for name, value in zip(NEEDED, ["https://shop.ivinex.com", "u", "p", "UTC"], strict=False):
        monkeypatch.setenv(name, value)
    for name, value in zip(NEEDED[4:], ["https://shop.gorgias.com", "a@shop.example", "key"], strict=True):
        monkeypatch.setenv(name, value)
    result = migrate(*command.split())
    assert (result.exit_code, "no migration in" in " ".join(result.stderr.split())) == (2, True), result.output
    assert not home.exists()


def test_status_does_not_take_a_killed_run_for_a_living_one(migrate: Migrate, ledger: Ledger, home: Path):
    dagster = home / "dagster"
    dagster.mkdir(mode=0o700)
    ledger.leases.try_lease(f"machine process 7 `migrate run` [home {home_id(dagster)}]", 60)
    assert json.loads(migrate("status", "--json").stdout)["running"] is None
    assert "no load is running; machine process 7 `migrate run`" in migrate("status").stdout
    with single_instance_lock(dagster, "`migrate run`"):
        assert json.loads(migrate("status", "--json").stdout)["running"].startswith("machine process 7")


def test_status_shows_phases_while_a_load_runs(migrate: Migrate, ledger: Ledger):
    ledger.progress.note_progress("gorgias/tickets", 40, 100, 2.0)
    ledger.leases.try_lease("machine process 7", 60)
    result = migrate("status", "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert said["progress"][0] | {"updated_at": ""} == {
        **{"phase": "gorgias/tickets", "done": 40, "total": 100, "per_second": 2},
        "updated_at": "",
    }
    assert said["running"].startswith("machine process 7 since ")
    assert "gorgias/tickets" in migrate("status").stdout


def test_status_of_a_real_target_asks_which_account_is_meant(migrate: Migrate, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIGRATION_TARGET", "production")
    result = migrate("status")
    assert result.exit_code == 2
    assert "GORGIAS_BASE_URL" in result.stderr


def test_a_closed_gate_is_listed_by_name_with_exit_code_4_until_it_is_overridden(migrate: Migrate, ledger: Ledger):
    ledger.quality_gates.record_gate("staging/tickets:schema", "2024-05-01", False, "subject: too long (3)", "run")
    ledger.quality_gates.record_gate("staging/tickets:schema", "2024-05-02", True, "7 rows", "run")
    result = migrate("gates", "list", "--json")
    assert result.exit_code == 4
    said = json.loads(result.stdout)
    assert [(gate["check_name"], gate["partition"]) for gate in said["gates"]] == [
        ("staging/tickets:schema", "2024-05-01")
    ]
    opened = migrate(
        *("gates", "override", "staging/tickets:schema", "2024-05-01"), *("--by", "Ada", "--reason", "cut by hand")
    )
    assert opened.exit_code == 0, opened.output
    assert migrate("gates", "list").exit_code == 0


def test_an_override_of_a_check_that_never_reported_names_those_that_did(migrate: Migrate, ledger: Ledger):
    ledger.quality_gates.record_gate("staging/users:schema", None, False, "", "run")
    result = migrate("gates", "override", "staging/user:schema", "--by", "Ada", "--reason", "x")
    assert result.exit_code == 2
    assert "staging/users:schema" in result.stderr


def test_quarantine_lists_ids_and_reasons(migrate: Migrate, ledger: Ledger):
    row = Quarantined("ivinex:10101:77", "never_possible", "created_date: no day", partition="none")
    ledger.quarantine.record("tickets", "sweep", [row])
    said = json.loads(migrate("quarantine", "list", "--json").stdout)
    assert said["quarantine"][0]["source_id"] == "ivinex:10101:77"
    assert "created_date: no day" in migrate("quarantine", "list").stdout


def test_a_decision_is_recorded_by_name_and_an_unknown_choice_is_refused(migrate: Migrate, ledger: Ledger):
    assert migrate("preflight", "decide", "missing_users", "perhaps", "--by", "Ada").exit_code == 2
    assert migrate("preflight", "decide", "missing_users", "fallback", "--by", "Ada").exit_code == 0
    assert ledger.decisions.decision("missing_users") == "fallback"


def test_a_map_that_was_never_discovered_is_an_error_that_names_the_file(migrate: Migrate, ledger: Ledger, home: Path):
    result = migrate("mapping", "show")
    assert result.exit_code == 2
    assert "mapping.yaml" in result.stderr


def test_a_second_command_is_refused_while_one_works(migrate: Migrate, home: Path):
    (home / "dagster").mkdir(parents=True)
    with single_instance_lock(home / "dagster", "`migrate run`"):
        result = migrate("unlock")
    assert result.exit_code == 1
    assert "`migrate run`" in result.stderr
    assert json.loads(migrate("unlock", "--json").stdout) == {"closed": [], "exit_code": 0}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("x"), Exit.USAGE),
        (NotConfirmed("x"), Exit.GATE_CLOSED),
        (LeaseHeld("x"), Exit.FAILED),
        (CommandRunning("x"), Exit.FAILED),
        (WarehouseLocked("x"), Exit.FAILED),
        (WarehouseFull("x"), Exit.FAILED),
        (Interrupted(), Exit.FAILED),
        (RunFailed("load_days", "1", "x", "gorgias/tickets", ["RunStopped"]), Exit.FAILED),
        (RunFailed("load_days", "1", "x", "gorgias/tickets", ["Failure"], gate_closed=True), Exit.GATE_CLOSED),
        (RunFailed("prepare", "1", "x", "staging/users", ["DagsterAssetCheckFailedError"]), Exit.GATE_CLOSED),
        (RunFailed("prepare", "1", "x", "mapping/confirmed", ["Failure", "NotConfirmed"]), Exit.GATE_CLOSED),
        (RunFailed("prepare", "1", "x", "gorgias/users", ["DagsterX", "SettingsError"]), Exit.USAGE),
        (ValueError("x"), Exit.FAILED),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: Exit):
    assert explain(error)[0] == code


def test_an_unexpected_error_shows_its_stack_only_when_asked(migrate: Migrate, monkeypatch: pytest.MonkeyPatch):
    # By name, because the package binds the command `status` over its module.
    monkeypatch.setattr(sys.modules["migration_assets.cli.status"], "open_stores", lambda: 1 / 0)
    assert "Traceback" not in migrate("status").stderr
    assert "Traceback" in migrate("status", "--verbose").stderr


def test_every_command_takes_json():
    for command in leaves(main):
        assert "--json" in {option for parameter in command.params for option in parameter.opts}, command


def test_where_no_gate_is_closed_that_is_said_and_no_empty_table_shown(
    migrate: Callable[..., Result], ledger: Ledger
) -> None:
    ledger.quality_gates.record_gate("staging/tags:schema", None, True, "11 rows", "run")
    shown = migrate("gates", "list")
    assert shown.exit_code == 0
    assert shown.stdout == "No gate is closed. Open: 1.\n"
