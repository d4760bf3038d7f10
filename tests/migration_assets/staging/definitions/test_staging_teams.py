"""Which groups become teams, and which tickets get one."""

import json

import pandas as pd
import pytest
from staged_site import open_site

from checks.evaluate import broken_rules
from checks.schemas.teams import SCHEMA
from migration_assets.staging.definitions.teams import (
    NO_MEMBERS,
    NOT_MIGRATED,
    TEAMS_TABLE,
    named_by_tickets,
    stage_teams,
)
from migration_assets.staging.validation.balance import teams_balance


def groups(*rows):
    return pd.DataFrame(rows, columns=["group_id", "group_name", "user_id", "username"])


USERS = pd.DataFrame(
    [
        {"user_id": "7", "source_id": "ivinex:user:7", "disposition": "match"},
        {"user_id": "8", "source_id": "ivinex:user:8", "disposition": "stub"},
        {"user_id": "9", "source_id": "ivinex:user:9", "disposition": "unused"},
    ]
)


def test_a_group_is_a_team_of_its_users_in_gorgias_stubs_among_them():
    staged = stage_teams(groups(*(("1", "Support", user, "u") for user in "789")), USERS)
    (team,) = staged.teams
    assert (team["source_id"], team["name"]) == ("ivinex:group:1", "Support")
    assert json.loads(team["members"]) == ["ivinex:user:7", "ivinex:user:8"]
    assert [(loss.source_id, loss.count) for loss in staged.losses] == [("ivinex:group:1", 1)]


def test_a_group_nobody_of_which_is_in_gorgias_is_no_team_unless_tickets_name_it():
    rows = groups(("4", "API", "9", "api"), ("5", "Empty", None, None))
    assert [(row.source_id, row.outcome, row.reason) for row in stage_teams(rows, USERS).outcomes] == [
        ("ivinex:group:4", "skipped", NO_MEMBERS),
        ("ivinex:group:5", "skipped", NO_MEMBERS),
    ]
    assert [team["source_id"] for team in stage_teams(rows, USERS, {"empty"}).teams] == ["ivinex:group:5"]


def test_groups_of_one_name_are_one_team_whatever_the_letter_case():
    staged = stage_teams(groups(("1", "Support", "7", "u"), ("2", " SUPPORT ", "8", "u")), USERS)
    (team,) = staged.teams
    assert (json.loads(team["members"]), json.loads(team["merged"])) == (
        ["ivinex:user:7", "ivinex:user:8"],
        ["ivinex:group:2"],
    )
    assert [(row.source_id, row.outcome) for row in staged.outcomes] == [("ivinex:group:2", "merged")]


def test_teams_can_be_left_to_the_admin():
    staged = stage_teams(groups(("1", "Support", "7", "u")), USERS, leave=True)
    assert (staged.teams, staged.losses) == ([], [])
    assert [(row.outcome, row.reason) for row in staged.outcomes] == [("skipped", NOT_MIGRATED)]


def test_a_name_without_letters_and_a_name_twice_break_the_schema():
    rows = [
        {"source_id": str(n), "name": name, "members": "[]", "merged": "[]"} for n, name in enumerate(("", "A", "a"))
    ]
    assert set(broken_rules(SCHEMA, pd.DataFrame(rows))) == {0, 1, 2}


@pytest.fixture(scope="module")
def staffed(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("teams")) as site:
        site.groups = [
            {"group_id": "1", "group_name": "SUPPORT", "user_id": "7", "username": "ann"},
            {"group_id": "2", "group_name": "Other", "user_id": "7", "username": "ann"},
        ]
        site.contact(1, email="cleo@mail.example")
        site.ticket(1, team="80")
        site.ticket(2, team="81")
        site.ticket(3, team="0")
        yield site.stage()


def test_a_ticket_gets_the_team_that_its_field_names(staffed):
    assert [row["team_source_id"] for row in staffed.rows("tickets")] == ["ivinex:group:1", None, None]
    assert [row["meta"].get("ivinex_team") for row in staffed.rows("tickets")] == ["Support", "Returns", None]


def test_a_team_that_is_no_group_is_a_loss_of_the_ticket(staffed):
    losses = staffed.losses()
    assert list(losses["source_id"][losses["field"] == "team"]) == ["ivinex:10101:2"]


def test_the_teams_that_tickets_may_name_are_those_of_the_mapped_field(staffed):
    with staffed.warehouse.transaction() as tx:
        assert named_by_tickets(tx, staffed.inputs) == {"support", "returns"}


def test_a_group_of_which_nothing_is_known_is_noticed_by_the_balance(staffed):
    assert teams_balance(staffed.warehouse, staffed.ledger, None)[None].passed
    before = staffed.warehouse.query(f"SELECT * FROM {TEAMS_TABLE.name}")
    staffed.warehouse.replace(TEAMS_TABLE, before[before["source_id"] != "ivinex:group:2"])
    result = teams_balance(staffed.warehouse, staffed.ledger, None)[None]
    staffed.warehouse.replace(TEAMS_TABLE, before)
    assert result.description == "2 read, 1 staged, 0 merged, 0 skipped: 1 missing"
