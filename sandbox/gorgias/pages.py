"""Cursor pagination in the documented envelope (gorgias-api.md 3)."""

from __future__ import annotations

import base64
import binascii
import bisect
from collections.abc import Callable
from typing import Any

import orjson

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.table import Record, Table, sort_key

DEFAULT_LIMIT = 30

Render = Callable[[Record], dict[str, Any]]
Filter = Callable[[Record], bool]


def listed(
    account: Account,
    call: Call,
    table: Table,
    render: Render,
    *,
    rows: list[Record] | None = None,
    keep: Filter | None = None,
    default_order: str = "created_datetime:desc",
) -> Reply:
    """One page of a table.

    Args:
        rows: what an index already found; None means the whole table.
        keep: a further filter.
    """
    attribute, _, direction = call.query.get("order_by", default_order).split(",")[0].partition(":")
    descending = direction == "desc"
    filtered = rows is not None or keep is not None
    order = table.ordered(attribute) if rows is None else sorted(sort_key(row, attribute) for row in rows)
    shown = _shown(account, table, filtered)
    if keep or table.hidden:
        order = [key for key in order if shown(key[1]) and (keep is None or keep(table.rows[key[1]]))]
    limit = call.query.get("limit", DEFAULT_LIMIT)
    start, stop = _window(account, order, call.query.get("cursor"), limit, descending)
    page = order[start:stop]
    if descending:
        page = page[::-1]
    data = [render(table.rows[key[1]]) for key in page]
    before, behind = (start > 0, stop < len(order))
    if descending:
        before, behind = behind, before
    meta = {
        "prev_cursor": _cursor(account, "prev", page[0]) if before and page else None,
        "next_cursor": _cursor(account, "next", page[-1]) if behind and page else None,
    }
    uri = call.path.rstrip("/") + "/" + (f"?{call.query_text}" if call.query_text else "")
    return Reply(200, {"object": "list", "uri": uri, "data": data, "meta": meta})


def _shown(account: Account, table: Table, filtered: bool) -> Callable[[int], bool]:
    now = account.clock()
    for record_id in [key for key, (until, _) in table.hidden.items() if until <= now]:
        del table.hidden[record_id]
    return lambda record_id: record_id not in table.hidden or not (filtered or table.hidden[record_id][1])


def _window(
    account: Account, order: list[tuple[str, int]], cursor: str | None, limit: int, descending: bool
) -> tuple[int, int]:
    """Positions in the ascending order that make up the page."""
    forward, position = ("next", None) if cursor is None else _read(account, cursor)
    ahead = (forward == "next") != descending
    if position is None:
        return (max(0, len(order) - limit), len(order)) if descending else (0, limit)
    if ahead:
        start = bisect.bisect_right(order, position)
        return start, start + limit
    stop = bisect.bisect_left(order, position)
    return max(0, stop - limit), stop


def _cursor(account: Account, direction: str, key: tuple[str, int]) -> str:
    """Opaque to clients; the form is the recorded one: base64 of [direction, sort value, id]."""
    content: list[Any] = [direction, *key]
    if account.switches["G-30"] is not None:
        content.append(account.clock())
    return base64.b64encode(orjson.dumps(content)).decode()


def _read(account: Account, cursor: str) -> tuple[str, tuple[str, int]]:
    try:
        direction, value, record_id, *made_at = orjson.loads(base64.b64decode(cursor, validate=True))
        position = (str(value), int(record_id))
    except (binascii.Error, ValueError, TypeError):
        raise invalid("cursor", "Invalid cursor.") from None
    if made_at and account.clock() - made_at[0] > account.switches["G-30"]:
        raise invalid("cursor", "Expired cursor.")
    return direction, position
