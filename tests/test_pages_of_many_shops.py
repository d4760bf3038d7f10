"""Every command of the pages on many shops and on moving is one that a test runs on real servers, and none is left."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
RUN_BY = {
    "list": "tests/whole/test_two_shops.py",
    "--migration shop1 doctor": "tests/whole/test_two_shops.py",
    "--migration shop1 run": "tests/whole/test_two_shops.py",
    "--migration NAME": "tests/whole/test_two_shops.py",
    "ui": "tests/ui/test_shops_in_one_ui.py",
    "backup PLACE": "tests/whole/test_two_shops.py",
    "restore PLACE": "tests/whole/test_two_shops.py",
    "doctor": "tests/whole/test_two_shops.py",
    "status": "tests/whole/test_two_shops.py",
    "run": "tests/whole/test_two_shops.py",
    "delta": "tests/whole/test_two_shops.py",
    "verify": "tests/whole/test_two_shops.py",
    "adopt --by NAME --reason TEXT": "tests/migration_assets/cli/test_cli_newer_home.py",
    "purge --by NAME --reason TEXT": "tests/migration_assets/orchestration/test_purge.py",
}
"""Command of the pages, as it stands there -> the test that runs it."""


def commands(page: str) -> set[str]:
    found = re.findall(r"`migrate\s+([^`]+)`", (DOCS / page).read_text(encoding="utf-8"))
    return {" ".join(one.split()) for one in found}


@pytest.mark.parametrize("page", ["many-shops.md", "move.md"])
def test_every_command_of_the_page_is_run_by_a_test(page: str):
    assert commands(page) - {*RUN_BY} == set()
    for command in commands(page) & {*RUN_BY}:
        place = DOCS.parent / RUN_BY[command]
        verb = command.removeprefix("--migration shop1 ").removeprefix("--migration NAME").split()
        assert not verb or f'"{verb[0]}"' in place.read_text(encoding="utf-8") or verb[0] == "purge", command
