"""One load of users: who is matched, made or left out. It does not belong here: a user's request (users.py)."""

from checks.refusal import refusal
from migration_assets.gorgias.load.users import FALLBACK, user_refusals, user_write, users_how, users_made
from migration_assets.gorgias.load.written_definitions import enter_definitions
from migration_assets.gorgias.load_step import LoadResult, merged
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
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.set_aside import first_set_aside
from resources.ledger import Outcome


def load_users(step: TargetStep) -> LoadResult:
    """Agents, matched by e-mail; stubs for inactive owners of records, as decided or as the account allows.

    Active users that are missing in Gorgias stop the load until it is decided whether to create them; so do people that
    only records name, and users that Gorgias refuses to make, because each of them owns records.
    """
    context, warehouse, ledger = step.context, step.warehouse, step.ledger
    unknown, choice = ledger.decisions.decision(UNKNOWN_USERS), ledger.decisions.decision(MISSING_USERS)
    users = list(step.gorgias.reader.rows("/api/users"))
    found = people(warehouse, users, match=unknown == "match")
    open_points = [
        point for point in people_points(warehouse, ledger, users) if ledger.decisions.decision(point.topic) is None
    ]
    if open_points:
        rows = [PointDecision(point, "", "not decided") for point in open_points]
        raise closed(remedy(rows, delta=False), len(rows))
    about_stubs = ledger.decisions.decision(STUB_USERS)
    stubs = [] if about_stubs == FALLBACK else found.left + (found.unknown if unknown == "stubs" else [])
    agents = found.missing if choice == "create" else []
    matched = [
        (user_write(row), found.known[row["source_id"]])
        for row in staged_people(warehouse)
        if row["source_id"] in found.known
    ]
    with loading(step) as writer:
        writer.adopt(matched)
        # Those who work come first: a seat that a stub takes is one less for them.
        tallies = [users_made(context, writer, agents), users_made(context, writer, stubs)]
    tally = merged(tallies)
    asked = tally.refused if about_stubs == "create" else tallies[0].refused
    if asked and ledger.decisions.decision(REFUSED_USERS) is None:
        raise refusal(user_refusals(ledger, asked))
    if tallies[1].refused:
        context.log.warning(
            f"{len(tallies[1].refused)} of {len(stubs)} users for colleagues who left were refused (no seat is free?): "
            "their tickets stay unassigned with the owner in meta (ivinex_owner), their messages name their author. "
            f"To ask for a seat instead decide {STUB_USERS}: {users_how('create')}."
        )
    enter_definitions(
        warehouse,
        ledger,
        "users",
        [(row, user_write(row)) for row in staged_people(warehouse) if row["email"]],
    )
    left_out = found.missing if choice == "fallback" else []
    left_out = left_out + (found.unknown if unknown != "stubs" or about_stubs == FALLBACK else [])
    left_out = left_out + (found.left if about_stubs == FALLBACK else [])
    if left_out:
        skipped = [Outcome(row["source_id"], "skipped", "no Gorgias user: fallback") for row in left_out]
        ledger.outcomes.record_outcomes("users", "load", skipped)
    return tally, {
        "matched": len(found.known),
        "missing": len(found.missing),
        "unknown": len(found.unknown),
        "stubs": stub_choice(ledger),
        **first_set_aside(ledger, ["users"]),
    }
