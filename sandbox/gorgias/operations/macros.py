"""Macros: stored, listed and archived; none is ever applied (gorgias-api.md 10)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import ApiError
from sandbox.gorgias.operations.single_rows import delete_of, read_of
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record

_UNSERVED = ("relevance", "usage", "language")


def _shown(macro: Record) -> dict[str, Any]:
    shown = {name: value for name, value in macro.items() if name != "intent" or value}
    return {**shown, "uri": f"/api/macros/{macro['id']}/"}


@serves("list-macros")
def list_macros(account: Account, call: Call) -> Reply:
    query = call.query
    if str(query.get("order_by", "")).startswith(_UNSERVED):
        raise ApiError(501, f"The sandbox does not serve list-macros by {query['order_by']}.")
    words, languages = (query.get("search") or "").lower(), query.get("languages")

    def keep(macro: Record) -> bool:
        return (
            bool(macro["archived_datetime"]) is bool(query.get("archived"))
            and words in macro["name"].lower()
            and (not languages or macro["language"] in languages)
        )

    return listed(account, call, account.macros, _shown, keep=keep, default_order="name:asc")


@serves("create-macro")
def create_macro(account: Account, call: Call) -> Reply:
    now = account.now()
    empty: dict[str, Any] = {"external_id": None, "intent": None, "language": None, "actions": []}
    times = {"created_datetime": now, "updated_datetime": now, "archived_datetime": None}
    macro = account.macros.add({"id": None, **empty, "usage": 0, **call.fields(), **times})
    account.event("macro-created", "Macro", macro["id"])
    return Reply(201, _shown(macro))


serves("get-macro")(read_of(lambda account: account.macros, _shown))


@serves("update-macro")
def update_macro(account: Account, call: Call) -> Reply:
    macro = account.macros.require(call.params["id"])
    _change(account, macro, call.fields())
    return Reply(202, _shown(macro))


serves("delete-macro")(delete_of(lambda account: account.macros, "Macro"))


@serves("bulk-archive-macros")
def archive(account: Account, call: Call) -> Reply:
    return _archived(account, call, account.now(), ("archived", "already_archived"))


@serves("bulk-unarchive-macros")
def unarchive(account: Account, call: Call) -> Reply:
    return _archived(account, call, None, ("unarchived", "already_not_archived"))


def _archived(account: Account, call: Call, at: str | None, words: tuple[str, str]) -> Reply:
    """One line for each id; `words` for what was done, and for what was so before."""
    lines = []
    for number in call.body["ids"]:
        macro = account.macros.get(number)
        status = "not_found" if macro is None else words[bool(macro["archived_datetime"]) is bool(at)]
        if macro is not None and status == words[0]:
            _change(account, macro, {"archived_datetime": at})
        lines.append({"id": number, "status": status})
    return Reply(202, {"data": lines})


def _change(account: Account, macro: Record, changes: dict[str, Any]) -> None:
    macro.update(changes, updated_datetime=account.now())
    account.macros.save(macro)
    account.event("macro-updated", "Macro", macro["id"])
