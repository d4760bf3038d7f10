"""Views: stored and shown, and the tickets that their filters take (view_filters.py)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.operations.single_rows import delete_of, read_of
from sandbox.gorgias.operations.ticket_views import compact
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record
from sandbox.gorgias.view_filters import read_filters, view_order


def shown(view: Record) -> dict[str, Any]:
    return {**view, "uri": f"/api/views/{view['id']}/"}


@serves("list-views")
def list_views(account: Account, call: Call) -> Reply:
    wanted = call.query.get("category")
    keep = (lambda row: row.get("category") == wanted) if wanted else None
    return listed(account, call, account.views, shown, keep=keep, default_order="created_datetime:asc")


@serves("create-view")
def create_view(account: Account, call: Call) -> Reply:
    view = account.views.add({"id": None, **call.fields(), "created_datetime": account.now()})
    account.event("view-created", "View", view["id"])
    return Reply(201, shown(view))


serves("get-view")(read_of(lambda account: account.views, shown))


@serves("update-view")
def update_view(account: Account, call: Call) -> Reply:
    view = account.views.require(call.params["id"])
    view.update(call.fields())
    account.views.save(view)
    account.event("view-updated", "View", view["id"])
    return Reply(202, shown(view))


serves("delete-view")(delete_of(lambda account: account.views, "View"))


@serves("list-view-items")
def list_view_items(account: Account, call: Call) -> Reply:
    return Reply(200, _items(account, call, account.views.require(call.params["view_id"])))


@serves("update-view-items")
def update_view_items(account: Account, call: Call) -> Reply:
    """The items of a view that is not stored: id 0, and the view in the body."""
    given = call.body.get("view")
    if call.params["view_id"] and not given:
        return Reply(202, _items(account, call, account.views.require(call.params["view_id"])))
    if not given:
        raise invalid("view", "Missing data for required field.")
    return Reply(202, _items(account, call, {"id": call.params["view_id"], **given}))


def _items(account: Account, call: Call, view: Record) -> dict[str, Any]:
    """One page; what comes before and behind it are addresses, not cursors (gorgias-api.md 3)."""
    takes = read_filters(account, view.get("filters"))
    page = listed(
        account,
        call,
        account.tickets,
        lambda ticket: {name: value for name, value in compact(account, ticket).items() if value is not None},
        keep=lambda ticket: ticket["trashed_datetime"] is None and takes(ticket),
        default_order=view_order(view),
    ).body
    ends = {"prev": page["data"][:1], "next": page["data"][-1:]}
    meta = {}
    for direction, rows in ends.items():
        if cursor := page["meta"][f"{direction}_cursor"]:
            query = urlencode({"cursor": cursor, "direction": direction, "ignored_item": rows[0]["id"]})
            meta[f"{direction}_items"] = f"/api/views/{view['id']}/items/?{query}"
    return {"data": page["data"], "meta": meta}
