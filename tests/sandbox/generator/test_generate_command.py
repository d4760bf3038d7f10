"""`python -m sandbox generate` as a person calls it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from tab_rows import tab_rows

from sandbox.generator.command import generate
from sandbox.ivinex.dataset import Dataset


def test_the_command_writes_a_folder_that_can_be_served(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    options = ["--tickets", "8", "--seed", "1", "--days", "30", "--until", "2025-11-20"]
    result = CliRunner().invoke(generate, [str(folder), *options])
    assert result.exit_code == 0, result.output
    assert "8 tickets" in result.output
    created = [row["created_date"] for row in tab_rows(Dataset(folder), "Tickets")]
    assert min(created) >= "2025-10-22"
    assert any(value.startswith("2025-11-02 01:") for value in created)


def test_a_full_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    result = CliRunner().invoke(generate, [str(tmp_path), "--tickets", "1", "--seed", "1"])
    assert result.exit_code == 1
    assert "is not empty" in result.output
