"""A tab of the system's Chromium, driven by playwright: opening pages, pressing buttons, menus, waiting for texts.

It belongs here: what all pages of Dagster's UI have in common. It does not: which page has what (browser_pages.py).
"""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, Response, TimeoutError, expect
from playwright.sync_api import Request as Sent
from ui_request import Request

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_MS = 60_000
MENU_TRIES, MENU_MS = 5, 5_000


@dataclass
class Tab:
    """One tab.

    Attributes:
        sent: every mutation that the pages sent, in order.
    """

    page: Page
    address: str
    sent: list[Request] = field(default_factory=list)

    def note(self, request: Sent) -> None:
        said = mutation_of(request)
        if said:
            self.sent.append(Request(said["operationName"], said["variables"]))

    @property
    def dialog(self) -> Locator:
        return self.page.locator("[role=dialog][aria-modal=true]")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def until(self, ready: Locator) -> None:
        """Wait; the page may ask first whether one is sure, where something upstream was never materialized."""
        sure = self.dialog.get_by_role("button", name="Confirm")
        expect(sure.or_(ready).first).to_be_visible()
        if sure.is_visible():
            sure.click()
            expect(ready).to_be_visible()

    def answered(self, click: Callable[[], None]) -> str:
        """Click, and the run or backfill that the server answers with."""
        with self.page.expect_response(lambda response: bool(mutation_of(response.request))) as answer:
            click()
        return started_by(answer.value)

    def button(self, text: re.Pattern[str]) -> Locator:
        # By its text: the accessible name begins with that of the icon.
        return self.page.locator("button", has_text=text)

    def of_menu(self, arrow: Locator, text: str) -> Locator:
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

    def beside(self, button: Locator) -> Locator:
        return button.first.locator("xpath=following::button[1]")

    def text(self, text: re.Pattern[str], timeout: float) -> str:
        found = self.page.get_by_text(text).first
        expect(found).to_be_visible(timeout=timeout)
        return found.inner_text()


def mutation_of(request: Sent) -> dict[str, Any] | None:
    """What a request to start something says; None for any other."""
    if request.method != "POST" or "/graphql" not in request.url:
        return None
    said = json.loads(request.post_data or "{}")
    return said if str(said.get("query", "")).lstrip().startswith("mutation") else None


def started_by(response: Response) -> str:
    answer = next(iter(response.json()["data"].values()))
    started = answer.get("backfillId") or answer.get("run", {}).get("id")
    assert started, answer
    return started
