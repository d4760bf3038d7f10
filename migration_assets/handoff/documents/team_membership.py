"""handoff/team_membership: which Ivinex users belong to which group, and which Gorgias team that is.

It belongs here: the document, always made, whether teams were created or are left to the admin. It names members by id;
an admin adds them by name and work address, which are in a page of the same kind in the private folder. It does not:
creating teams (gorgias/teams).
"""

import json
from pathlib import Path
from typing import Any

from migration_assets import documents, markdown
from migration_assets.handoff.results import (
    HandoffDocument,
    export_check,
    export_evaluation,
    missing_export,
)
from migration_assets.ivinex.exports.export_files import export_file
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "team_membership"
FILE = "groups.csv"
COLUMNS = ("group_id", "group", "user_id", "username")
_MEMBERS = """
    SELECT g.group_id, g.group_name, g.user_id, coalesce(u.username, g.username) AS username, u.source_id, u.name,
           u.email, u.active
    FROM ivinex.groups g LEFT JOIN ivinex.users u ON u.user_id = g.user_id
    ORDER BY try_cast(g.group_id AS BIGINT), g.group_id, try_cast(g.user_id AS BIGINT), g.user_id
"""
TEAM_MEMBERSHIP_OVERVIEW = {"source_id": "group", "gorgias_team_id": "team in Gorgias", "members": "members"}
TEAM_MEMBERSHIP_EXPORT_CHECK = export_check(NAME, FILE, COLUMNS)
_TABLE = {"user_id": "Ivinex", "gorgias_user_id": "Gorgias", "note": ""}
_PEOPLE = {"name": "name", "email": "e-mail"}
"""Columns of the private page, before those of the document."""


def write_team_membership(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, and the page with the names beside it; its numbers for the UI, and what its check says."""
    people = membership(warehouse, ledger)
    missing = missing_export(export_file(home, FILE), COLUMNS, people)
    beside = documents.private_folder(home) / f"{NAME}.md"
    beside.write_text(_page(people, _PEOPLE | _TABLE, missing), "utf-8", newline="\n")
    groups = [group | {"members": [_without_names(member) for member in group["members"]]} for group in people]
    names = f"private/{beside.name}"
    content = {"groups": groups, "missing": missing, "names": names}
    paths = documents.publish(home, NAME, content, _page(groups, _TABLE, missing, names))
    members = [member for group in groups for member in group["members"]]
    numbers = {
        "groups": len(groups),
        "members": len(members),
        "teams_created": sum(group["gorgias_team_id"] is not None for group in groups),
        "members_without_gorgias_user": sum(member["gorgias_user_id"] is None for member in members),
    }
    rows = [group | {"members": len(group["members"])} for group in groups]
    found = export_evaluation(missing, FILE, len(groups), "groups")
    return HandoffDocument(paths, numbers, rows, TEAM_MEMBERSHIP_OVERVIEW, found)


def _page(groups: list[dict[str, Any]], columns: dict[str, str], missing: str, names: str = "") -> str:
    sections = [(group, markdown.table(group["members"], columns)) for group in groups]
    return markdown.render(f"{NAME}.md.j2", sections=sections, missing=missing, names=names)


def _without_names(member: dict[str, Any]) -> dict[str, Any]:
    return {name: member[name] for name in _TABLE}


def membership(warehouse: Warehouse, ledger: Ledger) -> list[dict[str, Any]]:
    """Each group with its team and its members; nothing where no export said which groups there are."""
    if not (warehouse.exists("ivinex.groups") and warehouse.exists("ivinex.users")):
        return []
    teams, users = _teams(warehouse, ledger), ledger.known_writes.gorgias_ids("users")
    groups: dict[str, dict[str, Any]] = {}
    for row in warehouse.rows(_MEMBERS):
        source_id = f"ivinex:group:{row['group_id']}"
        group = groups.setdefault(
            source_id,
            {"source_id": source_id, "name": row["group_name"], "gorgias_team_id": teams.get(source_id), "members": []},
        )
        if row["user_id"]:
            group["members"].append(_member(row, users))
    return list(groups.values())


def _teams(warehouse: Warehouse, ledger: Ledger) -> dict[str, int]:
    """Group -> its team in Gorgias; groups of one name have one team."""
    made = ledger.known_writes.gorgias_ids("teams")
    staged = warehouse.rows("SELECT source_id, merged FROM staging.teams") if warehouse.exists("staging.teams") else []
    shared = {
        group: made[team["source_id"]]
        for team in staged
        if team["source_id"] in made
        for group in json.loads(team["merged"])
    }
    return shared | made


def _member(row: dict[str, Any], users: dict[str, int]) -> dict[str, Any]:
    number = users.get(row["source_id"] or "")
    note = "not in users.csv" if row["source_id"] is None else "no longer active" if row["active"] is False else ""
    return {
        "user_id": row["user_id"],
        "username": row["username"] or "",
        "name": row["name"] or row["username"] or "",
        "email": row["email"] or "",
        "gorgias_user_id": number,
        "note": note or ("" if number else "no user in Gorgias"),
    }
