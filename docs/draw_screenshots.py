"""Makes the pictures of the UI and of the report, from both as they run on a sandbox: docs/*.png.

    python docs/draw_screenshots.py [FOLDER]

It works a demo (`migrate demo`), opens `migrate ui` in the same folder, and looks at both with the system's Chromium.
FOLDER is kept and used again; without it a temporary one is made. It belongs here: which page each picture shows. It
does not: what is on the pages.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
MOST_BYTES = 300_000
TICKETS, DAYS = 40, 6
LOCATION = "ivinex_to_gorgias"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--force-color-profile=srgb",
)
_MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]
_OF_OTHERS = ("MIGRATION", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")


@dataclass(frozen=True)
class Picture:
    """One file.

    Attributes:
        page: a path in the UI, or a file of the folder handoff/.
        shows: what is on the page when it is ready.
        clip: left, top, width and height of what is kept.
    """

    name: str
    page: str
    shows: str
    window: tuple[int, int] = (1400, 800)
    clip: tuple[int, int, int, int] | None = None


PICTURES = (
    Picture("asset-graph.png", "/asset-groups", "reconciliation", (1970, 560)),
    Picture("ui-migrate-range.png", f"/locations/{LOCATION}/jobs/migrate_range/playground", "Launch Run"),
    Picture("report.png", "report.html", "balance", (1100, 900)),
)


def main(folder: Path) -> None:
    """Work the demo where there is none yet, then draw."""
    home = folder / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_OTHERS)}
    environment["MIGRATION_HOME"] = str(home)
    if not (home / "handoff" / "report.html").is_file():
        size = [f"--tickets={TICKETS}", f"--days={DAYS}"]
        subprocess.run([*_MIGRATE, "demo", *size], env=environment, check=True)  # noqa: S603 - our own
    with _ui(environment) as address:
        draw(address, home / "handoff", folder / "profile")


@contextmanager
def _ui(environment: dict[str, str]) -> Iterator[str]:
    """The address of the UI in that folder; it is ended by one Ctrl-C."""
    command = [*_MIGRATE, "ui", "--keep", "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    assert process.stdout is not None
    try:
        yield str(json.loads(process.stdout.readline())["ui"])
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def draw(address: str, handoff: Path, profile: Path) -> None:
    """Every picture, and a mistake for one that is too large to keep in a repository."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=CHROMIUM, args=list(FLAGS), headless=True, color_scheme="light"
        )
        for picture in PICTURES:
            page = context.new_page()
            page.set_default_timeout(180_000)
            page.set_viewport_size({"width": picture.window[0], "height": picture.window[1]})
            page.goto(f"{address}{picture.page}" if picture.page[0] == "/" else (handoff / picture.page).as_uri())
            _ready(page, picture)
            _keep(page, picture)
            page.close()
        context.close()


def _ready(page: Any, picture: Picture) -> None:
    page.get_by_text(re.compile(picture.shows)).first.wait_for()
    # What is still loading moves the rest.
    page.wait_for_timeout(3_000)


def _keep(page: Any, picture: Picture) -> None:
    place = DOCS / picture.name
    clip = dict(zip(("x", "y", "width", "height"), picture.clip, strict=True)) if picture.clip else None
    page.screenshot(path=str(place), clip=clip)
    size = place.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{place.name} has {size} bytes; narrow what it shows until it has at most {MOST_BYTES}.")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
