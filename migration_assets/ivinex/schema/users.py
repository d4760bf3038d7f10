"""ivinex/users: who the numbers in the records are.

Belongs here: filling the table. No call lists users (ivinex-api.md 8), so the admin's users.csv says who they are and
the records say which ids are in use.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from checks.step_result import StepResult
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.exports.export_files import (
    USER_COLUMNS,
    ExportedUser,
    missing_export_message,
    read_users,
    users_file,
)
from migration_assets.ivinex.schema.usernames import usernames
from migration_assets.ivinex.source_step import SourceStep
from migration_assets.losses import EXPORT_MISSING
from resources.ledger import Loss
from resources.warehouse import Warehouse


def collect_users(warehouse: Warehouse) -> dict[str, int]:
    """Counts the records that name each user: created_by, modified_by and every user field of the swept tabs."""
    fields = warehouse.query(
        "SELECT t.role, f.collection_type_id, f.field_name FROM ivinex.fields f JOIN ivinex.tabs t "
        "USING (collection_type_id) WHERE f.kind = 'user' AND t.role IS NOT NULL"
    )
    selects, params = [], []
    warehouse.ensure(*tables.OF_ROLE.values())
    for role, table in tables.OF_ROLE.items():
        for default in ("created_by", "modified_by"):
            selects.append(f"SELECT source_id, raw ->> '$.{default}' AS who FROM {table.name}")  # noqa: S608
        mine = fields[fields["role"] == role]
        for tab, name in zip(mine["collection_type_id"], mine["field_name"], strict=True):
            selects.append(f"SELECT source_id, raw ->> ? AS who FROM {table.name} WHERE collection_type_id = ?")  # noqa: S608
            # As a pointer, because a path cannot name every key.
            params += ["/" + name.replace("~", "~0").replace("/", "~1"), tab]
    counted = warehouse.query(
        f"SELECT trim(who) AS who, count(DISTINCT source_id) AS records FROM ({' UNION ALL '.join(selects)}) "  # noqa: S608
        "WHERE trim(who) NOT IN ('', '0') GROUP BY ALL",
        params,
    )
    return {str(who): int(records) for who, records in counted.itertuples(index=False)}


def user_frame(
    exported: list[ExportedUser], harvested: dict[str, int], shown: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Joins the admin's list with the ids in use; returns rows of `ivinex.users`.

    Args:
        shown: id -> username of those that the list does not name.
    """
    rows: list[dict[str, Any]] = [
        {
            "source_id": f"ivinex:user:{user.user_id}",
            "user_id": user.user_id,
            "username": user.username,
            "name": user.name,
            "email": user.email,
            "active": user.active,
            "title": user.title,
            "origin": "users.csv",
            "records": harvested.get(user.user_id, 0),
        }
        for user in exported
    ]
    known = {user.user_id for user in exported}
    rows += [
        {
            "source_id": f"ivinex:user:{who}",
            "user_id": who,
            "username": (shown or {}).get(who),
            "origin": "harvested",
            "records": records,
        }
        for who, records in sorted(harvested.items())
        if who not in known
    ]
    return pd.DataFrame(rows, columns=list(tables.USERS.columns))


def users_metadata(frame: pd.DataFrame, unknown: int, problem: str) -> dict[str, Any]:
    return {
        "dagster/row_count": len(frame),
        "active": int(frame["active"].eq(True).sum()),
        "inactive": int(frame["active"].eq(False).sum()),
        "named_by_records": int((frame["records"] > 0).sum()),
        "unknown": unknown,
        "problem": problem,
    }


def fill_users(step: SourceStep) -> StepResult:
    """Users from the admin's users.csv, and those that only records name; a missing list is told, not fatal.

    Whom only records name is shown with the username that the classic calls give, where the site has them; the load
    asks who they are before it makes anybody (gorgias/preflight).
    """
    home, warehouse = step.settings.home, step.warehouse
    exported, named = read_users(home), collect_users(warehouse)
    strangers = set(named) - {user.user_id for user in exported or []}
    shown = usernames(step.ivinex.get(), warehouse, strangers, step.log.warning) if strangers else {}
    frame = user_frame(exported or [], named, shown)
    warehouse.replace(tables.USERS, frame)
    unknown = int((frame["origin"] == "harvested").sum())
    problem = ""
    if exported is None:
        problem = f"{missing_export_message(users_file(home), USER_COLUMNS)} (and title, optional)"
    elif unknown:
        problem = f"{unknown} users are named by records and missing from {users_file(home)}"
    if problem:
        step.log.warning(f"{problem}. Their records migrate without a known person behind the number.")
    losses = [Loss(field="users.csv", kind="unknown person", count=unknown, detail=problem)] if unknown else []
    if exported is None:
        losses.append(Loss(field="users.csv", kind=EXPORT_MISSING, detail=problem))
    step.ledger.losses.record_losses("ivinex", "users", losses)
    return StepResult(users_metadata(frame, unknown, problem), [lambda: checks.owners_known(frame, problem)])
