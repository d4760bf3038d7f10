"""Gorgias users: active Ivinex users are found by e-mail, inactive ones that own records become stubs.

A user is created only where that was decided: `POST /api/users` probably mails an invitation (gorgias-api.md 6.2).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from migration_assets.gorgias import checks
from migration_assets.gorgias.load.written_definitions import enter_definitions
from migration_assets.gorgias.load_step import apply_writes, merged, result
from migration_assets.gorgias.preflight.decisions import PointDecision, remedy
from migration_assets.gorgias.preflight.loading import closed, loading
from migration_assets.gorgias.preflight.people_points import (
    MISSING_USERS,
    REFUSED_USERS,
    STUB_USERS,
    UNKNOWN_USERS,
    people,
    people_points,
    staged_people,
    stub_choice,
)
from migration_assets.set_aside import first_set_aside
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import Role, User
from resources.gorgias.writer.write import Tally, Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger, LedgerResource, Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse, WarehouseResource

FALLBACK = "fallback"


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "users"]),
        dg.AssetKey(["gorgias", "preflight"]),
        dg.AssetKey(["gorgias", "account_before"]),
    ],
    check_specs=[checks.USERS.check.spec],
)
def users(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Agents, matched by e-mail; stubs for inactive owners of records, as decided or as the account allows.

    Active users that are missing in Gorgias stop the load until it is decided whether to create them; so do people that
    only records name, and users that Gorgias refuses to make, because each of them owns records.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    unknown, choice = open_ledger.decision(UNKNOWN_USERS), open_ledger.decision(MISSING_USERS)
    users = list(gorgias.reader.rows("/api/users"))
    found = people(open_warehouse, users, match=unknown == "match")
    open_points = [
        point
        for point in people_points(open_warehouse, open_ledger, users)
        if open_ledger.decision(point.topic) is None
    ]
    if open_points:
        rows = [PointDecision(point, "", "not decided") for point in open_points]
        raise closed(remedy(rows, delta=False), len(rows))
    about_stubs = open_ledger.decision(STUB_USERS)
    stubs = [] if about_stubs == FALLBACK else found.left + (found.unknown if unknown == "stubs" else [])
    agents = found.missing if choice == "create" else []
    matched = [
        (_write(row), found.known[row["source_id"]])
        for row in staged_people(open_warehouse)
        if row["source_id"] in found.known
    ]
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        writer.adopt(matched)
        # Those who work come first: a seat that a stub takes is one less for them.
        tallies = [_made(context, writer, open_ledger, agents), _made(context, writer, open_ledger, stubs)]
    tally = merged(tallies)
    asked = tally.refused if about_stubs == "create" else tallies[0].refused
    if asked and open_ledger.decision(REFUSED_USERS) is None:
        raise dg.Failure(_refusals(open_ledger, asked), allow_retries=False)
    if tallies[1].refused:
        context.log.warning(
            f"{len(tallies[1].refused)} of {len(stubs)} users for colleagues who left were refused (no seat is free?): "
            "their tickets stay unassigned with the owner in meta (ivinex_owner), their messages name their author. "
            f"To ask for a seat instead decide {STUB_USERS}: {_how('create')}."
        )
    enter_definitions(
        open_warehouse,
        open_ledger,
        "users",
        [(row, _write(row)) for row in staged_people(open_warehouse) if row["email"]],
    )
    left_out = found.missing if choice == "fallback" else []
    left_out = left_out + (found.unknown if unknown != "stubs" or about_stubs == FALLBACK else [])
    left_out = left_out + (found.left if about_stubs == FALLBACK else [])
    if left_out:
        skipped = [Outcome(row["source_id"], "skipped", "no Gorgias user: fallback") for row in left_out]
        open_ledger.record_outcomes("users", "load", skipped)
    return result(
        tally,
        [checks.USERS.report(context, warehouse.get(), open_ledger)],
        matched=len(found.known),
        missing=len(found.missing),
        unknown=len(found.unknown),
        stubs=stub_choice(open_ledger),
        **first_set_aside(open_ledger, ["users"]),
    )


def writes(warehouse: Warehouse, ledger: Ledger) -> Iterator[Write]:
    """One create per user that was made or found; one that is left to the fallback user is none."""
    known = ledger.gorgias_ids("users")
    for row in staged_people(warehouse):
        stub = (
            row["disposition"] == "stub"
            and ledger.decision(STUB_USERS) != FALLBACK
            and (not row["unknown"] or ledger.decision(UNKNOWN_USERS) == "stubs")
        )
        wanted = stub or (row["disposition"] == "match" and ledger.decision(MISSING_USERS) == "create")
        if wanted or row["source_id"] in known:
            yield _write(row)


def _made(context: dg.AssetExecutionContext, writer: Writer, ledger: Ledger, rows: list[dict[str, Any]]) -> Tally:
    writes = [_write(row) for row in rows]
    return apply_writes(context, writer, ledger, "gorgias/users", len(writes), writes)


def _how(choice: str) -> str:
    return (
        f"in the UI with the job decide_preflight (topic {STUB_USERS}, choice {choice}), or with `migrate preflight "
        f"decide {STUB_USERS} {choice} --by NAME`"
    )


def _refusals(ledger: Ledger, source_ids: list[str]) -> str:
    rows = ledger.quarantined()
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
