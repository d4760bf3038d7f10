"""Views are stored and shown; their filters are not evaluated."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import not_found
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record


def shown(view: Record) -> dict[str, Any]:
    return {**view, "uri": f"/api/views/{view['id']}/"}


def view_or_404(account: Account, view_id: int) -> Record:
    view = account.views.get(view_id)
    if view is None:
        raise not_found()
    return view


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


@serves("get-view")
def get_view(account: Account, call: Call) -> Reply:
    return Reply(200, shown(view_or_404(account, call.params["id"])))


@serves("update-view")
def update_view(account: Account, call: Call) -> Reply:
    view = view_or_404(account, call.params["id"])
    view.update(call.fields())
    account.views.save(view)
    account.event("view-updated", "View", view["id"])
    return Reply(202, shown(view))


@serves("delete-view")
def delete_view(account: Account, call: Call) -> Reply:
    view = view_or_404(account, call.params["id"])
    account.views.remove(view["id"])
    account.event("view-deleted", "View", view["id"])
    return Reply(204)
