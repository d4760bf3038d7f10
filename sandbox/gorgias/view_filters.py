"""The filters of a ticket view, read and applied: `eq(ticket.status, "open") && gte(ticket.updated_datetime, '...')`.

It belongs here: the part of the language that is known from public clients: comparisons joined by `&&`. It does not:
storing views (operations/views.py). Anything else is said to be not served, and never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.errors import ApiError
from sandbox.gorgias.moments import stored
from sandbox.gorgias.table import Record

_CALL = re.compile(r"\s*(\w+)\(\s*ticket\.([\w.]+)\s*(?:,\s*(.+?)\s*)?\)\s*")
_PLAIN = {
    *("id", "status", "priority", "channel", "via", "language", "subject", "external_id", "spam", "from_agent"),
    *(f"{name}_datetime" for name in ("created", "opened", "closed", "updated", "trashed", "snooze")),
    *("last_message_datetime", "last_received_message_datetime"),
}
_LINKED = {"customer.id": "customer_id", "assignee_user.id": "assignee_user_id", "assignee_team.id": "assignee_team_id"}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda held, given: held == given,
    "neq": lambda held, given: held != given,
    "gt": lambda held, given: held is not None and held > given,
    "gte": lambda held, given: held is not None and held >= given,
    "lt": lambda held, given: held is not None and held < given,
    "lte": lambda held, given: held is not None and held <= given,
    "contains": lambda held, given: str(given).lower() in str(held or "").lower(),
    "containsAny": lambda held, given: bool(set(held or []) & set(given)),
    "containsAll": lambda held, given: set(given) <= set(held or []),
    "notContainsAny": lambda held, given: not set(held or []) & set(given),
    "isEmpty": lambda held, _: held in (None, "", []),
    "notEmpty": lambda held, _: held not in (None, "", []),
}

Test = Callable[[Record], bool]


def read_filters(account: Account, text: str | None) -> Test:
    """The test of one view; an empty filter takes every ticket.

    Raises:
        ApiError: 501 for what the sandbox does not read.
    """
    tests = [_one(account, part) for part in (text or "").split("&&") if part.strip()]
    return lambda ticket: all(test(ticket) for test in tests)


def view_order(view: Record) -> str:
    """How a view's rows are sorted, as lists name it."""
    name, direction = view.get("order_by") or "updated_datetime", view.get("order_dir") or "desc"
    return f"{name if name.endswith('_datetime') else 'updated_datetime'}:{direction}"


def _one(account: Account, text: str) -> Test:
    found = _CALL.fullmatch(text)
    if not found or found[1] not in _COMPARED:
        raise ApiError(501, "The sandbox does not serve a view with such a filter.")
    compare, given = _COMPARED[found[1]], _value(found[3])
    if found[2] in _PLAIN:
        given = stored(given) if found[2].endswith("_datetime") and isinstance(given, str) else given
        return lambda ticket: compare(ticket.get(found[2]), given)
    if found[2] in _LINKED:
        name = _LINKED[found[2]]
        return lambda ticket: compare(ticket[name], given)
    if found[2] == "tags.name":
        return lambda ticket: compare([account.tags.rows[tag]["name"] for tag in ticket["tag_ids"]], given)
    raise ApiError(501, f"The sandbox does not serve a view that filters by ticket.{found[2]}.")


def _value(text: str | None) -> Any:
    if text is None:
        return None
    if text[0] == text[-1] == "'":
        return text[1:-1]
    try:
        return json.loads(text.replace("'", '"') if text.startswith("[") else text)
    except ValueError:
        raise ApiError(501, "The sandbox does not serve a view with such a value.") from None
