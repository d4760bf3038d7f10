"""Users, customers and their values: found before created, filled but never overwritten."""

import dagster as dg
import pytest
from gorgias_rows import custom_field, customer, stub, user

from migration_assets.gorgias.assets import custom_fields, customer_changes, customers, users
from migration_assets.gorgias.load.users import MISSING_USERS, REFUSED_USERS, STUB_USERS


def test_an_active_user_is_found_by_email_in_any_case_and_no_request_creates_one(world):
    here = world(users=[{"email": "Agent1@Shop.example", "name": "A", "role": {"name": "agent"}}]).stage(
        users=[user(1, "match")]
    )
    before = len(here.gorgias.gorgias.users.rows)
    here.run(users)
    assert len(here.gorgias.gorgias.users.rows) == before
    assert list(here.ledger.known_writes.gorgias_ids("users")) == ["ivinex:user:1"]


def test_an_inactive_owner_becomes_a_stub_with_the_lowest_role(world):
    here = world().stage(users=[stub(2)])
    here.run(users)
    made = [row for row in here.gorgias.gorgias.users.rows.values() if row["external_id"] == "ivinex:user:2"]
    assert [row["role"]["name"] for row in made] == ["observer-agent"]


def test_a_missing_active_user_stops_the_load_by_id_until_it_is_decided(world):
    here = world().stage(users=[user(3, "match")])
    with pytest.raises(dg.Failure, match=r"ivinex:user:3.*migrate preflight decide missing_users create"):
        here.run(users)
    assert here.sent == 0
    here.ledger.decisions.decide(MISSING_USERS, "create", "Ann")
    here.run(users)
    assert list(here.ledger.known_writes.gorgias_ids("users")) == ["ivinex:user:3"]


@pytest.mark.parametrize(("person", "topic"), [(user(3, "match"), MISSING_USERS), (stub(3), STUB_USERS)])
def test_the_fallback_decision_books_a_user_as_skipped_and_makes_none(world, person, topic):
    here = world().stage(users=[person])
    here.ledger.decisions.decide(topic, "fallback", "Ann")
    here.run(users)
    assert here.sent == 0
    booked = here.ledger.outcomes.outcomes_of("users")
    assert booked[["source_id", "outcome"]].values.tolist() == [["ivinex:user:3", "skipped"]]


@pytest.mark.parametrize(("person", "topic"), [(user(2, "match"), MISSING_USERS), (stub(2), STUB_USERS)])
def test_a_seat_limit_stops_before_any_record_until_the_fallback_is_decided(world, person, topic):
    here = world({"G-13": 0}).stage(users=[person])
    here.ledger.decisions.decide(topic, "create", "Ann")
    with pytest.raises(dg.Failure, match=r"ivinex:user:2: 403.*seats"):
        here.run(users)
    here.ledger.decisions.decide(REFUSED_USERS, "fallback", "Ann")
    here.run(users)
    assert here.ledger.outcomes.outcomes_of("users")["outcome"].tolist() == ["quarantined"]


def test_stubs_are_made_while_seats_are_free_and_the_rest_stay_with_the_fallback_user(world):
    here = world({"G-13": 3}).stage(users=[stub(2), stub(3), stub(4)])
    free = 3 - sum(one["active"] for one in here.gorgias.gorgias.users)
    here.run(users)
    outcomes = here.ledger.outcomes.outcomes_of("users")["outcome"].tolist()
    assert (outcomes.count("created"), outcomes.count("quarantined")) == (free, 3 - free)
    assert 0 < free < 3


def test_seats_go_to_those_who_work_before_those_who_left(world):
    here = world({"G-13": 2}).stage(users=[stub(2), user(3, "match")])
    here.ledger.decisions.decide(MISSING_USERS, "create", "Ann")
    assert sum(one["active"] for one in here.gorgias.gorgias.users) == 1
    here.run(users)
    assert list(here.ledger.known_writes.gorgias_ids("users")) == ["ivinex:user:3"]


