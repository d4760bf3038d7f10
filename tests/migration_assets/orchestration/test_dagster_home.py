"""DAGSTER_HOME on first use."""

from pathlib import Path

import pytest
import yaml

from migration_assets.orchestration.dagster_home import dagster_home, open_instance, require_begun
from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings


def _home(monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    monkeypatch.setenv("MIGRATION_HOME", str(home))
    monkeypatch.setenv("DAGSTER_HOME", "")
    return dagster_home(load_settings())


def test_it_lies_in_the_migrations_home_with_the_committed_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = _home(monkeypatch, tmp_path / "m")
    assert home == tmp_path / "m" / "dagster"
    settings = yaml.safe_load((home / "dagster.yaml").read_text())
    assert settings["telemetry"]["enabled"] is False
    assert settings["concurrency"]["pools"]["default_limit"] == 1
    assert settings["run_monitoring"]["free_slots_after_run_end_seconds"] > 0


def test_no_invitation_lies_over_the_pages_and_old_verifications_are_shown_as_such(tmp_path: Path, monkeypatch):
    _home(monkeypatch, tmp_path)
    with open_instance(load_settings()) as instance:
        assert not instance.nux_enabled
        assert instance.freshness_enabled
        assert not instance.telemetry_enabled


def test_what_was_changed_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    changed = _home(monkeypatch, tmp_path) / "dagster.yaml"
    changed.write_text("telemetry: {enabled: false}\n")
    _home(monkeypatch, tmp_path)
    assert changed.read_text() == "telemetry: {enabled: false}\n"


def test_a_home_that_cannot_be_made_is_a_settings_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"MIGRATION_HOME .*file"):
        _home(monkeypatch, tmp_path / "file")
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "file"))
    with pytest.raises(SettingsError, match=r"DAGSTER_HOME .*file"):
        dagster_home(load_settings())


def test_a_home_without_a_migration_names_those_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("MIGRATION", "")
    with pytest.raises(SettingsError, match=r"`migrate discover`, or set MIGRATION_HOME to the folder"):
        require_begun(load_settings())
    (tmp_path / "migrations").mkdir()
    for name in ("north", "south"):
        (tmp_path / "migrations" / f"{name}.yaml").write_text("target: staging\n")
    with pytest.raises(SettingsError, match=r"are north, south\. Name .* `migrate --migration NAME status`"):
        require_begun(load_settings())
    monkeypatch.setenv("MIGRATION", "north")
    with pytest.raises(SettingsError, match=r"`migrate discover`; or, .* \(`home:` in .*north\.yaml\)"):
        require_begun(load_settings())
