"""What contacts and organizations become as customers. One site is staged for what only looks."""

import json

import pytest
from staged_site import at, open_site

from migration_assets.mapping.model import OVERFLOW_FIELD
from migration_assets.settings import Target
from migration_assets.staging.validation.balance import customers_balance
from migration_assets.staging.validation.mapping_validity import custom_fields_valid, customers_valid

CITY = "ivinex:field:1001:30004"


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("customers")) as site:
        site.contact(2, email="CLEO@Mail.example", created_date="2020-01-02 00:00:00", city="Bonn")
        site.contact(1, email="cleo@mail.example", created_date="2021-01-02 00:00:00", city="Köln", last_name="Other")
        site.contact(3, email="", phone="(303) 555-0101")
        site.contact(4, email="not an address", phone="call me")
        site.contact(5, email="a@mail.example", phone="3035550142", created_date="2021-01-01 00:00:00")
        site.contact(6, email="b@mail.example", phone="3035550142", created_date="2020-01-01 00:00:00")
        site.organization(5, org_name="Acme", domain="acme.example", tier="Gold")
        site.organization(6, org_name="Nobody's", domain="", tier="")
        site.organization(7, org_name="Related", domain="related.example")
        site.contact(7, email="c@mail.example", organization="5")
        site.contact(8, email="d@mail.example")
        site.links.append({"From": "1001:8", "To": "1002:7"})
        for number, contact in ((1, "1"), (2, "99"), (3, "99"), (4, "0"), (5, "")):
            site.ticket(number, contact=contact)
        site.ticket(6, contact="98", created_date="0000-00-00 00:00:00")
        yield site.stage()


def customer(site, number):
    return site.one("customers", f"ivinex:1001:{number}")


def test_contacts_whose_emails_differ_in_case_become_one_customer_and_the_oldest_is_primary(people):
    row = customer(people, 2)
    assert (row["email"], row["merged"]) == ("cleo@mail.example", ["ivinex:1001:1"])
    assert row["data"]["merged"][0]["field_values"] == {CITY: "Köln", "name": "Cleo Other"}
    assert "ivinex:1001:1" not in [one["source_id"] for one in people.rows("customers")]
    assert people.one("tickets", "ivinex:10101:1")["customer_source_id"] == "ivinex:1001:2"


def test_what_differs_between_merged_contacts_is_a_loss_of_that_contact(people):
    losses = people.losses()
    assert sorted(losses[losses["source_id"] == "ivinex:1001:1"]["field"]) == [CITY, "name"]


def test_a_merged_contact_is_booked_with_the_customer_that_it_became_part_of(people):
    booked = people.ledger.outcomes.outcomes_of("contacts")
    assert booked[["source_id", "outcome"]].values.tolist() == [["ivinex:1001:1", "merged"]]
    assert booked["reason"].tolist() == ["same e-mail as ivinex:1001:2"]


def test_a_contact_without_email_gets_its_phone_as_channel_in_e164(people):
    row = customer(people, 3)
    assert row["channels"] == [{"type": "phone", "address": "+13035550101", "preferred": True}]
    assert row["email"] is None


def test_a_contact_with_neither_email_nor_phone_gets_a_stub_address_and_a_loss(people):
    row = customer(people, 4)
    assert row["email"] == "ivinex-1001-4@stubs.invalid"
    assert (row["data"]["unreadable_email"], row["data"]["unreadable_phone"]) == ("not an address", "call me")
    assert "no address, a stub address given" in people.losses()["kind"].tolist()


def test_a_phone_of_two_contacts_is_a_channel_of_the_older_one_only(people):
    younger, older = customer(people, 5), customer(people, 6)
    assert [one["type"] for one in older["channels"]] == ["email", "phone"]
    assert [one["type"] for one in younger["channels"]] == ["email"]
    assert younger["data"]["shared_addresses"] == ["+13035550142"]


def test_organization_fields_are_flattened_into_the_customer_and_the_relation_stays_in_data(people):
    row = customer(people, 7)
    assert row["field_values"]["ivinex:field:1002:30100"] == "Acme"
    kept = {"ivinex_id": "ivinex:1002:5", "name": "Acme", "domain": "acme.example"}
    assert row["data"]["organization"].items() >= kept.items()
    booked = people.ledger.outcomes.outcomes_of("organizations").set_index("source_id")["outcome"].to_dict()
    assert booked == {"ivinex:1002:5": "merged", "ivinex:1002:6": "skipped", "ivinex:1002:7": "merged"}


def test_an_organization_linked_only_as_related_item_is_flattened_too(people):
    assert at(customer(people, 8), "data.organization.name") == "Related"


