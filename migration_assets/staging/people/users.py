"""staging.users: every Ivinex user that tickets or messages may name, and what becomes of it in Gorgias."""

from typing import Any

import pandas as pd

from checks.schemas.users import SCHEMA
from checks.table import table_of
from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.source_site import stub_domain_of
from migration_assets.staging.context import STAGE
from migration_assets.staging.staging_step import StagingStep
from migration_assets.transforms.addresses import plain_address
from migration_assets.transforms.people import stub_address
from resources.ledger import Outcome

USERS_TABLE = table_of(SCHEMA)
AGENT_ROLE = "basic-agent"
"""Role proposed for an active user whom Gorgias does not know; Ivinex shows no role (ivinex-api.md 10, row 6)."""


def stage_users(users: pd.DataFrame, stub_domain: str, stub_role: str) -> pd.DataFrame:
    """Decide per user.

    Args:
        users: `ivinex.users`.

    Returns:
        staging.users. An active user with a valid e-mail is `match`; an inactive one, or one without an e-mail, is a
        `stub` where records name it and `unused` otherwise. A stub has an undeliverable address, since creating a
        user probably mails an invitation (architecture.md 8).
    """
    staged = []
    for user in to_rows(users):
        address = plain_address(str(user["email"])) if user["email"] else None
        active = bool(user["active"])
        records = int(user["records"] or 0)
        disposition = "match" if active and address else "stub" if records else "unused"
        if disposition != "match":
            address = stub_address(user["source_id"], stub_domain) if disposition == "stub" else None
        staged.append(
            {
                "source_id": user["source_id"],
                "user_id": str(user["user_id"]),
                "name": user["name"] or user["username"] or f"Ivinex user {user['user_id']}",
                "email": address,
                "active": active,
                "disposition": disposition,
                "role": stub_role if disposition == "stub" else AGENT_ROLE,
                "records": records,
            }
        )
    return pd.DataFrame(staged, columns=list(USERS_TABLE.columns))


def fill_users(step: StagingStep) -> dict[str, Any]:
    """Ivinex users with their disposition: match an agent by e-mail, make a stub that keeps ownership, or unused."""
    found = step.warehouse.query("SELECT * FROM ivinex.users ORDER BY try_cast(user_id AS BIGINT), user_id")
    staged = stage_users(found, stub_domain_of(step.settings, step.ledger), step.settings.gorgias_stub_role)
    step.warehouse.replace(USERS_TABLE, staged)
    unused = staged[staged["disposition"] == "unused"]["source_id"]
    reason = "inactive or without e-mail, and owns nothing"
    step.ledger.outcomes.record_outcomes(
        "users", STAGE, [Outcome(source_id, "skipped", reason) for source_id in unused]
    )
    counts = staged["disposition"].value_counts()
    step.log.info(f"{len(staged)} users: {counts.to_dict()}")
    return {
        "dagster/row_count": len(staged),
        "source_rows": len(found),
        "staged": len(staged) - len(unused),
        "merged": 0,
        "skipped": len(unused),
        "quarantined": 0,
        "matches": int(counts.get("match", 0)),
        "stubs": int(counts.get("stub", 0)),
    }
