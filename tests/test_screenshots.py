"""The pictures of the pages: each is one that docs/draw_screenshots.py makes, is small, and is shown by a page."""

import re
import runpy

from page_commands import ROOT

DOCS = ROOT / "docs"


def test_every_picture_is_made_by_the_script_is_small_and_is_shown():
    script = runpy.run_path(str(DOCS / "draw_screenshots.py"))
    made = {picture.name for picture in script["PICTURES"]}
    there = {path.name for path in DOCS.glob("*.png")}
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "README.md", *DOCS.glob("*.md")))
    shown = {name.rpartition("/")[2] for name in re.findall(r"!\[[^\]]*\]\(([^)]+\.png)\)", pages)}
    assert there <= made
    assert shown == there
    large = [path.name for path in DOCS.glob("*.png") if path.stat().st_size > script["MOST_BYTES"]]
    assert large == []