def test_a_missing_contact_gets_one_stub_and_a_ticket_that_names_none_one_of_its_own_if_it_has_a_day(people):
    stubs = {row["source_id"]: row["email"] for row in people.rows("customers", "kind = 'stub'")}
    assert sorted(stubs) == ["ivinex:1001:99", "ivinex:10101:4#customer", "ivinex:10101:5#customer"]
    assert stubs["ivinex:1001:99"] == "ivinex-1001-99@stubs.invalid"
    of = {row["source_id"][-1]: row["customer_source_id"] for row in people.rows("tickets")}
    assert of["2"] == of["3"] == "ivinex:1001:99"


def test_customers_of_a_staging_account_have_masked_addresses_and_the_same_in_every_run(site):
    site.target = Target.staging
    site.contact(1, email="cleo@mail.example", phone="3035550142")
    site.ticket(1)
    site.activity(1, activity="1", field_from="cleo@mail.example", email_to="ann@shop.example")
    first = site.stage().rows("customers")
    assert "mail.example" not in str([c["address"] for c in first[0]["channels"]])
    assert first[0]["email"].endswith("@stubs.invalid")
    assert first[0]["channels"][1]["address"].startswith("+999")
    source = site.messages()[0]["source"]
    assert source["from"]["address"] == first[0]["email"]
    assert source["to"][0]["address"] == "ann@shop.example"
    assert site.restage().rows("customers") == first


def test_contacts_are_the_sum_of_customers_merged_and_quarantined(site):
    site.edit = lambda text: text.replace("source: city\n", "source: city\n    missing: quarantine\n")
    site.contact(1, email="a@mail.example", city="Bonn")
    site.contact(2, email="a@mail.example", city="Bonn")
    site.contact(3, email="c@mail.example", city="")
    site.ticket(1)
    site.ticket(2, contact="3")
    site.stage()
    quarantine = site.ledger.quarantine.rows().set_index("source_id")
    assert quarantine.loc["ivinex:1001:3", "reason_class"] == "needs_mapping"
    assert "quarantine of contact ivinex:1001:3" in quarantine.loc["ivinex:10101:2", "message"]
    assert customers_balance(site.warehouse, site.ledger, None)[None].passed


def test_addresses_that_cannot_be_read_are_masked_in_a_staging_account_as_well(site):
    site.target = Target.staging
    site.contact(1, email="cleo dot secret @ mail.example")
    site.contact(2, email="cleo.secret at mail.example")
    site.ticket(1)
    site.activity(1, activity="1", field_from="cleo.secret at mail.example", email_to="ann@shop.example")
    site.activity(1, activity="1", field_from="Cleo <cleo.secret @ mail.example>", email_to="ann@shop.example")
    customers, messages = site.stage().rows("customers"), site.messages()
    assert [name for row in customers for name in row["data"] if name.startswith("unreadable")]
    assert [row["meta"]["ivinex_from"] for row in messages if "ivinex_from" in row["meta"]]
    assert "secret at" not in str(customers + messages)
    assert "secret @" not in str(customers + messages)
    assert "cleo.secret" not in str(customers + messages).lower()


def test_overflow_into_a_field_leaves_no_data_and_the_map_is_still_held_against_it(site):
    site.edit = lambda text: f"overflow: field\n{text}"
    site.organization(5, org_name="Acme", domain="acme.example")
    site.contact(1, email="a@mail.example", organization="5", phone="call me")
    site.ticket(1)
    site.ticket(2, contact="77")
    first, stub = sorted(site.stage().rows("customers"), key=lambda row: (row["kind"], row["source_id"]))
    told = json.loads(first["field_values"][OVERFLOW_FIELD.external_id])
    assert told["organization"]["name"] == "Acme"
    assert told["unreadable_phone"] == "call me"
    assert first["data"] == {}
    assert json.loads(stub["field_values"][OVERFLOW_FIELD.external_id])["stub"] == "missing contact"
    assert OVERFLOW_FIELD.external_id in [row["source_id"] for row in site.rows("custom_fields")]
    for check in (customers_valid, custom_fields_valid):
        (found,) = check(site.warehouse, site.ledger, None, site.inputs).values()
        assert (found.rows > 0, dict(found.failures)) == (True, {})


def test_overflow_that_is_too_long_for_a_field_stays_in_data(site):
    site.edit = lambda text: f"overflow: field\n{text}".replace("name: city", "name: elsewhere")
    site.contact(1, email="a@mail.example", first_name="One", city="Bonn")
    site.contact(2, email="a@mail.example", first_name="Two", city="x" * 11_000)
    site.ticket(1)
    [row] = site.stage().rows("customers")
    assert OVERFLOW_FIELD.external_id not in row["field_values"]
    assert len(json.dumps(row["data"])) > 11_000
