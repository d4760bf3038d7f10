import json

import pandas as pd

from migration_assets.mapping.heuristics.status_evidence import Use
from migration_assets.mapping.model import TO_DECIDE
from migration_assets.mapping.propose import propose
from migration_assets.mapping.schema_check import schema_problems

ROLES = {"contact": ["1001"], "ticket": ["10101"], "activity": ["50"]}
TABS = {"1001": "Contacts", "10101": "Tickets", "50": "Activities", "10200": "Cases"}


def field(tab, name, label, kind, filled=1.0, options=(), linked=None, length=20, html=0.0):
    return {
        "collection_type_id": tab,
        "tab": TABS[tab],
        "field_id": name + "-id",
        "field_name": name,
        "label": label,
        "data_type": "",
        "display_type": "",
        "kind": kind,
        "linked_collection_type_id": linked,
        "options": json.dumps([{"id": str(i), "label": text} for i, text in enumerate(options)]),
        "position": 0,
        "filled": filled,
        "length": length,
        "html": html,
    }


def proposed(*rows, roles=None, **more):
    frame = pd.DataFrame(rows)
    present = set(frame["collection_type_id"])
    roles = roles or {role: tabs for role, tabs in ROLES.items() if present & set(tabs)}
    frame["position"] = range(len(frame))
    profile = pd.DataFrame(
        {
            "collection_type_id": frame["collection_type_id"],
            "field_name": frame["field_name"],
            "filled_share": frame["filled"],
            "max_length": frame["length"],
            "html_share": frame["html"],
        }
    )
    mapping = propose(frame, profile, roles, "UTC", **more)
    assert list(mapping.problems()) == []
    assert list(schema_problems(mapping, frame)) == []
    return mapping


def targets(mapping, role="ticket"):
    return {item.source: str(item.target) for item in mapping.fields[role]}


def test_labels_and_machine_names_find_their_standard_targets():
    mapping = proposed(
        field("10101", "x1", "Ticket Subject", "text"),
        field("10101", "problem_description", "Details of it", "html"),
        field("10101", "owner", "Owner", "user"),
        field("10101", "client", "Who", "link", linked="1001"),
        field("1001", "e_mail", "E-Mail", "email"),
        field("1001", "vorname", "First Name", "text"),
        field("50", "field_from", "From", "email"),
        field("50", "email_id", "Email ID", "text"),
    )
    assert targets(mapping)["x1"] == "standard subject"
    assert targets(mapping)["problem_description"] == "standard description"
    assert targets(mapping)["owner"] == "standard assignee"
    assert targets(mapping)["client"] == "standard contact"
    assert targets(mapping, "contact") == {"e_mail": "standard email", "vorname": "standard first_name"}
    assert targets(mapping, "activity") == {"field_from": "standard from", "email_id": "standard message_id"}


def test_a_field_of_a_kind_that_does_not_fit_is_never_a_standard_target():
    assert targets(proposed(field("10101", "status", "Status", "date")))["status"] == "custom_field Status"


def test_each_standard_target_is_given_once_and_to_the_filled_field():
    mapping = proposed(
        field("10101", "subject0", "Subject", "text", filled=0.0), field("10101", "subject1", "Subject", "text")
    )
    assert targets(mapping)["subject1"] == "standard subject"
    assert targets(mapping)["subject0"] == "meta subject0"


def test_every_map_has_a_confidence_and_a_reason_that_can_be_read():
    mapping = proposed(
        field("10101", "subject", "Subject", "text"), field("10101", "size", "Size", "number", filled=0.5)
    )
    assert all(0 < item.confidence <= 1 and item.reason for _, _, item in mapping.each())
    assert any("filled in 50% of records" in item.reason for _, _, item in mapping.each())


def test_the_budget_goes_to_the_fullest_fields_and_the_rest_to_meta_with_the_reason():
    rows = [field("10101", f"f{n}", f"Field {n}", "dropdown", filled=n / 40, options=["a"]) for n in range(1, 41)]
    mapping = proposed(*rows, active_fields=5, max_fields=25)
    custom = [item for _, _, item in mapping.each("custom_field")]
    assert len(custom) == 20
    assert {item.source for item in custom} == {"collection_id", *(f"f{n}" for n in range(22, 41))}
    assert (
        "over the budget of 20 custom fields" in next(i for _, _, i in mapping.each("meta") if i.source == "f21").reason
    )


def test_a_field_that_is_there_already_is_taken_without_room_and_a_second_home_proposes_what_the_first_one_did():
    rows = [field("10101", f"f{n}", f"Field {n}", "text", filled=n / 40) for n in range(1, 41)]
    first = proposed(*rows, active_fields=7, max_fields=25)
    made = frozenset((kind, label.casefold()) for kind, label in first.custom_fields())
    second = proposed(*rows, active_fields=25, max_fields=25, standing=made)
    assert (len(made), targets(second)) == (18, targets(first))
    of_customers = frozenset(("Customer", label) for _, label in made)
    assert proposed(*rows, active_fields=25, max_fields=25, standing=of_customers).custom_fields() == {}


