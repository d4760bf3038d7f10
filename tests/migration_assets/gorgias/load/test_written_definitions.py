"""Users, teams and custom fields after their first load: what is added, what stays as it was made, and what is told."""

import json
from typing import Any

from gorgias_rows import agents, custom_field, team, user

from migration_assets.gorgias import assets as gorgias_assets
from migration_assets.gorgias.load.written_definitions import KEPT


def dropdown(*choices: str) -> dict[str, Any]:
    return custom_field(1, "Ticket", input_type="dropdown", choices=json.dumps(choices))


def offered(world: Any) -> list[str]:
    (field,) = [row for row in world.gorgias.gorgias.custom_fields if row["label"] == "Field 1"]
    return list(field["definition"]["input_settings"]["choices"])


def left(world: Any, object: str) -> dict[str, Any]:
    rows = world.warehouse.rows("SELECT field, value FROM gorgias.expected WHERE object = ?", [object])
    return {row["field"]: json.loads(row["value"]) for row in rows}


def told(world: Any) -> list[tuple[str, str]]:
    rows = world.ledger.losses.loss_rows()
    return [tuple(row) for row in rows[rows["kind"] == KEPT][["source_id", "field"]].itertuples(index=False)]


def test_a_new_option_is_added_to_a_field_that_is_ours_beside_what_people_added(world):
    made = world().stage(custom_fields=[dropdown("Tent", "Stove")])
    made.run(gorgias_assets.custom_fields)
    (field,) = [row for row in made.gorgias.gorgias.custom_fields if row["label"] == "Field 1"]
    field["definition"]["input_settings"]["choices"] = ["Tent", "Stove", "Of the shop"]
    made.stage(custom_fields=[dropdown("Stove", "Rope")])
    made.run(gorgias_assets.custom_fields)
    assert offered(made) == ["Tent", "Stove", "Of the shop", "Rope"]
    before = made.sent
    made.run(gorgias_assets.custom_fields)
    assert made.sent == before
    assert offered(made) == left(made, "custom_fields")["choices"]


def test_a_field_that_was_there_before_gets_no_options_of_ours_and_that_is_told(world):
    there = {
        "object_type": "Ticket",
        "label": "Field 1",
        "definition": {"data_type": "text", "input_settings": {"input_type": "dropdown", "choices": ["Tent"]}},
    }
    made = world(custom_fields=[there])
    for choices in (["Tent"], ["Tent", "Rope"]):
        made.stage(custom_fields=[dropdown(*choices)])
        made.run(gorgias_assets.custom_fields)
    assert offered(made) == ["Tent"]
    assert told(made) == [("ivinex:field:101:1", "choices")]


def test_a_user_who_is_switched_off_stays_as_made_and_is_told(world):
    made = world(users=agents(11)).stage(users=[user(11, "match")])
    made.run(gorgias_assets.users)
    made.stage(users=[user(11, "stub", email="u11@stubs.invalid")])
    made.run(gorgias_assets.users)
    assert left(made, "users") == {"email": "agent11@shop.example"}
    assert told(made) == [("ivinex:user:11", "email")]


def test_members_who_left_a_group_stay_in_the_team_and_that_is_told(world):
    made = world(users=agents(11, 12))
    for member in (11, 12):
        made.stage(users=[user(11, "match"), user(12, "match")], teams=[team(1, member)])
        made.run(gorgias_assets.users, gorgias_assets.teams)
    assert left(made, "teams") == {"members": ["ivinex:user:11", "ivinex:user:12"]}
