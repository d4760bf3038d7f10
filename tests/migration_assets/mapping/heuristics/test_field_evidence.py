"""What labels say that are cut short, joined, marked or asked, and what kind, place and options tell beside them."""

import json

import pandas as pd
import pytest

from migration_assets.mapping.heuristics.labels import Reader
from migration_assets.mapping.heuristics.languages import languages
from migration_assets.mapping.heuristics.places import nothing_against
from migration_assets.mapping.propose import propose

ENGLISH = languages()[:1]
LINKS = {"organization": "2", "ticket": "3"}


def proposed(role: str, *fields: tuple[str, str], tab: str = "Things", options: dict[str, list[str]] | None = None):
    """Label -> standard target, for one tab of a role."""
    rows = [
        {"collection_type_id": "1", "tab": tab, "field_id": str(place), "field_name": f"f{place}", "label": label,
         "kind": kind, "linked_collection_type_id": None, "position": place,
         "options": json.dumps([{"id": str(n), "label": one} for n, one in enumerate((options or {}).get(label, []))])}
        for place, (label, kind) in enumerate(fields)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    profile = pd.DataFrame({**frame[["collection_type_id", "field_name"]], "filled_share": 0.9, "max_length": 20})
    found = propose(frame, profile, {role: ["1"]}, "UTC")
    return {item.label: item.target.name for _, _, item in found.each("standard")}


@pytest.mark.parametrize("label", ["tktStatus", "tkt_stat", "TICKET STS", "What stage has the ticket reached?"])
def test_a_label_that_is_short_joined_or_a_question_is_read(label: str) -> None:
    assert any({"status"} <= {name for item in one.items for name in item} for one in Reader(ENGLISH).read(label))


def test_what_many_labels_begin_with_is_a_mark_and_no_word() -> None:
    labels = ["zq_subject", "zq_priority", "zq_status", "zq_owner"]
    assert Reader(ENGLISH, labels).read("zq_subject")[0].items == (frozenset({"subject"}),)
    assert Reader(ENGLISH, labels[:2]).read("zq_subject")[0].unknown == 1


def test_what_nobody_knows_says_nothing_against_a_target_and_what_is_known_does() -> None:
    reader = Reader(ENGLISH)
    assert nothing_against(reader.read("Zorbled on"), {"date"})
    assert not nothing_against(reader.read("Invoice zorbled on"), {"date"})


def test_the_only_one_of_its_kind_has_the_target_and_one_of_two_has_not() -> None:
    assert proposed("activity", ("Zorbled on", "datetime"))["Zorbled on"] == "date"
    assert "Zorbled on" not in proposed("activity", ("Zorbled on", "datetime"), ("Quibbled on", "datetime"))
    assert "Invoice paid" not in proposed("activity", ("Invoice paid", "datetime"))


def test_the_second_address_of_a_contact_is_the_other_one() -> None:
    found = proposed("contact", ("Email", "email"), ("Zorble email", "email"), ("Invoice email", "email"))
    assert found == {"Email": "email", "Zorble email": "other_email"}


def test_what_an_address_is_for_says_nothing_against_it() -> None:
    found = proposed("contact", ("Mail for orders", "email"), ("Mail for invoices", "email"))
    assert found == {"Mail for orders": "email", "Mail for invoices": "other_email"}


def test_a_label_that_is_the_name_of_its_tab_is_the_name_of_what_stands_in_it() -> None:
    assert proposed("organization", ("Body or firm", "text"), tab="Bodies and Firms")["Body or firm"] == "name"
    assert proposed("activity", ("Log text", "longtext"), tab="Service Log")["Log text"] == "body"


def test_the_last_word_of_a_label_says_what_it_is() -> None:
    assert proposed("ticket", ("Zorble team", "dropdown"))["Zorble team"] == "team"
    assert "Team zorble" not in proposed("ticket", ("Team zorble", "dropdown"))


def test_what_a_tab_is_called_says_nothing_in_its_labels() -> None:
    found = proposed("activity", ("Update type", "dropdown"), ("Update text", "longtext"), tab="Job Updates")
    assert found == {"Update type": "kind", "Update text": "body"}


def test_options_make_a_kind_and_a_direction_of_a_label_that_tells_nothing() -> None:
    options = {"Zorble": ["Email in", "Call out", "Note", "Chat"], "Quibble": ["Inbound", "Outbound"]}
    found = proposed("activity", ("Zorble", "dropdown"), ("Quibble", "dropdown"), options=options)
    assert found == {"Zorble": "kind", "Quibble": "direction"}


def test_a_comment_is_what_was_said_where_nothing_else_is() -> None:
    assert proposed("activity", ("Comment", "longtext")) == {"Comment": "body"}
    found = proposed("activity", ("Comment", "longtext"), ("Body", "longtext"))
    assert found == {"Comment": "description", "Body": "body"}
