"""Gorgias users: active Ivinex users are found by e-mail, inactive ones that own records become stubs.

A user is created only where that was decided: `POST /api/users` probably mails an invitation (gorgias-api.md 6.2).
"""

from collections.abc import Iterator

import dagster as dg

from migration_assets.gorgias import checks
from migration_assets.gorgias.load import carry_out, result
from migration_assets.gorgias.written_definitions import enter_definitions
from migration_assets.set_aside import first_set_aside
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import Role, User
from resources.gorgias.write import Write
from resources.ledger import Ledger, LedgerResource, Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse, WarehouseResource

MISSING_USERS = "missing_users"
"""Decision topic: what to do with active Ivinex users that Gorgias does not know: create | fallback."""
REFUSED_USERS = "refused_users"
"""Decision topic: what to do where Gorgias refuses to make a user (seats, role): fallback."""


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[dg.AssetKey(["staging", "users"])],
    check_specs=[checks.USERS.check.spec],
)
def users(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Agents, matched by e-mail; stubs for inactive owners of records.

    Active users that are missing in Gorgias stop the load until it is decided whether to create them; so do users
    that Gorgias refuses to make, because each of them owns records.
    """
    rows = warehouse.get().rows("SELECT * FROM staging.users ORDER BY source_id")
    book = ledger.get()
    by_email = {str(row.get("email", "")).lower(): row["id"] for row in gorgias.reader.rows("/api/users")}
    wanted = {row["source_id"]: str(row["email"]).lower() for row in rows if row["email"]}
    known = {source_id: by_email[email] for source_id, email in wanted.items() if email in by_email}
    missing = [row for row in rows if row["disposition"] == "match" and row["source_id"] not in known]
    choice = book.decision(MISSING_USERS)
    if missing and choice is None:
        ids = ", ".join(row["source_id"] for row in missing[:20])
        raise dg.Failure(
            f"{len(missing)} active Ivinex users have no user in Gorgias: {ids}. Let an admin create them there and "
            f"start again, or decide, in the UI with the job decide_preflight (topic {MISSING_USERS}), or with "
            f"`migrate preflight decide {MISSING_USERS} create --by NAME` (by API; Gorgias probably mails them an "
            f"invitation) or `migrate preflight decide {MISSING_USERS} fallback --by NAME` (their tickets stay "
            "unassigned, their messages carry the fallback user).",
            allow_retries=False,
        )
    to_create = [row for row in rows if row["disposition"] == "stub"]
    to_create += missing if choice == "create" else []
    with gorgias.gate(book, context.run.run_id) as gate:
        gate.adopt((_write(row), known[row["source_id"]]) for row in rows if row["source_id"] in known)
        writes = [_write(row) for row in to_create if row["source_id"] not in known]
        tally = carry_out(context, gate, book, "gorgias/users", len(writes), writes)
    if tally.refused and book.decision(REFUSED_USERS) is None:
        raise dg.Failure(_refusals(book, tally.refused), allow_retries=False)
    enter_definitions(warehouse.get(), book, "users", [(row, _write(row)) for row in rows if row["email"]])
    if choice == "fallback":
        book.book("users", "load", [Outcome(r["source_id"], "skipped", "no Gorgias user: fallback") for r in missing])
    return result(
        tally,
        [checks.USERS.report(context, warehouse.get(), book)],
        matched=len(known),
        missing=len(missing),
        **first_set_aside(book, ["users"]),
    )


def writes(store: Warehouse, book: Ledger) -> Iterator[Write]:
    """One create per user that was made or found; one that is left to the fallback user is none."""
    known = book.gorgias_ids("users")
    for row in store.rows("SELECT * FROM staging.users ORDER BY source_id"):
        wanted = row["disposition"] == "stub" or (
            row["disposition"] == "match" and book.decision(MISSING_USERS) == "create"
        )
        if wanted or row["source_id"] in known:
            yield _write(row)


def _refusals(book: Ledger, source_ids: list[str]) -> str:
    rows = book.quarantined()
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


def _write(row: dict) -> Write:
    user = User(email=row["email"], name=row["name"], role=Role(name=row["role"]), external_id=row["source_id"])
    source_id = row["source_id"]
    return Write(
        WriteKey("users", source_id, "create"), "POST", "/api/users", user.body(), (Outcome(source_id, "created"),)
    )
