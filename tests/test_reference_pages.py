"""The pages that are written from the program say what it is now."""

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.mark.parametrize("name", ["command.md", "assets.md"])
def test_a_page_that_is_written_from_the_program_is_as_it_would_be_written_now(name):
    pages = runpy.run_path(str(DOCS / "write_reference.py"))["pages"]()
    assert (DOCS / "reference" / name).read_text("utf-8") == pages[name], "run python docs/write_reference.py"
