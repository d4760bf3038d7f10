"""Which points an account has for a load: only what is true now, each with what may be decided about it.

Nothing that mails customers or joins their tickets can be accepted: it is switched off, or excluded by the tag that
every imported ticket carries. It belongs here: from facts to points, pure. It does not: reading (account.py), and users
that would be made (unknown people: people_points.py).
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from migration_assets.gorgias.preflight.account import AccountFacts, Row
from migration_assets.gorgias.preflight.load_size import LoadSize
from migration_assets.gorgias.preflight.point import ACCEPT, EXCLUDE, OFF, Effect, Point, Switch, mark_of
from migration_assets.gorgias.preflight.rule_code import effects_of, excludes_imported

MAILBOXES = ("email", "gmail", "outlook", "microsoft365", "aws-ses")

NAMES = ("surveys", "auto_merge", "auto_split", "assignment", "mailboxes", "ai_agent")
PREFIXES = ("rule:", "integration:", "hidden:", "tab:")
"""How the name of any point of an account, or of a suspect tab, begins."""
_OF_NEW_RECORDS = frozenset(
    {
        *("ticket-created", "ticket-message-created", "ticket-message-failed", "ticket-handed-over"),
        *("ticket-self-unsnoozed", "satisfaction-survey-responded"),
    }
)
"""Events that follow only what is made, sent or answered: no change and no delete causes one."""


def account_points(facts: AccountFacts, size: LoadSize) -> list[Point]:
    """All of an account, in a stable order."""
    return [
        *_of_settings(facts, size),
        *_of_rules(facts, size),
        *_of_integrations(facts, size),
        *_of_ai_agent(facts, size),
        *_of_what_is_hidden(facts, size),
    ]


def _of_settings(facts: AccountFacts, size: LoadSize) -> Iterator[Point]:
    for row in facts.settings:
        data = _object(row.get("data"))
        match row.get("type"):
            case "satisfaction-surveys":
                on = sorted(name for name, value in data.items() if name.startswith("send_survey_for") and value)
                channels = ", ".join(name.removeprefix("send_survey_for_") for name in on)
                told = f"satisfaction surveys are on for {channels}: a ticket that comes in closed may be surveyed"
                if on:
                    off = {**data, **dict.fromkeys(on, False)}
                    yield _setting("surveys", told, (Effect.mail,), size.tickets, (OFF,), row, off)
            case "auto-merge":
                off, parts = _disabled(data)
                told = "auto-merge is on: open tickets of one customer within its window become one"
                if parts:
                    yield _setting("auto_merge", told, (Effect.merge,), size.tickets, (OFF,), row, off)
            case "auto-split":
                off, parts = _disabled(data)
                told = f"auto-split is on for {', '.join(parts)}: a late message may become a ticket of its own"
                if parts:
                    yield _setting("auto_split", told, (Effect.divide,), size.messages, (OFF, ACCEPT), row, off)
            case "ticket-assignment":
                on = sorted(name for name, value in data.items() if value is True)
                told = f"tickets are assigned by the account itself ({', '.join(on)})"
                if on:
                    off = {**data, **dict.fromkeys(on, False)}
                    yield _setting("assignment", told, (Effect.assign,), size.tickets, (OFF, ACCEPT), row, off)


def _object(data: Any) -> Row:
    return data if isinstance(data, dict) else {}


def _setting(
    name: str, told: str, effects: tuple[Effect, ...], touches: int | None, options: tuple[str, ...], row: Row, off: Row
) -> Point:
    body: Row = {"type": row["type"]}
    switch = Switch(f"/api/account/settings/{row['id']}", {**body, "data": off}, {**body, "data": row["data"]})
    return Point(name, told, effects, touches, options, mark_of(row["data"]), switch)


def _disabled(data: Row) -> tuple[Row, list[str]]:
    """The data with every `enabled` false, and the parts where it was true: the shape is `{part: {"enabled": ...}}`."""
    off, parts = deepcopy(data), []
    for name, part in off.items():
        if isinstance(part, dict) and part.get("enabled"):
            part["enabled"] = False
            parts.append(name)
    if off.get("enabled"):
        off["enabled"], parts = False, [*parts, "all"]
    return off, parts


def _of_rules(facts: AccountFacts, size: LoadSize) -> Iterator[Point]:
    for row in facts.rules:
        effects = effects_of(row)
        if row.get("deactivated_datetime") or not effects or excludes_imported(row):
            continue
        harmless = not {Effect.mail, Effect.merge, Effect.unknown} & set(effects)
        events = str(row.get("event_types") or "any event")
        touches = size.messages if "message" in events else size.tickets
        mark = mark_of([row.get("code"), row.get("event_types")])
        told = f"rule {row['id']} runs on {events} and could {' and '.join(effects)}"
        options = (*((ACCEPT,) if harmless else ()), OFF, EXCLUDE)
        switch = _deactivated(f"/api/rules/{row['id']}", {})
        on_changes = bool(_events(events) - _OF_NEW_RECORDS)
        yield Point(f"rule:{row['id']}", told, effects, touches, options, mark, switch, on_changes=on_changes)


def _events(told: str) -> set[str]:
    return {one for one in re.split(r"[^a-z-]+", told) if one}


def _of_integrations(facts: AccountFacts, size: LoadSize) -> Iterator[Point]:
    active = [row for row in facts.integrations if not row.get("deactivated_datetime")]
    for row in active:
        triggers = sorted(name for name, on in ((row.get("http") or {}).get("triggers") or {}).items() if on)
        if row.get("type") != "http" or not triggers:
            continue
        told = f"HTTP integration {row['id']} calls out on {', '.join(triggers)}"
        touches = size.messages if any("message" in name for name in triggers) else size.tickets
        switch = _deactivated(f"/api/integrations/{row['id']}", {"name": row["name"]})
        name, options = f"integration:{row['id']}", (ACCEPT, OFF)
        on_changes = bool(set(triggers) - _OF_NEW_RECORDS)
        mark = mark_of(row.get("http"))
        yield Point(name, told, (Effect.call,), touches, options, mark, switch, on_changes=on_changes)
    boxes = [row["id"] for row in active if row.get("type") in MAILBOXES]
    if boxes:
        told = (
            f"{len(boxes)} mailboxes are connected, through which Gorgias could send; every message carries its sent "
            "time, which keeps it from being sent, and the canary tries that first"
        )
        yield Point("mailboxes", told, (Effect.mail,), size.messages, (ACCEPT,), mark_of(boxes))


def _deactivated(path: str, required: Row) -> Switch:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    return Switch(path, {**required, "deactivated_datetime": now}, {**required, "deactivated_datetime": None})


def _of_ai_agent(facts: AccountFacts, size: LoadSize) -> Iterator[Point]:
    signs = [f"{len(facts.bots)} bot users"] if facts.bots else []
    managed = sorted(one.gorgias_id for one in facts.fields if one.managed and one.label.startswith("AI "))
    signs += [f"{len(managed)} fields that AI Agent fills"] if managed else []
    if signs:
        told = (
            f"AI Agent may be at work ({', '.join(signs)}); no call shows or switches it. Decide {EXCLUDE}: every "
            f"imported ticket carries the tag ai_ignore, which it leaves alone; or {ACCEPT}: it is off, as you know"
        )
        yield Point("ai_agent", told, (Effect.mail,), size.tickets, (EXCLUDE, ACCEPT))


def _of_what_is_hidden(facts: AccountFacts, size: LoadSize) -> Iterator[Point]:
    for name, status in sorted(facts.unreadable.items()):
        told = (
            f"{name} cannot be read (status {status}; the credential's role is {facts.role or 'unknown'}): use a "
            "credential of an admin, or accept that nobody looked"
        )
        on_changes = name != "settings"
        yield Point(f"hidden:{name}", told, (Effect.unknown,), size.tickets, (ACCEPT,), on_changes=on_changes)


def facts_shown(facts: AccountFacts) -> dict[str, Any]:
    """Counts of what was read, for metadata."""
    active = [row for row in facts.rules if not row.get("deactivated_datetime")]
    return {
        "role": facts.role or "unknown",
        "status": facts.status or "unknown",
        "users": len(facts.users),
        "rules_active": len(active),
        "integrations": len(facts.integrations),
        "active_fields": len(facts.fields),
        "managed_fields": sum(one.managed for one in facts.fields),
    }
