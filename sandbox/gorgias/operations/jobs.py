"""Jobs: only deleteTicket does something here; it runs a little later, as the real one does (gorgias-api.md 10)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import ApiError, invalid
from sandbox.gorgias.moments import parse, stored, written
from sandbox.gorgias.operations import tickets
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record

FARTHEST_SECONDS = 3600
OPEN = {"scheduled": 0.0, "pending": 1.0, "running": 2.0}
"""Status of a job that is not at its end -> seconds after its time when the next one follows."""


def shown(job: Record) -> dict[str, Any]:
    return {**{key: value for key, value in job.items() if key != "due"}, "uri": f"/api/jobs/{job['id']}/"}


def run_due(account: Account) -> None:
    """Move jobs on as their time comes; called before every request."""
    for job in [job for job in account.jobs if job["status"] in OPEN]:
        for status, after in OPEN.items():
            if job["status"] == status and account.clock() >= job["due"] + after:
                _step(account, job)


def _step(account: Account, job: Record) -> None:
    """pending -> running -> done; the tickets go in the last step."""
    if job["status"] == "scheduled":
        job["status"] = "pending"
    elif job["status"] == "pending":
        job.update(status="running", started_datetime=account.now())
    else:
        for ticket_id in job["params"]["ticket_ids"]:
            ticket = account.tickets.get(ticket_id)
            if ticket is not None:
                tickets.remove(account, ticket)
        job.update(status="done", ended_datetime=account.now())
    account.jobs.save(job)


@serves("list-jobs")
def list_jobs(account: Account, call: Call) -> Reply:
    query = call.query
    filters = {"status", "type"} & set(query)

    def keep(job: Record) -> bool:
        return all(query[name] == job[name] for name in filters)

    return listed(account, call, account.jobs, shown, keep=keep if filters else None)


@serves("create-job")
def create_job(account: Account, call: Call) -> Reply:
    body = call.fields()
    if body["type"] != "deleteTicket":
        raise ApiError(501, f"The sandbox does not serve create-job of type {body['type']}.")
    if not body["params"].get("ticket_ids"):
        raise invalid("params.ticket_ids", "Missing data for required field.")
    now = account.clock()
    scheduled = stored(body.get("scheduled_datetime"))
    if scheduled and scheduled > written(now + FARTHEST_SECONDS):
        raise invalid("scheduled_datetime", "More than 60 minutes ahead.")
    later = scheduled is not None and scheduled > written(now)
    job = account.jobs.add(
        {
            "id": None,
            "type": body["type"],
            "params": body["params"],
            "meta": body.get("meta"),
            "status": "scheduled" if later else "pending",
            "due": parse(scheduled).timestamp() if scheduled and later else now,
            "scheduled_datetime": scheduled,
            "created_datetime": account.now(),
            "started_datetime": None,
            "ended_datetime": None,
            "failed_datetime": None,
            "cancel_requested_datetime": None,
            "cancelled_datetime": None,
            "locked_datetime": None,
            "info": None,
            "user_id": account.actor,
        }
    )
    return Reply(201, shown(job))


@serves("get-job")
def get_job(account: Account, call: Call) -> Reply:
    """Answers 202, as documented; each look moves a job one step on."""
    job = account.jobs.require(call.params["id"])
    answer = Reply(202, shown(job))
    if job["status"] in ("pending", "running"):
        _step(account, job)
    return answer


@serves("cancel-job")
def cancel_job(account: Account, call: Call) -> Reply:
    """What was already done is not taken back."""
    job = account.jobs.require(call.params["id"])
    if job["status"] in OPEN:
        job.update(status="canceled", cancel_requested_datetime=account.now(), cancelled_datetime=account.now())
        account.jobs.save(job)
    return Reply(204)
