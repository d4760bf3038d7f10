"""A person in a browser on the pages of `migrate ui`: the system's Chromium, driven by playwright.

It belongs here: where to click, told by what a person reads, and when a page is ready. It does not: what the clicks
must mean (the test), and the requests that they send (request_forms.py).
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Response, TimeoutError, expect, sync_playwright
from playwright.sync_api import Request as Sent
from request_forms import LOCATION, Request

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE_MS = 60_000
MENU_TRIES, MENU_MS = 5, 5_000
RUN_MS = 600_000
"""How long a run, or a backfill with all its runs, may take."""


@contextmanager
def browser(address: str, profile: Path) -> Iterator["Browser"]:
    """A browser that nobody used before; its pages are large enough for every button."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=CHROMIUM,
            args=list(FLAGS),
            headless=True,
            viewport={"width": 1600, "height": 1200},
        )
        page = context.pages[0] if context.pages else context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        one = Browser(page, address)
        page.on("request", one.note)
        yield one
        context.close()


@dataclass
class Browser:
    """One tab.

    Attributes:
        sent: every mutation that the pages sent, in order.
    """

    page: Page
    address: str
    sent: list[Request] = field(default_factory=list)

    def note(self, request: Sent) -> None:
        said = _mutation(request)
        if said:
            self.sent.append(Request(said["operationName"], said["variables"]))

    def materialize(self, job: str, days: str = "") -> str:
        """Page of a job > Materialize all. Returns the run, or the backfill of several days.

        Args:
            days: a day, or a range such as `[2026-06-11...2026-06-15]`, typed into the dialog.
        """
        self._open_job(job)
        return self._materialize(days)

    def materialize_asset(self, asset: str, days: str = "") -> str:
        """Page of an asset > Materialize."""
        self._open(f"/assets/{asset}")
        return self._materialize(days)

    def launchpad(self, job: str) -> str:
        """Page of a job > arrow beside Materialize > Open launchpad > Materialize. Returns the run."""
        self._open_job(job)
        self._of_menu(self._beside(self._button(re.compile("^Materialize"))), "Open launchpad").click()
        self._until(self._dialog.get_by_text("No errors"))
        return self._answered(self._dialog.locator("button", has_text=re.compile("^Materialize")).click)

    def launch(self, job: str, config: str) -> str:
        """Page of a job of one op > Launchpad: type the run config, Launch Run. Returns the run."""
        self._open_job(job)
        self.page.get_by_role("tab", name="Launchpad").click()
        editor = self.page.locator(".CodeMirror").first
        editor.click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(config)
        expect(self.page.get_by_text("No errors")).to_be_visible()
        return self._answered(self._button(re.compile("^Launch Run$")).click)

    def reexecute_from_failure(self, run: str) -> str:
        """Page of a run > arrow beside Re-execute > From failure."""
        self._open(f"/runs/{run}")
        return self._answered(
            self._of_menu(self._beside(self._button(re.compile("^Re-execute"))), "From failure").click
        )

    def reexecute_backfill_from_failure(self, backfill: str) -> str:
        """Page of a backfill > arrow > Re-execute from failure."""
        self._open(f"/runs/b/{backfill}")
        expect(self.page.get_by_text("Partition selection")).to_be_visible()
        arrow = self.page.locator("button:has([aria-label='expand_more'])").first
        return self._answered(self._of_menu(arrow, "Re-execute from failure").click)

    def ended(self, run: str) -> str:
        """Wait on the page of a run for its end: Success, Failure or Canceled."""
        self._open(f"/runs/{run}")
        return self._text(re.compile("^(Success|Failure|Canceled)$"), RUN_MS)

    def backfill_ended(self, backfill: str) -> str:
        """Wait on the page of a backfill for its end; returns its status."""
        self._open(f"/runs/b/{backfill}")
        status = self.page.locator("xpath=//*[text()='Status']/following-sibling::*")
        expect(status).to_have_text(re.compile("^(Succeeded|Completed|Failed|Canceled)$"), timeout=RUN_MS)
        return status.inner_text()

    def reads(self, path: str, pattern: str) -> str:
        """The first text on a page that matches, as soon as it is there."""
        self._open(path)
        return self._text(re.compile(pattern), PATIENCE_MS)

    def check_history(self, asset: str, check: str, pattern: str) -> str:
        """Page of an asset > Checks > a check > Execution history: the sentence that matches."""
        self._open(f"/assets/{asset}?view=checks&checkDetail={check}")
        self.page.get_by_text("Execution history").click()
        return self._text(re.compile(pattern), PATIENCE_MS)

    def can_execute(self, asset: str) -> bool:
        """Page of an asset > Checks: whether its checks can be executed without it."""
        self._open(f"/assets/{asset}?view=checks")
        buttons = self._button(re.compile("^Execute"))
        expect(buttons.first).to_be_visible()
        return any(button.is_enabled() for button in buttons.all())

    @property
    def _dialog(self) -> Locator:
        return self.page.locator("[role=dialog][aria-modal=true]")

    def _open_job(self, job: str) -> None:
        self._open(f"/locations/{LOCATION['repositoryLocationName']}/jobs/{job}")

    def _open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def _materialize(self, days: str) -> str:
        ready = self._dialog.get_by_text("Partition selection") if days else self.page.get_by_text("Launched run")

        def press() -> None:
            self._button(re.compile("^Materialize")).first.click()
            self._until(ready)
            if days:
                self._choose(days)

        return self._answered(press)

    def _until(self, ready: Locator) -> None:
        """Wait; the page may ask first whether one is sure, where something upstream was never materialized."""
        sure = self._dialog.get_by_role("button", name="Confirm")
        expect(sure.or_(ready).first).to_be_visible()
        if sure.is_visible():
            sure.click()
            expect(ready).to_be_visible()

    def _choose(self, days: str) -> None:
        dialog = self._dialog
        everything = dialog.get_by_role("button", name="Show all partitions")
        launch = dialog.get_by_role("button").filter(has_text=re.compile("^Launch"))
        typed = dialog.get_by_role("textbox").first
        expect(typed).to_be_editable()
        self.page.wait_for_load_state("networkidle")
        if everything.is_visible():
            everything.click()
        typed.fill(days)
        typed.press("Enter")
        expect(launch).to_be_enabled()
        launch.click()

    def _answered(self, click: Callable[[], None]) -> str:
        """Click, and the run or backfill that the server answers with."""
        with self.page.expect_response(lambda response: bool(_mutation(response.request))) as answer:
            click()
        return _started(answer.value)

    def _button(self, text: re.Pattern[str]) -> Locator:
        # By its text: the accessible name begins with that of the icon.
        return self.page.locator("button", has_text=text)

    def _of_menu(self, arrow: Locator, text: str) -> Locator:
        """An item of the menu behind an arrow; a page that loads something more meanwhile closes the menu again."""
        item = self.page.get_by_role("menuitem").filter(has_text=re.compile(f"^{text}$"))
        for _ in range(MENU_TRIES):
            arrow.click()
            try:
                item.wait_for(timeout=MENU_MS)
                return item
            except TimeoutError:
                continue
        raise AssertionError(f"no item {text!r} in the menu: {self.page.get_by_role('menuitem').all_inner_texts()}")

    def _beside(self, button: Locator) -> Locator:
        return button.first.locator("xpath=following::button[1]")

    def _text(self, text: re.Pattern[str], timeout: float) -> str:
        found = self.page.get_by_text(text).first
        expect(found).to_be_visible(timeout=timeout)
        return found.inner_text()


def _mutation(request: Sent) -> dict[str, Any] | None:
    """What a request to start something says; None for any other."""
    if request.method != "POST" or "/graphql" not in request.url:
        return None
    said = json.loads(request.post_data or "{}")
    return said if str(said.get("query", "")).lstrip().startswith("mutation") else None


def _started(response: Response) -> str:
    answer = next(iter(response.json()["data"].values()))
    started = answer.get("backfillId") or answer.get("run", {}).get("id")
    assert started, answer
    return started
