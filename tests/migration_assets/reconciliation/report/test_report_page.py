"""The report's page: stands alone, speaks in labels, explains what it counts, and keeps losses apart from forms."""

import pytest
from made_evidence import EVIL, made
from read_page import Page, read_page

from migration_assets.contents import DATA, DOCUMENTS
from migration_assets.reconciliation.balance.balance import BalanceRow, totals
from migration_assets.reconciliation.report.report import source_of
from migration_assets.reconciliation.report.report_page import report_page
from migration_assets.reconciliation.report.report_verdict import decide_verdict
from migration_assets.settings import Settings


@pytest.fixture(scope="module")
def html() -> str:
    return report_page(made(), decide_verdict(made()))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return read_page(html)


def test_it_stands_alone_and_what_a_stranger_wrote_is_text(html: str, page: Page):
    assert not page.tags & {"script", "img", "link", "iframe", "object", "form"}
    assert not page.handlers
    # The closed gate, the quarantined ticket, the reason of its line, the conflict, and that of its line.
    assert page.text.count(EVIL) == 4
    assert html.count("<svg") == 3
    assert "default-src 'none'" in html
    assert '<meta name="viewport"' in html


def test_every_link_leads_to_a_place_on_the_page_or_to_a_document_beside_it(page: Page):
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inside <= page.ids
    assert {"books", "gates", "comparison", "conflicts", "quarantine"} <= inside
    beside = {link for link in page.links if not link.startswith("#")}
    assert beside <= {f"{name}.html" for name in DOCUMENTS} | set(DATA) | {"index.html"}
    assert {"index.html", "user_actions.html", "loss_ledger.html", "quarantine.csv"} <= beside


def test_the_title_names_both_accounts(page: Page):
    assert page.text.startswith("Migration from Ivinex (shop.ivinex.com) to Gorgias (shop.gorgias.com, staging)")
    chosen = Settings(MIGRATION_TARGET="staging", ivinex_base_url="https://shop.ivinex.com/api")  # type: ignore[call-arg]
    assert source_of(chosen) == "shop.ivinex.com"
    assert source_of(Settings()) == "sandbox"  # type: ignore[call-arg]


def test_columns_and_lines_that_are_all_zero_are_left_out(page: Page):
    assert (
        "What In Ivinex created skipped quarantined conflict synthetic Balanced Custom fields 3 1 2 0 0 0" in page.text
    )
    for absent in ("adopted", "rolled back", "in doubt", "Tasks 0"):
        assert absent not in page.text


def test_what_was_not_simply_created_is_explained_in_its_line(page: Page):
    assert (
        "Custom fields 3 1 2 0 0 0 yes skipped: no custom field: its values are in the ticket's meta (2)" in page.text
    )
    assert "synthetic: notes that tell agents what was lost of a ticket (2)" in page.text
    assert "skipped: not moved, on purpose" in page.text


def test_lost_values_stand_apart_from_values_in_another_form(page: Page):
    lost, kept = page.text.index("Lost values"), page.text.index("Kept in another form or place")
    assert lost < page.text.index("Tickets: Secret left out: the map skips this field") < kept
    assert kept < page.text.index("the date is there as text (2024-03-01), sorted as text 1 5")


def test_fields_are_shown_by_their_labels(page: Page):
    assert "Tickets: Status is empty" in page.text
    assert page.text.count("Tickets: Product Line") == 3
    for identifier in ("20.status", "20.due", "20.secret", "ivinex:field:"):
        assert identifier not in page.text


def test_a_conflict_has_the_id_by_which_it_is_decided(page: Page):
    assert "0a1b2c3d4e Tickets ivinex:20:2 Tickets: Product Line 7" in page.text


def test_a_missing_export_is_named_without_the_path_of_this_machine(page: Page):
    assert "admin_exports/workflows.json workflows.json is gone" in page.text
    assert "/home/ann" not in page.text


def test_a_page_with_nothing_open_says_so():
    nothing = {name: getattr(made(), name).head(0) for name in ("losses", "quarantine", "conflicts")}
    rows = [BalanceRow("tickets", "2026-01-05", source=4, created=4)]
    whole = made(rows=rows, totals=totals(rows), closed_gates=[], differences=[], reasons=[], **nothing)
    html = report_page(whole, decide_verdict(whole))
    assert '<div class="verdict good">' in html
    assert "Nothing was held back, set aside or lost." in html
