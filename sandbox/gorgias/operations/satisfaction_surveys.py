"""Satisfaction surveys: one per ticket, never deleted by themselves; making one mails nothing (gorgias-api.md 10)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.moments import stored
from sandbox.gorgias.operations.single_rows import read_of
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record

TIMES = ("created_datetime", "sent_datetime", "scored_datetime", "should_send_datetime")


def shown(survey: Record) -> dict[str, Any]:
    return {**survey, "uri": f"/api/satisfaction-surveys/{survey['id']}/"}


@serves("list-satisfaction-surveys")
def list_satisfaction_surveys(account: Account, call: Call) -> Reply:
    ticket_id = call.query.get("ticket_id")
    rows = None if ticket_id is None else account.surveys.by("ticket_id", ticket_id)
    return listed(account, call, account.surveys, shown, rows=rows)


@serves("create-satisfaction-survey")
def create_satisfaction_survey(account: Account, call: Call) -> Reply:
    body = call.fields()
    if account.tickets.get(body["ticket_id"]) is None:
        raise invalid("ticket_id", f"Ticket {body['ticket_id']} does not exist.")
    if account.customers.get(body["customer_id"]) is None:
        raise invalid("customer_id", f"Customer {body['customer_id']} does not exist.")
    if account.surveys.by("ticket_id", body["ticket_id"]):
        raise account.duplicate("ticket_id", "The ticket already has a survey.")
    survey: Record = {"id": None, "customer_id": body["customer_id"], "ticket_id": body["ticket_id"]}
    survey.update({name: body.get(name) for name in ("body_text", "meta", "score")})
    survey.update({name: stored(body.get(name)) for name in TIMES})
    survey["created_datetime"] = survey["created_datetime"] or account.now()
    account.surveys.add(survey)
    if survey["should_send_datetime"]:
        customer = account.customers.rows[survey["customer_id"]]
        account.mail("survey", [customer["email"]] if customer["email"] else [], "survey with should_send_datetime")
    return Reply(201, shown(survey))


serves("get-satisfaction-survey")(read_of(lambda account: account.surveys, shown))


@serves("update-satisfaction-survey")
def update_satisfaction_survey(account: Account, call: Call) -> Reply:
    survey = account.surveys.require(call.params["id"])
    body = call.fields()
    for name in ("customer_id", "ticket_id"):
        if body.get(name, survey[name]) != survey[name]:
            raise invalid(name, "Cannot be changed.")
    survey.update({name: stored(value) if name in TIMES else value for name, value in body.items()})
    account.surveys.save(survey)
    return Reply(202, shown(survey))