def test_a_customer_gets_one_create_and_one_call_for_all_values(world):
    here = world()
    values = '{"ivinex:field:101:1":"gold","ivinex:field:101:2":"north"}'
    here.stage(
        custom_fields=[custom_field(1, "Customer"), custom_field(2, "Customer")],
        customers=[customer(1, field_values=values), customer(2)],
    )
    here.run(custom_fields)
    here.pass_canary()
    result = here.run(customers)
    shown = result.metadata["customers"]
    assert (shown["customers"], shown["value_calls"]) == (2, 1)
    held = here.gorgias.gorgias.customers.by("external_id", "ivinex:1001:1")[0]
    assert len(held["custom_fields"]) == 2


def test_a_second_run_sends_nothing(world):
    here = world().stage(customers=[customer(number) for number in range(1, 30)])
    here.pass_canary()
    first = here.run(customers).metadata["customers"]
    assert first["calls"] >= first["sent"] == 29
    assert first["sent_per_second"] > 0
    again = here.run(customers).metadata["customers"]
    assert (again["sent"], again["unchanged"]) == (0, 29)
    assert (again["calls"], again["sent_per_second"]) == (0, 0)


def test_an_existing_customer_is_adopted_filled_and_not_overwritten(world):
    here = world(
        customers=[
            {"email": "C1@Shop.Example", "name": "Kept", "channels": [{"type": "email", "address": "C1@Shop.Example"}]}
        ]
    )
    email = '{"type":"email","address":"c1@shop.example","preferred":true}'
    phone = f'[{email},{{"type":"phone","address":"+13035550100","preferred":false}}]'
    here.stage(customers=[customer(1, channels=phone, data='{"owner":"7"}')])
    here.pass_canary()
    shown = here.run(customers).metadata["customers"]
    assert [row.data["field"] for row in shown["first_set_aside"].records] == ["name"]
    (held,) = here.gorgias.gorgias.customers.rows.values()
    assert held["name"] == "Kept"
    assert held["external_id"] == "ivinex:1001:1"
    assert {channel["address"] for channel in held["channels"]} == {"C1@Shop.Example", "+13035550100"}
    assert held["data"] == {"ivinex": {"owner": "7"}}
    assert here.ledger.conflicts.conflict_rows()["field"].tolist() == ["name"]
    assert here.ledger.outcomes.outcomes_of("contacts")["outcome"].tolist() == ["adopted"]
    [seen] = here.run(customer_changes).checks.values()
    assert (seen.passed, seen.severity.value) == (False, "WARN")
    assert "1 conflicts for a person to decide" in seen.description
    assert "name: conflict on customers (1)" in seen.description
    assert "resolve_conflict" in seen.description
    assert seen.metadata["first_source_ids"].value == ["ivinex:1001:1"]


def test_the_values_of_an_adopted_customer_are_merged_into_the_whole_set(world):
    here = world(
        customers=[{"email": "c1@shop.example", "channels": [{"type": "email", "address": "c1@shop.example"}]}]
    )
    here.stage(
        custom_fields=[custom_field(1, "Customer"), custom_field(2, "Customer")],
        customers=[customer(1, field_values='{"ivinex:field:101:1":"ours","ivinex:field:101:2":"new"}')],
    )
    here.run(custom_fields)
    ids = here.ledger.known_writes.gorgias_ids("custom_fields")
    (held,) = here.gorgias.gorgias.customers.rows.values()
    held["custom_fields"] = {ids["ivinex:field:101:1"]: "theirs"}
    here.gorgias.gorgias.customers.save(held)
    here.pass_canary()
    here.run(customers)
    (held,) = here.gorgias.gorgias.customers.rows.values()
    assert sorted(held["custom_fields"].values()) == ["new", "theirs"]


def test_a_refused_field_definition_stops_before_any_record(world):
    here = world({"G-26": 2})
    choices = '["a","b","c"]'
    here.stage(custom_fields=[custom_field(1, "Ticket", input_type="dropdown", choices=choices)])
    with pytest.raises(dg.Failure, match=r"(?s)no record was written.*ivinex:field:101:1"):
        here.run(custom_fields)
