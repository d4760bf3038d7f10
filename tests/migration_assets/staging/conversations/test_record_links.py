"""Links between records: a ticket's meta names them, and a linked ticket stands in its internal note."""

import pandas as pd
import pytest
from staged_site import open_site

from migration_assets.ivinex.tables import OTHER_LINKS

PARENT, CHILD = "ivinex:10101:1", "ivinex:10101:2"


def fill(site):
    site.contact(1, email="cleo@mail.example")
    site.organization(7, org_name="Acme")
    for number in (1, 2, 3):
        site.ticket(number)
        site.activity(number, ticket=str(number), modified_by="8", modified_date="2026-03-04 09:00:00")
    ends = [(PARENT, CHILD), (CHILD, PARENT), (CHILD, "ivinex:1002:7"), ("ivinex:900:5", "ivinex:900:6")]
    site.warehouse.append(
        OTHER_LINKS,
        pd.DataFrame([{"asked_tab": "10101", "one_source_id": a, "other_source_id": b} for a, b in ends]),
    )
    return site


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("linked")) as site:
        yield fill(site).stage()


def test_meta_names_every_linked_record_once_and_a_ticket_without_links_has_none(linked):
    meta = {row["source_id"]: row["meta"].get("ivinex_links") for row in linked.rows("tickets")}
    assert meta == {PARENT: [CHILD], CHILD: ["ivinex:1002:7", PARENT], "ivinex:10101:3": None}


def test_linked_tickets_are_told_by_an_internal_note_on_both(linked):
    for ticket, other in (("1", CHILD), ("2", PARENT)):
        (note,) = [row for row in linked.messages(ticket) if row["kind"] == "losses"]
        assert f"- Linked ticket: [{other}]" in note["body_text"]
        assert "1002:7" not in note["body_text"]
    assert not [row for row in linked.messages("3") if row["kind"] == "losses"]


@pytest.mark.parametrize(
    ("roles", "told"),
    [([], []), (["organization"], ["Linked organization: [ivinex:1002:7]"]), (["task"], [])],
    ids=str,
)
def test_the_map_says_which_linked_records_stand_in_the_note_and_meta_names_them_all_the_same(site, roles, told):
    site.edit = lambda text: text.replace("roles:", f"link_notes: [{', '.join(roles)}]\nroles:", 1)
    linked = fill(site).stage()
    notes = [row["body_text"] for row in linked.messages("2") if row["kind"] == "losses"]
    lines = [line.removeprefix("- ") for note in notes for line in note.splitlines() if "Linked" in line]
    assert lines == told
    assert linked.one("tickets", CHILD)["meta"]["ivinex_links"] == ["ivinex:1002:7", PARENT]


def test_the_last_change_of_an_activity_is_in_its_meta(linked):
    meta = linked.messages("3")[0]["meta"]
    assert (meta["ivinex_modified"], meta["ivinex_modifier"]) == ("2026-03-04 09:00:00", "ivinex:user:8")
