"""Mapping validity: an edited map turns exactly the rows red that it concerns, by field and rule."""

from copy import copy

import pytest
import yaml
from staged_site import DAY, open_site

from migration_assets.staging.conversations import conversations
from migration_assets.staging.validation import mapping_validity
from migration_assets.staging.validation.content_witness import tickets_kept

OTHER_DAY = "2026-03-03"
LOOKS = {
    "tickets": mapping_validity.tickets_valid,
    "messages": mapping_validity.messages_valid,
    "customers": mapping_validity.customers_valid,
    "custom_fields": mapping_validity.custom_fields_valid,
}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("staged")) as site:
        yield fill(site).stage()


@pytest.fixture
def staged(once):
    """Its map may be exchanged; its rows are those of all tests."""
    return copy(once)


@pytest.fixture
def own(site):
    """Its rows may be changed."""
    return fill(site).stage()


def fill(site):
    site.contact(1, email="cleo@mail.example", city="Oslo", segment="40", organization="1")
    site.contact(2, email="dan@mail.example", segment="41")
    site.organization(1, org_name="Acme", tier="Gold")
    site.groups = [
        {"group_id": str(number), "group_name": name, "user_id": "7", "username": "ann"}
        for number, name in enumerate(("Support", "Returns"))
    ]
    later = {"created_date": f"{OTHER_DAY} 10:00:00"}
    site.ticket(1, product="61", paid="1", total="12.50", due="2026-04-01", owner="7", priority="32", team="80")
    site.ticket(2, product="62", paid="0", total="3", owner="8", status="23", contact="2", tags="50")
    site.ticket(3, product="60", total="n/a", owner="99", priority="30", contact="", **later)
    site.ticket(4, product="61", team="81", tags="50,51", **later)
    site.activity(1, activity="1", field_from="cleo@mail.example", assigned="7", location="Bergen")
    site.activity(2, activity="3", ticket="2", call_duration="40", call_direction="71")
    site.activity(3, activity="4", ticket="4")
    site.task(1, ticket="4", hours="2")
    return site


def look(site, table):
    """(day, ids, {(field, rule): rows}) of every day of a table that failed."""
    found = LOOKS[table](site.warehouse, site.ledger, site.days, site.inputs)
    return {day: (result.source_ids, dict(result.failures)) for day, result in found.items() if not result.passed}


def test_what_the_confirmed_map_staged_is_valid(staged):
    for table in LOOKS:
        assert look(staged, table) == {}


def field(mapping, source, tab="10101"):
    """The map's field of that name as a dict of the model."""
    return next(item for items in mapping["fields"].values() for item in items
                if (item["collection_type_id"], item["source"]) == (tab, source))  # fmt: skip


def edited(site, edit):
    """The map after an edit that a person confirmed, over rows that the map before it staged."""
    content = site.mapping.model_dump(mode="json")
    edit(content)
    site.inputs = type(site.inputs)(**{**vars(site.inputs), "mapping": type(site.mapping).model_validate(content)})
    return site


def ticket(*numbers):
    return [f"ivinex:10101:{number}" for number in numbers]


MESSAGES_OF_4 = ["ivinex:10102:1@ivinex:10101:4", "ivinex:50:3@ivinex:10101:4"]


def changed(source, tab="10101", **values):
    return lambda mapping: field(mapping, source, tab).update(values)


def moved_to(source, to, name=None, tab="10101", **values):
    return changed(source, tab, target={"to": to, "name": name}, **values)


