"""Teams: unique names; an update replaces the members (gorgias-api.md 6.3)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.pages import listed
from sandbox.gorgias.people import user_by_email
from sandbox.gorgias.table import Record


def shown(account: Account, team: Record) -> dict[str, Any]:
    members = [account.users.rows[user_id] for user_id in team["member_ids"] if user_id in account.users.rows]
    out = {key: value for key, value in team.items() if key != "member_ids"}
    out["members"] = [
        {"id": user["id"], "name": user["name"], "email": user["email"], "meta": user["meta"]} for user in members
    ]
    out["uri"] = f"/api/teams/{team['id']}/"
    return out


def brief(team: Record) -> dict[str, Any]:
    """A team as shown on a ticket."""
    return {"id": team["id"], "name": team["name"], "decoration": team["decoration"] or {}}


def check_name(account: Account, name: str, own_id: int | None) -> None:
    if not name.strip():
        raise invalid("name", "Missing data for required field.")
    if any(team["name"] == name and team["id"] != own_id for team in account.teams):
        raise account.duplicate("name", "A team with this name already exists.", "G-24")


def member_ids(account: Account, members: list[dict[str, Any]]) -> list[int]:
    ids = []
    for position, member in enumerate(members):
        user = account.users.get(member.get("id"))
        if user is None and member.get("id") is None and member.get("email"):
            user = user_by_email(account, member["email"])
        if user is None:
            raise invalid(f"members.{position}.id", "User does not exist.")
        ids.append(user["id"])
    return list(dict.fromkeys(ids))


@serves("list-teams")
def list_teams(account: Account, call: Call) -> Reply:
    return listed(account, call, account.teams, lambda team: shown(account, team), default_order="created_datetime:asc")


@serves("create-team")
def create_team(account: Account, call: Call) -> Reply:
    body = call.fields()
    check_name(account, body["name"], None)
    members = member_ids(account, body.get("members", []))
    team = account.teams.add(
        {
            "id": body.get("id"),
            "name": body["name"],
            "description": body.get("description"),
            "decoration": body.get("decoration"),
            "member_ids": members,
            "created_datetime": account.now(),
        }
    )
    account.hide(account.teams, team, max(call.hidden_for, account.switches["G-08"]), True)
    account.event("team-created", "Team", team["id"])
    return Reply(201, shown(account, team))


@serves("get-team")
def get_team(account: Account, call: Call) -> Reply:
    return Reply(200, shown(account, account.teams.require(call.params["id"])))


@serves("update-team")
def update_team(account: Account, call: Call) -> Reply:
    team = account.teams.require(call.params["id"])
    body = call.fields()
    if "name" in body:
        check_name(account, body["name"], team["id"])
    if "members" in body:
        body["member_ids"] = member_ids(account, body.pop("members"))
    team.update(body)
    account.teams.save(team)
    account.event("team-updated", "Team", team["id"])
    return Reply(202, shown(account, team))


@serves("delete-team")
def delete_team(account: Account, call: Call) -> Reply:
    """Its tickets lose it (gorgias-api.md 11)."""
    team = account.teams.require(call.params["id"])
    for ticket in [ticket for ticket in account.tickets if ticket["assignee_team_id"] == team["id"]]:
        ticket["assignee_team_id"] = None
        account.tickets.save(ticket)
    account.teams.remove(team["id"])
    account.event("team-deleted", "Team", team["id"])
    return Reply(204)
