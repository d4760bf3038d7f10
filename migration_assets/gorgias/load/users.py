"""Gorgias users: active Ivinex users are found by e-mail, inactive ones that own records become stubs.

A user is created only where that was decided: `POST /api/users` probably mails an invitation (gorgias-api.md 6.2).
"""

from collections.abc import Iterator
from typing import Any

from migration_assets.gorgias.load_step import apply_writes
from migration_assets.gorgias.preflight.people_points import (
    MISSING_USERS,
    REFUSED_USERS,
    STUB_USERS,
    UNKNOWN_USERS,
    staged_people,
)
from migration_assets.gorgias.step_context import StepContext
from resources.gorgias.wire import Role, User
from resources.gorgias.writer.write import Tally, Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse

FALLBACK = "fallback"


def writes(warehouse: Warehouse, ledger: Ledger) -> Iterator[Write]:
    """One create per user that was made or found; one that is left to the fallback user is none."""
    known = ledger.known_writes.gorgias_ids("users")
    for row in staged_people(warehouse):
        stub = (
            row["disposition"] == "stub"
            and ledger.decisions.decision(STUB_USERS) != FALLBACK
            and (not row["unknown"] or ledger.decisions.decision(UNKNOWN_USERS) == "stubs")
        )
        wanted = stub or (row["disposition"] == "match" and ledger.decisions.decision(MISSING_USERS) == "create")
        if wanted or row["source_id"] in known:
            yield user_write(row)


def users_made(context: StepContext, writer: Writer, rows: list[dict[str, Any]]) -> Tally:
    writes = [user_write(row) for row in rows]
    return apply_writes(context, writer, "gorgias/users", len(writes), writes)


def users_how(choice: str) -> str:
    return (
        f"in the UI with the job decide_preflight (topic {STUB_USERS}, choice {choice}), or with `migrate preflight "
        f"decide {STUB_USERS} {choice} --by NAME`"
    )


def user_refusals(ledger: Ledger, source_ids: list[str]) -> str:
    rows = ledger.quarantine.rows()
    told = [
        f"{row.source_id}: {row.message}"
        for row in rows[(rows["object"] == "users") & rows["source_id"].isin(source_ids)].itertuples()
    ]
    listed = "\n  ".join(told[:20])
    return (
        f"Gorgias did not make {len(source_ids)} users (is a seat free?), and no record was written:\n  {listed}\nLet "
        "an admin create them there and start again, or decide that their tickets stay unassigned and their messages "
        f"carry the fallback user: in the UI with the job decide_preflight (topic {REFUSED_USERS}), or with "
        f"`migrate preflight decide {REFUSED_USERS} fallback --by NAME`."
    )


def user_write(row: dict[str, Any]) -> Write:
    user = User(email=row["email"], name=row["name"], role=Role(name=row["role"]), external_id=row["source_id"])
    source_id = row["source_id"]
    return Write(
        WriteKey("users", source_id, "create"), "POST", "/api/users", user.body(), (Outcome(source_id, "created"),)
    )
