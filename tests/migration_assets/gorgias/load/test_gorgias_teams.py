"""Teams in a real account: made once, adopted by name with the members they have, named by tickets."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from gorgias_rows import DAY, agents, customer, message, team, ticket, user

from migration_assets.gorgias import assets as gorgias_assets
from resources.gorgias.writer.object_types.named import Teams
from resources.gorgias.writer.write import Write
from resources.ledger.records import WriteKey

AGENTS = agents(11, 12, 13)
BOTH = [user(11, "match"), user(12, "match")]


def held(world: Any) -> dict[str, list[int]]:
    """Name -> Gorgias ids of the members, of all teams of the account."""
    return {row["name"]: row["member_ids"] for row in world.gorgias.gorgias.teams.rows.values()}


def ids(world: Any, *numbers: int) -> list[int]:
    known = world.ledger.known_writes.gorgias_ids("users")
    return sorted(known[f"ivinex:user:{number}"] for number in numbers)


def test_a_team_is_made_with_its_members_once_stubs_among_them(world):
    made = world(users=AGENTS).stage(
        users=[user(11, "match"), user(5, "stub", email="u5@stubs.invalid")], teams=[team(1, 5, 11)]
    )
    made.run(gorgias_assets.users, gorgias_assets.teams)
    assert held(made) == {"Support": ids(made, 5, 11)}
    before = made.sent
    result = made.run(gorgias_assets.teams)
    assert result.metadata["teams"]["sent"] == 0
    assert made.sent == before


def test_a_team_of_the_same_name_is_adopted_and_keeps_its_members(world):
    made = world(users=AGENTS, teams=[{"id": 90, "name": "Support", "members": [{"id": 13}]}]).stage(
        users=BOTH, teams=[team(1, 11, 12)]
    )
    made.run(gorgias_assets.users, gorgias_assets.teams)
    assert held(made) == {"Support": [11, 12, 13]}
    booked = made.ledger.outcomes.outcomes_of("teams")
    assert booked[["source_id", "outcome", "gorgias_id"]].values.tolist() == [["ivinex:group:1", "adopted", 90]]
    with made.ledger.reading() as tx:
        (image,) = tx.exec_driver_sql("SELECT before FROM writes WHERE object = 'teams' AND part = 'update'").scalars()
    assert [member["id"] for member in json.loads(image)["members"]] == [13]


@pytest.mark.parametrize(
    ("names", "found"), [(["SUPPORT"], [0]), (["SUPPORT", "Support"], [1]), (["SUPPORT", "support"], [0, 1]), ([], [])]
)
def test_a_refused_name_is_looked_for_in_every_letter_case_and_the_exact_one_is_taken_first(names, found):
    reader: Any = SimpleNamespace(rows=lambda _: [{"id": n, "name": name} for n, name in enumerate(names)])
    write = Write(WriteKey("teams", "ivinex:group:1", "create"), "POST", "/api/teams", {"name": "Support"})
    assert [one.id for one in Teams(reader).find(write)] == found


def test_a_member_who_joined_since_is_added_beside_those_whom_an_admin_added(world):
    made = world(users=AGENTS).stage(users=BOTH, teams=[team(1, 11)])
    made.run(gorgias_assets.users, gorgias_assets.teams)
    (row,) = made.gorgias.gorgias.teams.rows.values()
    row["member_ids"] = [11, 13]
    made.stage(users=BOTH, teams=[team(1, 11, 12)])
    for sent in (1, 0):
        result = made.run(gorgias_assets.teams)
        assert result.metadata["teams"]["sent"] == sent
        assert held(made) == {"Support": [11, 12, 13]}


def test_a_ticket_carries_its_team(world):
    made = world(users=AGENTS).stage(
        users=[user(11, "match")],
        teams=[team(1, 11)],
        tags=[{"name": "ai_ignore", "description": ""}],
        customers=[customer(1)],
        tickets=[ticket(1, 1, team_source_id="ivinex:group:1"), ticket(2, 1)],
        messages=[message(1, 1), message(2, 2)],
    )
    made.pass_canary()
    made.run(gorgias_assets.users, gorgias_assets.teams, gorgias_assets.tags, gorgias_assets.customers)
    made.run(gorgias_assets.tickets, partition=DAY)
    (number,) = made.gorgias.gorgias.teams.rows
    given = {row["external_id"]: row["assignee_team_id"] for row in made.gorgias.gorgias.tickets}
    assert sorted(given.items()) == [("ivinex:101:1", number), ("ivinex:101:2", None)]
    assert made.mails() == []


def test_a_team_that_gorgias_refuses_stops_the_load_and_is_named(world):
    made = world(users=AGENTS).stage(users=[user(11, "match")], teams=[team(1, 11, name=" ")])
    made.run(gorgias_assets.users)
    with pytest.raises(Exception, match=r"Not all teams could be made(.|\n)*ivinex:group:1"):
        made.run(gorgias_assets.teams)
