"""staging.users: every Ivinex user that tickets or messages may name, and what becomes of it in Gorgias."""

import pandas as pd

from checks.schemas.users import SCHEMA
from checks.table import table_of
from migration_assets.mapping.frames import to_rows
from migration_assets.transforms.addresses import plain_address
from migration_assets.transforms.people import stub_address

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
