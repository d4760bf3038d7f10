"""A saved view of Ivinex as the nearest Gorgias view: filters, columns, order. Pure.

It belongs here: what a view can hold (gorgias-api.md 10). It does not: single conditions (conditions.py) and the
document (saved_views_guide.py).
"""

from __future__ import annotations

from typing import Any

from migration_assets.handoff.rebuild_guide.conditions import translate
from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.ivinex.exports.saved_view_model import SavedView

COLUMNS = {
    "status": "status",
    "priority": "priority",
    "assignee": "assignee",
    "tags": "tags",
    "subject": "subject",
    "contact": "customer",
    "created": "created",
    "modified": "updated",
    "closed": "closed",
}
"""Standard target -> column of a view; there is no column for a custom field."""
ORDERS = {
    "created": "created_datetime",
    "modified": "updated_datetime",
    "closed": "closed_datetime",
    "priority": "priority",
}
FALLBACK_ORDER = ("updated_datetime", "desc")


def suggest_view(view: SavedView, places: TargetLocations) -> dict[str, Any]:
    """The view as `POST /api/views` takes it (name, filters, fields, order_by, order_dir), and what is not in it."""
    if places.role(view.tab) != "ticket":
        return {
            "fit": "none",
            "criteria": [],
            "cannot": [
                f"it lists records of the tab {view.tab}, and a Gorgias view lists tickets only. Nearest: search "
                "customers in Gorgias, or export them and filter the list"
            ],
        }
    tests = [translate(condition, view.tab, places, in_view=True) for condition in view.criteria]
    cannot = [f"criterion '{test.source}': {test.cannot}" for test in tests if test.cannot]
    fields, lost = _columns(view, places)
    order, direction, unsorted = _order(view, places)
    if lost:
        cannot.append(f"columns that a view does not have: {', '.join(lost)}")
    if unsorted:
        cannot.append(unsorted)
    body = {
        "name": view.name,
        "type": "ticket-list",
        "filters": " && ".join(test.expression for test in tests if test.expression),
        "fields": fields,
        "order_by": order,
        "order_dir": direction,
    }
    wider = any(test.cannot for test in tests)
    fit = "full" if not cannot else "wider" if wider else "partly"
    return {"fit": fit, "view": body, "criteria": [test.as_dict() for test in tests], "cannot": cannot}


def _columns(view: SavedView, places: TargetLocations) -> tuple[list[str], list[str]]:
    found, lost = ["details"], []
    for name in view.columns:
        kinds = [place.kind for place in places.find(view.tab, name)]
        column = next((COLUMNS[kind] for kind in kinds if kind in COLUMNS), None)
        if column is None:
            lost.append(name)
        elif column not in found:
            found.append(column)
    return found, lost


def _order(view: SavedView, places: TargetLocations) -> tuple[str, str, str]:
    """(order_by, order_dir, what cannot be said)."""
    if view.order_by is None:
        return *FALLBACK_ORDER, ""
    kinds = [place.kind for place in places.find(view.tab, view.order_by.field)]
    order = next((ORDERS[kind] for kind in kinds if kind in ORDERS), None)
    if order is None:
        why = f"a view cannot be sorted by {view.order_by.field}; it is sorted by the last update instead"
        return *FALLBACK_ORDER, why
    return order, "desc" if view.order_by.descending else "asc", ""
