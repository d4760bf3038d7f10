"""Events: read-only; nobody can create or delete one (gorgias-api.md 10)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.moments import stored
from sandbox.gorgias.operations.single_rows import read_of
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def shown(event: Record) -> dict[str, Any]:
    return {**event, "uri": f"/api/events/{event['id']}/"}


@serves("list-events")
def list_events(account: Account, call: Call) -> Reply:
    query = call.query
    rows = None
    if "object_id" in query:
        if "object_type" not in query:
            raise invalid("object_type", "Missing data for required field.")
        rows = account.events.by("object", (query["object_type"], query["object_id"]))
    bounds = [
        (compare, stored(query[f"created_datetime[{name}]"]))
        for name, compare in COMPARISONS.items()
        if f"created_datetime[{name}]" in query
    ]

    def keep(event: Record) -> bool:
        return (
            query.get("object_type", event["object_type"]) == event["object_type"]
            and event["type"] in query.get("types", [event["type"]])
            and event["user_id"] in query.get("user_ids", [event["user_id"]])
            and all(compare(event["created_datetime"], bound) for compare, bound in bounds)
        )

    filters = bounds or {"object_type", "types", "user_ids"} & set(query)
    return listed(account, call, account.events, shown, rows=rows, keep=keep if filters else None)


serves("get-event")(read_of(lambda account: account.events, shown))
