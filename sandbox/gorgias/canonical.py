"""The account as one canonical JSON document, for tests to look at and for two runs to be compared.

The plain form holds ids and times as they are. The canonical form leaves out what the server made up (ids,
its own clock) and refers to everything by what a person would call it: external id, e-mail, name, label.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson

from sandbox.gorgias.account import Account
from sandbox.gorgias.operations.ticket_views import messages_of
from sandbox.gorgias.table import Record

SERVER_MADE = {
    "id",
    "ticket_id",
    "processed_datetime",
    "data_version",
    "due",
    "path",
}
SERVER_TIMES = {"created_datetime", "updated_datetime"}
"""The server's own clock on everything but tickets and messages."""

UPLOAD_URL = re.compile(r"https?://[^/\s\"'<>]+(?=/(?:api/\w+/download|_files)/)")


def state(account: Account, *, canonical: bool) -> bytes:
    """The document, keys sorted; two accounts holding the same give equal bytes in the canonical form."""
    document = _canonical(account) if canonical else _plain(account)
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)


def _plain(account: Account) -> dict[str, Any]:
    def rows(records: Iterable[Record]) -> list[Record]:
        return sorted(records, key=lambda record: record["id"])

    return {
        "customers": rows(account.customers),
        "users": rows(account.users),
        "teams": rows(account.teams),
        "tags": rows(account.tags),
        "custom_fields": rows(account.custom_fields),
        "tickets": [
            {**ticket, "messages": rows(account.messages.by("ticket_id", ticket["id"]))}
            for ticket in rows(account.tickets)
        ],
        "events": Counter(event["type"] for event in account.events),
        "files": [_file(file) | {"url": _file_url(file)} for file in rows(account.files)],
        "rules": rows(account.rules),
        "integrations": rows(account.integrations),
        "settings": rows(account.settings),
        "jobs": rows(account.jobs),
        "satisfaction_surveys": rows(account.surveys),
        "views": rows(account.views),
        "merged_customers": {str(row["id"]): row["into"] for row in account.merges},
    }


def _file(file: Record) -> dict[str, Any]:
    return {name: file[name] for name in ("id", "name", "size", "sha256", "content_type")}


def _file_url(file: Record) -> str:
    kind, rest = file["path"].split("/", 1)
    return f"/api/{kind}/download/{rest}"


class _Names:
    """What each object is called in the canonical form."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def person(self, person_id: int | None) -> str | None:
        customer = self._account.customers.get(person_id)
        if customer is not None:
            return "customer " + self.customer(customer)
        user = self._account.users.get(person_id)
        return None if user is None else f"user {user['email']}"

    def customer(self, customer: Record) -> str:
        first = customer["channels"][0]["address"] if customer["channels"] else ""
        return str(customer["external_id"] or customer["email"] or first)

    def user(self, user_id: int | None) -> str | None:
        user = self._account.users.get(user_id)
        return None if user is None else str(user["email"])

    def team(self, team_id: int | None) -> str | None:
        team = self._account.teams.get(team_id)
        return None if team is None else str(team["name"])

    def values(self, owner: Record) -> dict[str, Any]:
        fields = self._account.custom_fields.rows
        return {fields[int(field_id)]["label"]: value for field_id, value in owner["custom_fields"].items()}


def _canonical(account: Account) -> dict[str, Any]:
    names = _Names(account)
    labels = {tag["id"]: tag["name"] for tag in account.tags}
    return {
        "customers": _sorted(
            {
                **_bare(row),
                "channels": sorted(row["channels"], key=lambda item: (item["type"], item["address"])),
                "custom_fields": names.values(row),
            }
            for row in account.customers
        ),
        "users": _sorted(_bare(row) for row in account.users),
        "teams": _sorted(
            {**_bare(row, "member_ids"), "members": sorted(str(names.user(user)) for user in row["member_ids"])}
            for row in account.teams
        ),
        # colours are drawn by the order of creation
        "tags": _sorted(_bare(row, "decoration") for row in account.tags),
        "custom_fields": _sorted(_bare(row, "priority") for row in account.custom_fields),
        "tickets": _sorted(_ticket(account, names, labels, row) for row in account.tickets),
        "files": _sorted(_bare(_file(row)) for row in account.files),
        "rules": _sorted(_bare(row) for row in account.rules),
        "integrations": _sorted(_bare(row) for row in account.integrations),
        "settings": _sorted(_bare(row) for row in account.settings),
        "satisfaction_surveys": _sorted(
            {**_bare(row, "customer_id"), "customer": names.person(row["customer_id"])} for row in account.surveys
        ),
        "views": _sorted(_bare(row) for row in account.views),
    }


def _bare(row: Record, *left_out: str) -> Record:
    dropped = SERVER_MADE | SERVER_TIMES | set(left_out)
    return {key: value for key, value in row.items() if key not in dropped}


def _ticket(account: Account, names: _Names, labels: dict[int, str], ticket: Record) -> Record:
    references = {"customer_id", "assignee_user_id", "assignee_team_id", "tag_ids"}
    out = {key: value for key, value in ticket.items() if key not in SERVER_MADE | references}
    out["customer"] = names.person(ticket["customer_id"])
    out["assignee_user"] = names.user(ticket["assignee_user_id"])
    out["assignee_team"] = names.team(ticket["assignee_team_id"])
    out["tags"] = sorted(labels[tag_id] for tag_id in ticket["tag_ids"])
    out["custom_fields"] = names.values(ticket)
    out["messages"] = [_message(names, message) for message in messages_of(account, ticket)]
    if ticket["updated_datetime"] and ticket["updated_datetime"] >= ticket["processed_datetime"]:
        # the server's clock at the create or later: not a time that a migration gave
        out["updated_datetime"] = "server"
    return out


def _message(names: _Names, message: Record) -> Record:
    out = {key: value for key, value in message.items() if key not in SERVER_MADE | {"sender_id", "receiver_id"}}
    out["sender"] = names.person(message["sender_id"])
    out["receiver"] = names.person(message["receiver_id"])
    for body in ("body_text", "body_html"):
        if out.get(body):
            out[body] = UPLOAD_URL.sub("", out[body])
    if out.get("attachments"):
        out["attachments"] = [{**item, "url": UPLOAD_URL.sub("", item["url"])} for item in out["attachments"]]
    return out


def _sorted(rows: Iterable[Record]) -> list[Record]:
    """By external id or natural key, then by content, so that equal keys do not depend on order of creation."""

    def key(row: Record) -> tuple[str, ...]:
        natural = (str(row.get(name) or "") for name in ("external_id", "email", "label", "name", "type", "subject"))
        content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
        return (*natural, hashlib.sha256(content).hexdigest())

    return sorted(rows, key=key)
