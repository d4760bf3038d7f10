"""People of Ivinex for whom a user would have to be made, or of whom nobody knows who they are.

A user made by API is probably mailed an invitation and takes a seat (gorgias-api.md 6.2), so nobody is made by
accident. It belongs here: who they are, and the points. It does not: making users (load/users.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from migration_assets.gorgias.preflight.point import Effect, Point
from resources.ledger import Ledger
from resources.warehouse import Warehouse

MISSING_USERS = "missing_users"
"""Decision topic: what to do with active Ivinex users that Gorgias does not know: create | fallback."""
REFUSED_USERS = "refused_users"
"""Decision topic: what to do where Gorgias refuses to make a user (seats, role): fallback."""
UNKNOWN_USERS = "unknown_users"
"""Decision topic: what to do with ids in records that users.csv does not name: match | fallback | stubs."""
STUB_USERS = "stub_users"
"""Decision topic: users for colleagues who left and own records: create | fallback. Undecided, as many are made as the
account lets us: no call shows how many seats are free, so where one is refused the rest stay with the fallback user.
"""
SHOWN = 20
_STAGED = """
    SELECT s.*, coalesce(u.origin = 'harvested', false) AS unknown, u.username
    FROM staging.users s LEFT JOIN ivinex.users u USING (source_id) ORDER BY s.source_id
"""


@dataclass(frozen=True)
class People:
    """Staged users, by what is to become of each.

    Attributes:
        known: source id -> Gorgias id, found by e-mail; of an unknown one by username, where that was decided.
        missing: active, and not in Gorgias.
        unknown: named by records only, and not matched.
        left: inactive owners of records, who become stubs.
    """

    known: dict[str, int]
    missing: list[dict[str, Any]]
    unknown: list[dict[str, Any]]
    left: list[dict[str, Any]]


def people(warehouse: Warehouse, users: Iterable[dict[str, Any]], *, match: bool) -> People:
    """
    Args:
        users: those of Gorgias.
        match: look for unknown ones by the username that Ivinex shows.
    """
    users = list(users)
    by_email = {str(row.get("email") or "").lower(): int(row["id"]) for row in users}
    by_name = _by_username(users) if match else {}
    sorted_out = People({}, [], [], [])
    for row in staged_people(warehouse):
        found = by_email.get(str(row["email"] or "").lower()) if row["email"] else None
        if found is None and row["unknown"] and row["username"]:
            found = by_name.get(str(row["username"]).casefold())
        if found is not None and row["disposition"] != "unused":
            sorted_out.known[row["source_id"]] = found
        elif row["disposition"] == "match":
            sorted_out.missing.append(row)
        elif row["disposition"] == "stub":
            (sorted_out.unknown if row["unknown"] else sorted_out.left).append(row)
    return sorted_out


def people_points(warehouse: Warehouse, ledger: Ledger, users: Iterable[dict[str, Any]]) -> Iterator[Point]:
    """What is to be decided about people; nothing where all are known."""
    users = list(users)
    decided = ledger.decisions.decision(UNKNOWN_USERS)
    found = people(warehouse, users, match=decided == "match")
    made = set(ledger.known_writes.gorgias_ids("users"))
    unknown = [row for row in found.unknown if row["source_id"] not in made]
    missing = [row for row in found.missing if row["source_id"] not in made]
    if unknown and decided is None:
        told = (
            f"{len(unknown)} people are named by records and by no users.csv ({_ids(unknown)}): nobody knows whether "
            "they still work here. Give the file (docs/admin-exports.md) and read again (the job discover, or `migrate "
            "discover`), or decide: match (by the username that Ivinex's classic calls show; who is not found carries "
            "the fallback user), fallback (all of them), or stubs (a user without a mailbox for each, which takes a "
            "seat)"
        )
        yield Point(
            UNKNOWN_USERS, told, (Effect.mail,), len(unknown), ("match", "fallback", "stubs"), own_topic=UNKNOWN_USERS
        )
    if missing and ledger.decisions.decision(MISSING_USERS) is None:
        told = (
            f"{len(missing)} active Ivinex users have no user in Gorgias: {_ids(missing)}. Let an admin create them "
            "there, or decide: create (by API; Gorgias probably mails them an invitation) or fallback (their tickets "
            "stay unassigned, their messages carry the fallback user)"
        )
        yield Point(MISSING_USERS, told, (Effect.mail,), len(missing), ("create", "fallback"), own_topic=MISSING_USERS)


def staged_people(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Rows of staging.users, each with whether only records name it, and its username."""
    if not warehouse.exists("staging.users"):
        return []
    if warehouse.exists("ivinex.users"):
        return warehouse.rows(_STAGED)
    rows = warehouse.rows("SELECT * FROM staging.users ORDER BY source_id")
    return [row | {"unknown": False, "username": None} for row in rows]


def stub_choice(ledger: Ledger) -> str:
    """What becomes of stubs, for people: as decided, or the default."""
    return ledger.decisions.decision(STUB_USERS) or "as the account allows: made while seats are free, else fallback"


def _by_username(users: Iterable[dict[str, Any]]) -> dict[str, int]:
    """What a username may be in Gorgias: an address, what stands before its @, or a name. Two holders are none."""
    found: dict[str, set[int]] = {}
    for row in users:
        email, name = str(row.get("email") or "").casefold(), str(row.get("name") or "").casefold()
        for key in {email, email.partition("@")[0], name} - {""}:
            found.setdefault(key, set()).add(int(row["id"]))
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}


def _ids(rows: list[dict[str, Any]]) -> str:
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return ", ".join(row["source_id"] for row in rows[:SHOWN]) + more