def test_without_any_room_everything_goes_to_meta_and_data():
    mapping = proposed(field("10101", "a", "A", "text"), field("1001", "b", "B", "text"), active_fields=25)
    assert mapping.custom_fields() == {}
    assert targets(mapping, "contact") == {"b": "data b"}


def test_the_old_number_always_has_a_place_in_the_budget():
    number = field("10101", "ticket_number", "Ticket #", "text")
    mapping = proposed(number, field("10101", "a", "A", "dropdown", options=["x"]), max_fields=1)
    assert targets(mapping) == {"ticket_number": "custom_field Ivinex number", "a": "meta a"}


def test_long_texts_and_bodies_do_not_take_a_custom_field():
    mapping = proposed(
        field("10101", "subject", "Subject", "text"),
        field("10101", "long", "Long", "text", length=300),
        field("10101", "details", "Details of it", "html"),
        field("10101", "rich", "Rich", "html"),
        field("10101", "never", "Never", "text", filled=0.0),
    )
    assert {targets(mapping)[name] for name in ("long", "rich", "never")} == {"meta long", "meta rich", "meta never"}


def test_a_dropdown_with_very_many_options_becomes_a_text_field():
    mapping = proposed(field("10101", "sku", "SKU", "dropdown", options=[f"s{n}" for n in range(600)]))
    from migration_assets.mapping.model import data_type

    item = next(i for _, _, i in mapping.each("custom_field") if i.source == "sku")
    assert data_type(item) == ("text", "input")


def test_labels_that_collide_are_told_apart_by_their_tab():
    mapping = proposed(field("10101", "tier", "Tier", "text"), field("1001", "tier", "TIER", "text"))
    labels = sorted(label for _, label in mapping.custom_fields())
    assert labels == ["Ivinex number", "TIER", "Tier (Tickets)"]


def test_two_tabs_of_one_role_share_a_field_of_the_same_label_and_kind():
    roles = {"ticket": ["10101", "10200"]}
    mapping = proposed(field("10101", "a", "Product", "text"), field("10200", "b", "Product", "text"), roles=roles)
    assert [i.source for i in mapping.custom_fields()[("Ticket", "Product")]] == ["a", "b"]
    assert len(mapping.custom_fields()[("Ticket", "Ivinex number")]) == 2


def test_statuses_are_mapped_by_their_words_and_kept_in_a_field_where_two_become_one():
    options = ["(please select)", "New", "In Progress", "Resolved", "Closed - Duplicate"]
    mapping = proposed(field("10101", "status", "Status", "dropdown", options=options))
    first, second = (item for _, _, item in mapping.each() if item.source == "status")
    assert first.values == {"New": "open", "In Progress": "open", "Resolved": "closed", "Closed - Duplicate": "closed"}
    assert str(second.target) == "custom_field Ivinex status"


def test_a_status_that_no_word_tells_is_told_by_the_records_or_asked():
    asked = []

    def uses(status, closed):
        asked.append((status.name, closed.name))
        return {"0": Use(40, 0.0, 1.0), "1": Use(30, 1.0, 90.0), "2": Use(3, 1.0, 90.0)}

    mapping = proposed(
        field("10101", "status", "Status", "dropdown", options=["New", "Level 2", "Level 3"]),
        field("10101", "ende", "Date Closed", "datetime"),
        uses=uses,
    )
    (status,) = (item for _, _, item in mapping.each("standard") if item.source == "status")
    assert asked == [("status", "ende")]
    assert status.values == {"New": "open", "Level 2": "closed", "Level 3": TO_DECIDE}
    assert "100% of its 30 tickets have a closing date" in status.value_reasons["Level 2"]
    assert "too few to tell" in status.value_reasons["Level 3"]
    (question,) = mapping.undecided()
    assert question == (("fields", "ticket", 0, "values", "Level 3"), "to be decided: write open or closed")


def test_a_label_that_may_be_a_status_takes_it_for_the_time_being_and_is_asked_about():
    options = ["Offen", "Geschlossen", "In Bearbeitung"]
    mapping = proposed(field("10101", "qx", "Qwrtz", "dropdown", options=options))
    (status,) = (item for _, _, item in mapping.each("standard"))
    assert (str(status.target), status.values["Geschlossen"]) == ("standard status", "closed")
    assert "not sure" in status.to_decide
    assert status.confidence < 0.75


def test_kinds_of_activity_and_directions_are_read_from_their_words():
    kinds = ["Email In", "Sent Email", "Outbound Call", "Voicemail", "SMS", "To-Do", "Foo"]
    mapping = proposed(
        field("50", "activity", "Activity", "dropdown", options=kinds),
        field("50", "way", "Direction", "dropdown", options=["(please select)", "Incoming", "Outbound", "?"]),
    )
    kind, direction = mapping.fields["activity"]
    assert list(kind.values.values()) == ["email_in", "email_out", "call_out", "call_in", "sms", "task", TO_DECIDE]
    assert direction.values == {"Incoming": "in", "Outbound": "out", "?": TO_DECIDE}


def test_the_same_schema_gives_the_same_map():
    rows = [field("10101", f"f{n}", f"Field {n}", "text", filled=0.5) for n in range(30)]
    assert proposed(*rows) == proposed(*rows)
