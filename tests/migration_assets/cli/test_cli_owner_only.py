"""What a command writes is its owner's alone, whatever the umask of the shell."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from connected_settings import connected_to_nobody
from open_to_others import open_to_others

Migrate = Callable[..., Result]

NO_SITE = connected_to_nobody(IVINEX_CALL_PATH="a path without a place for the call")


@pytest.fixture
def umask() -> Iterator[int]:
    """The widest that a shell usually has: the group may write."""
    before = os.umask(0o002)
    yield 0o002
    os.umask(before)


def test_all_that_a_command_leaves_is_its_owners(
    migrate: Migrate, home: Path, umask: int, monkeypatch: pytest.MonkeyPatch
):
    for name, value in NO_SITE.items():
        monkeypatch.setenv(name, value)
    assert migrate("discover").exit_code == 1
    made = {path.name for path in home.rglob("*")}
    assert made >= {"ledger.sqlite", "runs.db", "dagster.yaml", "migrate.lock"}
    assert open_to_others(home) == []
    assert os.umask(umask) == umask


def test_a_folder_that_was_open_is_closed_by_a_command_that_only_looks(migrate: Migrate, home: Path, umask: int):
    home.mkdir()
    (home / "ledger.sqlite").write_text("")
    assert migrate("status").exit_code == 0
    assert open_to_others(home)[0].startswith(str(home / "ledger.sqlite"))
    (home / "private").symlink_to("/")
    refused = migrate("status")
    assert refused.exit_code == 2
    assert f"{home / 'private'} is a symbolic link" in refused.stderr.replace("\n", "")
