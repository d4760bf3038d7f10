"""What reading and deleting one row by its id is, for objects that nothing else hangs on.

It belongs here: both operations. It does not: objects whose deletion takes others along (their own modules).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Handler, Reply
from sandbox.gorgias.table import Record, Table


def read_of(table: Callable[[Account], Table], shown: Callable[[Record], dict[str, Any]]) -> Handler:
    return lambda account, call: Reply(200, shown(table(account).require(call.params["id"])))


def delete_of(table: Callable[[Account], Table], object_type: str) -> Handler:
    """Deletes it for good, and tells so in an event of its type."""

    def delete(account: Account, call: Call) -> Reply:
        row = table(account).require(call.params["id"])
        table(account).remove(row["id"])
        account.event(f"{object_type.lower()}-deleted", object_type, row["id"])
        return Reply(204)

    return delete
