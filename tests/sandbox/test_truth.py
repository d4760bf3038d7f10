"""The page on the sandbox says of every behaviour how sure it is, as the command does."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.__main__ import main
from sandbox.gorgias.switches import SWITCHES
from sandbox.ivinex.switches import SWITCHES as IVINEX_SWITCHES
from sandbox.truth import behaviours, counts


def test_the_command_prints_every_behaviour_and_counts_that_add_up():
    told = CliRunner().invoke(main, ["truth"])
    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert len([line for line in lines[: lines.index("")]]) == len(behaviours()) == sum(n for _, n, _ in counts())
    assert {one.switch for one in behaviours()} - {""} == {*(one.id for one in SWITCHES), *IVINEX_SWITCHES}


def test_the_page_says_the_same(request: pytest.FixtureRequest):
    page = (Path(request.config.rootpath) / "docs" / "sandbox.md").read_text("utf-8")
    for basis, number, switched in counts():
        assert f"| {basis} | {number} | {switched} |" in page
    for one in behaviours():
        if not one.switch:
            assert f"| {one.side} | {one.what} | {one.basis} | {one.source} |" in page, one.what
