"""staging.teams: which Ivinex groups become teams in Gorgias, and with which members.

It belongs here: the decision per group. Groups of one name become one team. A group of which no member is a user in
Gorgias (the group of the API user, mostly) is no team, unless tickets may name it: they need it even empty. It does
not: finding teams that the account has already (gorgias/teams).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import orjson
import pandas as pd

from checks.schemas.teams import SCHEMA
from checks.table import table_of
from migration_assets.mapping.frames import to_rows
from migration_assets.staging.context import STAGE, StagingContext, normalized_name
from migration_assets.staging.definitions.option_values import possible_values
from migration_assets.staging.staging_step import StagingStep
from resources.ivinex.wire import clean_text
from resources.ledger import Loss, Outcome
from resources.warehouse import Connection

TEAMS_TABLE = table_of(SCHEMA)
NOT_MIGRATED = "left to the admin"
NO_MEMBERS = "no member is a user in Gorgias"


@dataclass
class Staged:
    """Teams, groups that are none of their own, and members that are not in Gorgias."""

    teams: list[dict[str, str]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


def stage_teams(groups: pd.DataFrame, users: pd.DataFrame, named: Collection[str] = (), leave: bool = False) -> Staged:
    """Decide per group.

    Args:
        groups: `ivinex.groups`.
        users: `staging.users`; stubs are members too, since their tickets belong to the team.
        named: folded names that tickets may carry.
        leave: GORGIAS_TEAMS=leave.
    """
    staged = Staged()
    account = {row["user_id"]: row["source_id"] for row in to_rows(users) if row["disposition"] != "unused"}
    teams: dict[str, dict[str, Any]] = {}
    for group_id, lines in groups.groupby("group_id", sort=False):
        source_id = f"ivinex:group:{group_id}"
        name = " ".join(clean_text(lines["group_name"].iloc[0])[0].split())
        everyone = lines["user_id"].dropna().drop_duplicates().tolist()
        members = [account[user] for user in everyone if user in account]
        if leave:
            staged.outcomes.append(Outcome(source_id, "skipped", NOT_MIGRATED))
        elif normalized_name(name) in teams:
            first = teams[normalized_name(name)]
            first["merged"].append(source_id)
            first["members"] += members
            staged.outcomes.append(Outcome(source_id, "merged", f"shares its name with {first['source_id']}"))
        elif not members and normalized_name(name) not in named:
            staged.outcomes.append(Outcome(source_id, "skipped", NO_MEMBERS))
        else:
            teams[normalized_name(name)] = {"source_id": source_id, "name": name, "members": members, "merged": []}
        if (missing := len(everyone) - len(members)) and not leave:
            staged.losses.append(Loss("members", "no user in Gorgias", source_id, count=missing))
    for team in teams.values():
        team["members"] = sorted(set(team["members"]))
        staged.teams.append(team | {key: orjson.dumps(team[key]).decode() for key in ("members", "merged")})
    return staged


def named_by_tickets(tx: Connection, context: StagingContext) -> set[str]:
    """Folded values of the fields that the map turns into a ticket's team."""
    items = [
        item for role, _, item in context.mapping.each("standard") if (role, item.target.name) == ("ticket", "team")
    ]
    return {normalized_name(value) for item in items for value in possible_values(tx, "ticket", item, context.lookups)}


def fill_teams(step: StagingStep) -> dict[str, Any]:
    """Groups that become teams, with their members; GORGIAS_TEAMS=leave leaves all of them to the admin."""
    inputs, leave = step.inputs, step.settings.gorgias_teams == "leave"
    with step.warehouse.transaction() as tx:
        groups = tx.query("SELECT * FROM ivinex.groups ORDER BY try_cast(group_id AS BIGINT), group_id, user_id")
        users = tx.query("SELECT user_id, source_id, disposition FROM staging.users")
        staged = stage_teams(groups, users, named_by_tickets(tx, inputs), leave)
        tx.replace(TEAMS_TABLE, pd.DataFrame(staged.teams, columns=list(TEAMS_TABLE.columns)))
    step.ledger.outcomes.record_outcomes("teams", STAGE, staged.outcomes)
    step.ledger.losses.record_losses(STAGE, "teams", staged.losses)
    step.log.info(f"{len(staged.teams)} teams: {', '.join(team['name'] for team in staged.teams) or 'none'}")
    return {
        "dagster/row_count": len(staged.teams),
        "source_rows": int(groups["group_id"].nunique()),
        "staged": len(staged.teams),
        "quarantined": 0,
        "members_without_user": sum(loss.count for loss in staged.losses),
        **{name: sum(row.outcome == name for row in staged.outcomes) for name in ("merged", "skipped")},
    }
