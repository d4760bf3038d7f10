"""The page of links says how far the links are known."""

from migration_assets.handoff.documents.record_links import _page

KNOWN = {"by_tabs": [], "lines": "record_links.ndjson"}


def test_links_that_were_not_asked_for_of_every_record_are_told_with_the_way_out():
    shown = " ".join(_page(KNOWN | {"partly_known": [{"parent": "ticket", "records": 5000, "asked": 1000}]}).split())
    assert "**Not all links are known.**" in shown
    assert "1000 of 5000 records with the role ticket were asked for theirs" in shown
    assert "`IVINEX_RELATIONS=ticket`" in shown
    assert "`migrate delta`, in the UI the job `delta`" in shown


def test_a_page_of_all_links_says_nothing_of_it():
    assert "Not all links" not in _page(KNOWN | {"partly_known": []})
