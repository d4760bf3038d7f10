"""Search: agents, customers, teams, tags, integrations; never tickets or messages (gorgias-api.md 10)."""

from __future__ import annotations

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.operations import automations, customers, tags, teams, users
from sandbox.gorgias.table import Record

DEFAULT_SIZE = 10


@serves("search")
def search(account: Account, call: Call) -> Reply:
    """Substring of name, e-mail or channel address, without regard to case."""
    query = (call.body.get("query") or "").lower()
    size = call.body.get("size", DEFAULT_SIZE)
    match call.body["type"]:
        case "agent":
            data = [users.shown(row) for row in account.users if _matches(row, query)]
        case "team":
            data = [teams.shown(account, row) for row in account.teams if _matches(row, query)]
        case "tag":
            data = [tags.shown(account, row) for row in account.tags if _matches(row, query)]
        case "integration":
            data = [automations.shown_integration(row) for row in account.integrations if _matches(row, query)]
        case _:
            hidden = account.customers.hidden
            found = (row for row in account.customers if row["id"] not in hidden)
            data = [customers.full(account, row) for row in found if _matches(row, query)]
    return Reply(201, {"object": "list", "data": data[:size]})


def _matches(row: Record, query: str) -> bool:
    addresses = [channel["address"] for channel in row.get("channels", ())]
    return any(query in (text or "").lower() for text in (row["name"], row.get("email"), *addresses))
