"""What follows by itself when a ticket or message comes in: rules, AI Agent, surveys (gorgias-api.md 8)."""

from __future__ import annotations

import re
from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.by_itself import merge_later, setting, split_later
from sandbox.gorgias.message_rules import recipients
from sandbox.gorgias.people import user_by_email
from sandbox.gorgias.table import Record

IGNORED_BY_AI = "ai_ignore"
SURVEY_SETTING = "satisfaction-surveys"
_UNLESS = re.compile(r"!\s*containsAny\(\s*ticket\.tags\.name\s*,\s*\[([^\]]*)\]\s*\)")


def after_ticket_created(account: Account, ticket: Record, messages: list[Record]) -> None:
    """Rules, then AI Agent, then the survey of a ticket that came in closed; nothing while the dataset is loaded."""
    if account.loading:
        return
    _run_rules(account, "ticket-created", ticket, messages[-1])
    for message in messages:
        _run_rules(account, "ticket-message-created", ticket, message)
    _ai_agent(account, ticket, messages[-1])
    if ticket["status"] == "closed" and account.switches["G-31"]:
        survey(account, ticket)
    merge_later(account, ticket)


def after_message_created(account: Account, ticket: Record, message: Record, last: str | None = None) -> None:
    """Rules, then auto-split.

    Args:
        last: when the message before it was created.
    """
    _run_rules(account, "ticket-message-created", ticket, message)
    split_later(account, ticket, message, last)


def tag_names(account: Account, ticket: Record) -> set[str]:
    return {account.tags.rows[tag_id]["name"] for tag_id in ticket["tag_ids"]}


def survey(account: Account, ticket: Record) -> None:
    """Mail a satisfaction survey for a closed ticket, where the account does so for its channel."""
    data = setting(account, SURVEY_SETTING)
    key = "send_survey_for_" + ticket["channel"].replace("-", "_")
    customer = account.customers.get(ticket["customer_id"])
    if data.get(key) and customer and customer["email"]:
        account.mail("survey", [customer["email"]], f"ticket closed while {key} is on", ticket)
        account.event("satisfaction-survey-sent", "Ticket", ticket["id"])


def _run_rules(account: Account, event_type: str, ticket: Record, message: Record) -> None:
    if ticket["imported"] and account.switches["G-19"]:
        return
    rules = [rule for rule in account.rules if rule["event_types"] == event_type and rule["effects"]]
    for rule in sorted(rules, key=lambda rule: (-rule["priority"], rule["id"])):
        if rule["deactivated_datetime"] is None and not _left_out(rule) & tag_names(account, ticket):
            for effect in rule["effects"]:
                _apply(account, rule, effect, ticket, message)
            account.event("rule-executed", "Ticket", ticket["id"], {"rule_id": rule["id"]})


def _apply(account: Account, rule: Record, effect: Record, ticket: Record, message: Record) -> None:  # noqa: C901
    match effect["do"]:
        case "mail":
            # auto-replies do not fire on channel api; other actions do (gorgias-api.md 8)
            if message["channel"] != "api":
                account.mail("rule", recipients(account, ticket, {}), f"rule {rule['id']} replies", ticket, message)
                _answer(account, ticket, message, via="rule", rule_id=rule["id"])
        case "close":
            if ticket["status"] != "closed":
                ticket.update(status="closed", closed_datetime=account.now())
                account.event("ticket-closed", "Ticket", ticket["id"])
                survey(account, ticket)
        case "assign":
            if effect["user"]:
                user = user_by_email(account, effect["user"])
                ticket["assignee_user_id"] = user and user["id"]
            if effect["team"]:
                team = next((team for team in account.teams if team["name"] == effect["team"]), None)
                ticket["assignee_team_id"] = team and team["id"]
            account.event("ticket-assigned", "Ticket", ticket["id"])
        case "tag":
            for tag in account.tags.by("name", effect["tag"]):
                if tag["id"] not in ticket["tag_ids"]:
                    ticket["tag_ids"] = [*ticket["tag_ids"], tag["id"]]
            account.event("ticket-tags-added", "Ticket", ticket["id"])
    if account.switches["G-06"]:
        ticket["updated_datetime"] = account.now()
    account.tickets.save(ticket)


def _ai_agent(account: Account, ticket: Record, message: Record) -> None:
    if not account.config.ai_agent.active or ticket["status"] != "open":
        return
    if IGNORED_BY_AI not in tag_names(account, ticket):
        account.mail("message", recipients(account, ticket, {}), "AI Agent answers an open ticket", ticket, message)
        bot = next((user["id"] for user in account.users if user["role"]["name"] == "bot"), None)
        _answer(account, ticket, message, via="helpdesk", sender_id=bot)


def _left_out(rule: Record) -> set[str]:
    """Tags whose tickets the rule leaves alone: those of its fixture, and those that its code names."""
    named = _UNLESS.search(rule["code"] or "")
    return {rule["unless_tag"]} | (set(re.findall(r'"([^"]+)"', named.group(1))) if named else set())


def _answer(account: Account, ticket: Record, message: Record, **who: Any) -> None:
    """The message that an automatic answer leaves on its ticket."""
    now = account.now()
    said = {"body_text": "An automatic answer.", "public": True, "from_agent": True, "sender_id": None}
    times = {"created_datetime": now, "sent_datetime": now, "processed_datetime": now}
    place = {"id": None, "ticket_id": ticket["id"], "channel": message["channel"], "receiver_id": ticket["customer_id"]}
    made = account.messages.add({**place, **said, **times, **who})
    account.event("ticket-message-created", "TicketMessage", made["id"], {"ticket_id": ticket["id"]})
