"""Pages in a real browser: no sideways scrolling on a phone, and nothing cut at the edge of an A4 sheet."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from made_evidence import made

from migration_assets.markdown import table
from migration_assets.pages import document_page, index_page
from migration_assets.reconciliation.balance.balance import BalanceRow
from migration_assets.reconciliation.report.report_page import report_page
from migration_assets.reconciliation.report.report_verdict import decide_verdict

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PHONE, A4 = 390, 703
"""Pixels across: a phone, and a sheet within its margins of 12 mm."""
NAMES = ("report.html", "document.html", "index.html")
LONG = "w" * 60
WRAPPER = """<body style="margin:0"><iframe src="/PAGE" style="width:WIDTHpx;height:900px;border:0"></iframe><script>
document.querySelector("iframe").onload = event => {
  const page = event.target.contentDocument, free = INBOX ? ".scroll *, figure *" : "none";
  const over = [...page.querySelectorAll("body *")].filter(
    one => !one.matches(free) && !one.closest("svg") && one.getBoundingClientRect().right > WIDTH + 1);
  const told = "width=" + page.documentElement.scrollWidth + " over=" + over.map(one => one.tagName);
  document.body.innerHTML = "<p>" + told + "</p>";
}</script>"""
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed on this machine"),
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Requests are of no interest."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, server.server_port
    server.shutdown()
    server.server_close()


def pages() -> dict[str, str]:
    ones = dict.fromkeys([f.name for f in BalanceRow.__dataclass_fields__.values()][2:], 123_456)
    every = [BalanceRow(name, None, **ones) for name in ("change_history", "custom_fields", "tickets")]
    full = made(rows=every, totals=every)
    cells = {"ids": f"ivinex:10101:{LONG}", "text": "some words " * 30, "status": "partly", "more": LONG, "last": "y"}
    document = f"# Views\n\n{LONG}\n\n    {LONG}{LONG}\n\n{table([cells], {name: name for name in cells})}"
    verdict = {"level": "bad", "headline": f"Not finished: {LONG}", "as_of": "2026-01-05 10:00"}
    return {
        "report.html": report_page(full, decide_verdict(full)),
        "document.html": document_page(document),
        "index.html": index_page(["report.html", "losses.csv"], {"title": LONG, "verdict": verdict}),
    }


def measured(served: tuple[Path, int], name: str, width: int, in_boxes: bool) -> tuple[int, str]:
    """(width that the page takes, elements that stick out)."""
    folder, port = served
    wrapper = WRAPPER.replace("WIDTH", str(width)).replace("PAGE", name).replace("INBOX", str(in_boxes).lower())
    (folder / "wrapper.html").write_text(wrapper)
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'browser'}",
        "--dump-dom",
    ]
    url = f"http://127.0.0.1:{port}/wrapper.html"
    command = [str(BROWSER), *options, "--window-size=1000,1000", "--virtual-time-budget=5000", url]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r"<p>width=(\d+) over=([A-Z,0-9]*)</p>", shown)
    assert found, shown
    return int(found[1]), found[2]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_does_not_scroll_sideways_on_a_phone_and_wide_tables_do_in_their_box(
    served: tuple[Path, int], name: str
):
    (served[0] / name).write_text(pages()[name])
    assert measured(served, name, PHONE, in_boxes=True) == (PHONE, "")


@pytest.mark.parametrize("name", NAMES)
def test_a_printed_page_is_not_cut_at_the_edge_of_the_sheet(served: tuple[Path, int], name: str):
    (served[0] / name).write_text(pages()[name].replace("@media print", "@media all"))
    assert measured(served, name, A4, in_boxes=False) == (A4, "")
