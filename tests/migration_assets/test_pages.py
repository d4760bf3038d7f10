"""Pages of the handoff folder: nothing from outside, nothing of a stranger as markup, links to neighbours only."""

import pytest
from read_page import read_page

from migration_assets.contents import DOCUMENTS
from migration_assets.markdown import plain, table
from migration_assets.pages import document_page, index_page, linked, prose

NAVIGATION = {"index.html", "report.html", "user_actions.html"}
EVIL = "<script>x</script> [x](http://evil) ![x](http://evil/x.png) <img src=x onerror=y>"


def test_a_page_stands_alone_and_reads_on_a_phone():
    page = document_page("# Views\n\nSee `losses.csv`.\n")
    assert "<title>Views</title>" in page
    assert "default-src 'none'" in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert "@media print" in page
    assert read_page(page).links == NAVIGATION | {"losses.csv"}


@pytest.mark.parametrize("text", [EVIL, plain(EVIL)])
def test_what_a_stranger_wrote_is_text_on_the_page_even_where_the_document_forgot_to_say_so(text: str):
    html = document_page(f"# {text}\n\n{text}\n\n- {text}\n\n    {text}\n\n" + table([{"a": text}], {"a": "one"}))
    page = read_page(html)
    assert page.links == NAVIGATION
    assert not page.handlers
    assert not page.tags & {"script", "img", "form", "iframe", "object"}
    # In the title, the heading, a sentence, a list, a code block and a table.
    assert page.text.count("<script>x</script>") == 6


def test_documents_and_data_files_that_a_text_names_are_linked():
    assert linked("documented: handoff/workflow_inventory (5) & more") == (
        'documented: <a href="workflow_inventory.html">workflow_inventory</a> (5) &amp; more'
    )
    assert linked("loss_ledger.md says") == '<a href="loss_ledger.html">loss_ledger</a> says'
    for text in ("the report", "user_actions.json", "my_loss_ledger_2", "private/losses.csv", "xlosses.csv"):
        assert linked(text) == text


def test_a_command_in_a_sentence_is_code():
    assert prose("run `migrate verify` <now>") == "run <code>migrate verify</code> &lt;now&gt;"


def test_the_index_lists_every_file_with_one_line_and_says_the_verdict():
    files = [*(f"{name}.{kind}" for name in DOCUMENTS for kind in ("html", "md", "json")), "losses.csv", "new.csv"]
    verdict = {"level": "bad", "headline": "Not finished: <2> gates are closed.", "as_of": "2026-01-05 10:00"}
    html = index_page(files, {"title": "From A to B", "verdict": verdict})
    page = read_page(html)
    assert '<div class="verdict bad">' in html
    assert "Not finished: <2> gates are closed." in page.text
    assert page.links == {*files, "manifest.json"}
    for title, line in DOCUMENTS.values():
        assert f"{title} {line}" in page.text


def test_an_index_before_the_first_report_says_how_to_get_a_verdict():
    page = read_page(index_page(["schema_inventory.html"], {}))
    assert "There is no verdict yet" in page.text
    assert page.links == {"schema_inventory.html", "manifest.json"}
