"""How a command starts: what it imports, and what it says of settings that cannot be used."""

import subprocess
import sys
from collections.abc import Callable

import click
import pytest
from click.testing import Result
from command_tree import leaves

from migration_assets import settings_source
from migration_assets.cli import main
from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings

BROKEN = {
    "IVINEX_TIMEZONE": ("Mars/Base", "America/Denver"),
    "GORGIAS_BASE_URL": ("http://shop.gorgias.com", "use https"),
    "MIGRATION_START_DATE": ("2999-01-01", "in the future"),
    "GORGIAS_BUDGET_SHARE": ("7", "less than or equal to 1"),
    "MIGRATION_TARGET": ("live", "'staging' or 'production'"),
    "MIGRATION_OWNERS": ("bob", "team:<name>"),
    "LEDGER_URL": ("nonsense", "postgresql://"),
    "IVINEX_PAGE_SIZE": ("few", "valid integer"),
    "GORGIAS_WORKING_HOURS": ("always", "Mon-Fri 08:00-20:00"),
}
"""Variable -> a value that cannot be used, and words of what is said of it."""


@pytest.mark.parametrize("variable", BROKEN)
def test_a_setting_that_cannot_be_used_is_one_sentence_with_the_way_out(
    migrate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    value, words = BROKEN[variable]
    monkeypatch.setenv(variable, value)
    found = migrate("status")
    assert found.exit_code == 2
    told = " ".join(found.stderr.split())
    assert told.startswith(f"{variable} cannot be used: ")
    assert words in told
    assert told.endswith("Correct this variable or unset it, then start again.")
    assert value not in told.removeprefix(variable) or value == "7"
    assert "Traceback" not in found.output


def test_several_settings_that_cannot_be_used_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("IVINEX_TIMEZONE", "GORGIAS_BUDGET_SHARE"):
        monkeypatch.setenv(variable, BROKEN[variable][0])
    with pytest.raises(SettingsError, match=r"^2 settings .*\n  IVINEX_TIMEZONE .*\n  GORGIAS_BUDGET_SHARE "):
        load_settings()


def test_no_command_begins_with_settings_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVINEX_TIMEZONE", "Mars/Base")
    commands = leaves(main)
    assert len(commands) > 20
    for command in commands:
        assert command.callback
        with pytest.raises(SettingsError, match="IVINEX_TIMEZONE"):
            command.callback(as_json=False, verbose=False)


def test_the_help_needs_no_setting_and_imports_neither_dagster_nor_pandas() -> None:
    script = (
        "import sys; from migration_assets.cli import main\n"
        "try: main(['--help'])\n"
        "finally: print('imported', [name for name in ('dagster', 'pandas', 'pandera') if name in sys.modules])"
    )
    environment = {"IVINEX_TIMEZONE": "Mars/Base", "PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"}
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.endswith("imported []\n")
    assert "status" in found.stdout


def test_the_list_of_commands_says_what_each_says_of_itself(migrate: Callable[..., Result]) -> None:
    shown = " ".join(migrate("--help").output.split())
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command
        assert f"{name} {' '.join(command.get_short_help_str(limit=200).split())}" in shown


def test_the_settings_are_read_once_while_the_environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    settings_source._read.cache_clear()
    for _ in range(5):
        load_settings()
    assert settings_source._read.cache_info().misses == 1
    monkeypatch.setenv("IVINEX_PAGE_SIZE", "50")
    assert load_settings().ivinex_page_size == 50


@pytest.mark.acceptance
def test_the_code_location_says_the_same_sentence() -> None:
    environment = {"IVINEX_TIMEZONE": "Mars/Base", "PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"}
    script = "import migration_assets.definitions"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    lines = found.stderr.splitlines()
    assert lines[-1].startswith("migration_assets.settings.SettingsError: IVINEX_TIMEZONE cannot be used: ")
    assert len(lines) < 15