LOST = "filled in Ivinex, but neither staged nor recorded as a loss"
AS_MADE, FED, STAGED_WITH = (
    "what the map makes of it",
    "no field of the map feeds it",
    "its custom field is staged with",
)
EDITS = {
    "a choice was renamed": (
        changed("product", values={"61": "Shelter"}),
        "tickets", {DAY: (ticket(1), ("10101.product", AS_MADE)), OTHER_DAY: (ticket(4), ("10101.product", AS_MADE))},
    ),
    "a choice is gone": (
        changed("product", values={"61": "Tent"}, unmapped="skip"),
        "tickets", {DAY: (ticket(2), ("10101.product", AS_MADE))},
    ),
    "a number became a text": (
        changed("total", transform="text"),
        "tickets", {DAY: (ticket(1, 2), ("10101.total", "a text")), OTHER_DAY: (ticket(3), ("10101.total", LOST))},
    ),
    "a yes or no became a text": (
        changed("paid", transform="text"),
        "tickets", {DAY: (ticket(1, 2), ("10101.paid", "a text"))},
    ),
    "a custom field was renamed": (
        moved_to("product", "custom_field", "Article"),
        "tickets", {
            DAY: (ticket(1, 2), ("10101.product", f"{STAGED_WITH} the map's label")),
            OTHER_DAY: (ticket(4), ("10101.product", f"{STAGED_WITH} the map's label")),
        },
    ),
    "a custom field is fed no more": (
        moved_to("due", "skip", reason="not wanted"),
        "tickets", {DAY: (ticket(1), ("10101.due", FED))},
    ),
    "a custom field moved to meta": (
        moved_to("due", "meta", "due"),
        "tickets", {DAY: (ticket(1), ("10101.due", LOST))},
    ),
    "a field may not be empty": (
        changed("product", missing="quarantine"),
        "tickets", {OTHER_DAY: (ticket(3), ("10101.product", "never empty"))},
    ),
    "a status got another word": (
        changed("status", values={"20": "open", "21": "open", "22": "open", "23": "open"}),
        "tickets", {DAY: (ticket(2), ("10101.status", AS_MADE))},
    ),
    "a priority got another word": (
        changed("priority", values={"31": "low", "32": "high"}),
        "tickets", {DAY: (ticket(1), ("10101.priority", AS_MADE))},
    ),
    "the assignee is fed no more": (
        moved_to("owner", "skip", reason="not wanted"),
        "tickets", {DAY: (ticket(1, 2), ("assignee", FED)), OTHER_DAY: (ticket(3), ("assignee", FED))},
    ),
    "the contact is fed no more": (
        moved_to("contact", "skip", reason="not wanted"),
        "tickets", {DAY: (ticket(1, 2), ("contact", FED)), OTHER_DAY: (ticket(4), ("contact", FED))},
    ),
    "a kind of activity became another": (
        changed("activity", tab="50", values={"1": "call_in", "3": "call", "4": "note"}),
        "messages", {DAY: (["ivinex:50:1@ivinex:10101:1"], ("50.activity", AS_MADE))},
    ),
    "a kind of activity has a word that no channel knows": (
        changed("activity", tab="50", values={"1": "email_in", "3": "letter", "4": "note"}),
        "messages", {DAY: (["ivinex:50:2@ivinex:10101:2"], ("50.activity", AS_MADE))},
    ),
    "a choice of contacts was renamed": (
        changed("segment", tab="1001", values={"41": "Wholesale"}),
        "customers", {None: (["ivinex:1001:2"], ("1001.segment", AS_MADE))},
    ),
    "a field of organizations moved": (
        moved_to("tier", "data", "tier", tab="1002"),
        "customers", {None: (["ivinex:1001:1"], ("1002.tier", LOST))},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_turns_exactly_its_rows_red_and_names_field_and_rule(staged, what):
    edit, table, expected = EDITS[what]
    found = look(edited(staged, edit), table)
    assert {day: ids for day, (ids, _) in found.items()} == {day: ids for day, (ids, _) in expected.items()}
    for day, (ids, rule) in expected.items():
        assert found[day][1][rule] == len(ids)


REFERENCES = {
    "customers": ("source_id = 'ivinex:1001:2'", "tickets", ticket(2), "customer_source_id"),
    "users": ("source_id = 'ivinex:user:8'", "tickets", ticket(2), "assignee_source_id"),
    "teams": ("name = 'Returns'", "tickets", ticket(4), "team_source_id"),
    "tags": ("name = 'Refund'", "tickets", ticket(4), "tags"),
    "tickets": ("source_id = 'ivinex:10101:4'", "messages", MESSAGES_OF_4, "ticket_source_id"),
}


@pytest.mark.parametrize("table", REFERENCES)
def test_a_reference_to_a_row_that_is_not_staged_is_red_at_the_row_that_refers(staged, table):
    where, of, ids, column = REFERENCES[table]
    staged.warehouse.execute(f"CREATE OR REPLACE TABLE kept AS FROM staging.{table} WHERE {where}")
    staged.warehouse.execute(f"DELETE FROM staging.{table} WHERE {where}")
    try:
        ((found, failures),) = look(staged, of).values()
    finally:
        staged.warehouse.execute(f"INSERT INTO staging.{table} FROM kept")
    assert found == ids
    assert {name for name, _ in failures} == {column}


def test_a_day_that_is_staged_by_an_edited_map_before_its_custom_fields_is_red(own):
    edited(own, changed("product", values={"61": "Shelter", "62": "Stove"}))
    own.report = conversations.stage_conversations(own.warehouse, own.inputs, [DAY])
    conversations.record_conversations(own.ledger, own.report, [DAY])
    found = look(own, "tickets")
    assert found[DAY] == (ticket(1), {("10101.product", "a choice of its custom field"): 1})


WRONG = {
    "an option is read as a number": (
        {"product": {"transform": "number"}},
        {DAY: (ticket(1, 2), {("10101.product", "a text"): 2}),
         OTHER_DAY: (ticket(3, 4), {("10101.product", "a text"): 2})},
    ),
    "the default is no number": (
        {"total": {"missing": "default", "default": "unknown"}},
        {OTHER_DAY: (ticket(3, 4), {("10101.total", "a number"): 2})},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_map_that_is_wrong_from_the_start_is_red_in_its_rows_though_all_was_staged_by_it(site, what):
    changes, expected = WRONG[what]

    def edit(text):
        content = yaml.safe_load(text)
        for source, values in changes.items():
            next(one for one in content["fields"]["ticket"] if one["source"] == source).update(values)
        return yaml.safe_dump(content)

    site.edit = edit
    assert look(fill(site).stage(), "tickets") == expected


def test_a_default_is_of_the_type_of_its_field(site):
    site.edit = lambda text: text.replace(
        "transform: number", "transform: number\n    missing: default\n    default: '7'"
    )
    fill(site).stage()
    assert look(site, "tickets") == {}
    assert all(result.passed for result in tickets_kept(site.warehouse, site.ledger, site.days, site.inputs).values())
    key = next(one["source_id"] for one in site.rows("custom_fields") if one["field_name"] == "total")
    assert [row["field_values"][key] for row in site.rows("tickets")] == [12.5, 3, 7, 7]


def test_a_value_that_staging_dropped_is_red_and_one_that_it_booked_as_a_loss_is_not(own):
    own.warehouse.execute("UPDATE staging.tickets SET field_values = '{}' WHERE source_id = 'ivinex:10101:1'")
    ((found, failures),) = look(own, "tickets").values()
    assert found == ticket(1)
    assert {("10101.product", LOST), ("10101.total", LOST), ("10101.due", LOST)} <= set(failures)
    own.warehouse.execute("DELETE FROM staging.tickets WHERE source_id = 'ivinex:10101:1'")
    assert look(own, "tickets") == {}
    own.ledger.losses.record_losses("staging", "tickets", [], [OTHER_DAY])  # total n/a of ticket 3 is no number
    assert look(own, "tickets") == {OTHER_DAY: (ticket(3), {("10101.total", LOST): 1})}


def test_custom_fields_are_those_of_the_map(staged):
    edited(staged, moved_to("product", "custom_field", "Article", values={"61": "Shelter"}))
    ((ids, failures),) = look(staged, "custom_fields").values()
    assert ids == [field(staged.mapping.model_dump(), "product")["field_id"].join(["ivinex:field:10101:", ""])]
    assert failures == {("label", "as the map says"): 1, ("choices", "all that the map names"): 1}


def test_findings_hold_no_value(staged):
    edited(staged, changed("product", values={"61": "Shelter"}))
    for result in mapping_validity.tickets_valid(staged.warehouse, staged.ledger, staged.days, staged.inputs).values():
        assert not any(value in repr(result) for value in ("Tent", "Shelter"))
