"""A person in a browser on the pages of `migrate ui`.

It belongs here: which page has which button and says what, told by what a person reads. It does not: what the clicks
must mean (the tests), and the requests that they send (request_forms.py).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser_tab import CHROMIUM, PATIENCE_MS, Tab
from playwright.sync_api import expect, sync_playwright
from ui_request import LOCATION

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
RUN_MS = 600_000
"""How long a run, or a backfill with all its runs, may take."""


@contextmanager
def browser(address: str, profile: Path) -> Iterator["Pages"]:
    """A browser that nobody used before; its window is large enough for every button."""
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
        pages = Pages(page, address)
        page.on("request", pages.note)
        yield pages
        context.close()


class Pages(Tab):
    """The pages, by what a person does on them; what starts something returns the run or the backfill."""

    def materialize(self, job: str, days: str = "") -> str:
        """Page of a job > Materialize all. Returns the run, or the backfill of several days.

        Args:
            days: a day, or a range such as `[2026-06-11...2026-06-15]`, typed into the dialog.
        """
        self._open_job(job)
        return self._materialize(days)

    def materialize_asset(self, asset: str, days: str = "") -> str:
        """Page of an asset > Materialize."""
        self.open(f"/assets/{asset}")
        return self._materialize(days)

    def launchpad(self, job: str) -> str:
        """Page of a job > arrow beside Materialize > Open launchpad > Materialize. Returns the run."""
        self._open_job(job)
        self.of_menu(self.beside(self.button(re.compile("^Materialize"))), "Open launchpad").click()
        self.until(self.dialog.get_by_text("No errors"))
        return self.answered(self.dialog.locator("button", has_text=re.compile("^Materialize")).click)

    def launch(self, job: str, config: str) -> str:
        """Page of a job of one op > Launchpad: type the run config, Launch Run. Returns the run."""
        self._open_job(job)
        self.page.get_by_role("tab", name="Launchpad").click()
        editor = self.page.locator(".CodeMirror").first
        editor.click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(config)
        expect(self.page.get_by_text("No errors")).to_be_visible()
        return self.answered(self.button(re.compile("^Launch Run$")).click)

    def reexecute_backfill_from_failure(self, backfill: str) -> str:
        """Page of a backfill > arrow > Re-execute from failure."""
        self.open(f"/runs/b/{backfill}")
        expect(self.page.get_by_text("Partition selection")).to_be_visible()
        arrow = self.page.locator("button:has([aria-label='expand_more'])").first
        return self.answered(self.of_menu(arrow, "Re-execute from failure").click)

    def ended(self, run: str) -> str:
        """Wait on the page of a run for its end: Success, Failure or Canceled."""
        self.open(f"/runs/{run}")
        return self.text(re.compile("^(Success|Failure|Canceled)$"), RUN_MS)

    def backfill_ended(self, backfill: str) -> str:
        """Wait on the page of a backfill for its end; returns its status."""
        self.open(f"/runs/b/{backfill}")
        status = self.page.locator("xpath=//*[text()='Status']/following-sibling::*")
        expect(status).to_have_text(re.compile("^(Succeeded|Completed|Failed|Canceled)$"), timeout=RUN_MS)
        return status.inner_text()

    def reads(self, path: str, pattern: str) -> str:
        """The first text on a page that matches, as soon as it is there."""
        self.open(path)
        return self.text(re.compile(pattern), PATIENCE_MS)

    def check_history(self, asset: str, check: str, pattern: str) -> str:
        """Page of an asset > Checks > a check > Execution history: the sentence that matches."""
        self.open(f"/assets/{asset}?view=checks&checkDetail={check}")
        self.page.get_by_text("Execution history").click()
        return self.text(re.compile(pattern), PATIENCE_MS)

    def can_execute(self, asset: str) -> bool:
        """Page of an asset > Checks: whether its checks can be executed without it."""
        self.open(f"/assets/{asset}?view=checks")
        buttons = self.button(re.compile("^Execute"))
        expect(buttons.first).to_be_visible()
        return any(button.is_enabled() for button in buttons.all())

    def _open_job(self, job: str) -> None:
        self.open(f"/locations/{LOCATION['repositoryLocationName']}/jobs/{job}")

    def _materialize(self, days: str) -> str:
        ready = self.dialog.get_by_text("Partition selection") if days else self.page.get_by_text("Launched run")

        def press() -> None:
            self.button(re.compile("^Materialize")).first.click()
            self.until(ready)
            if days:
                self._choose(days)

        return self.answered(press)

    def _choose(self, days: str) -> None:
        dialog = self.dialog
        everything = dialog.get_by_role("button", name="Show all partitions")
        launch = dialog.get_by_role("button").filter(has_text=re.compile("^Launch"))
        typed = dialog.get_by_role("textbox").first
        # Only a dialog that knows the days knows whether it left some out.
        expect(dialog.get_by_text(re.compile(r"^Showing \d"))).to_be_visible()
        if everything.is_visible():
            everything.click()
        typed.fill(days)
        typed.press("Enter")
        expect(launch).to_be_enabled()
        launch.click()
