"""A setting is filled by its documented variable only, and never by one of the shell's that has a field's name."""

from pathlib import Path

import pytest

from migration_assets.settings import Settings, Target


def test_variables_of_the_shell_with_the_name_of_a_field_are_no_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.delenv("MIGRATION_HOME", raising=False)
    monkeypatch.delenv("MIGRATION_TARGET", raising=False)
    for name, value in {"HOME": str(tmp_path), "TARGET": "production", "OWNERS": "nobody", "START_DATE": "x"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.home == Path(".migration").resolve()
    assert settings.target is Target.demo


def test_the_documented_variables_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path))
    monkeypatch.setenv("GORGIAS_TIMEOUT_SECONDS", "7")
    settings = Settings()
    assert (settings.home, settings.gorgias_timeout_seconds) == (tmp_path, 7)
