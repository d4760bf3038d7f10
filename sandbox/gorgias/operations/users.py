"""Users (agents): created active with a role; making one mails an invitation (gorgias-api.md 6.2)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import forbidden, invalid
from sandbox.gorgias.pages import listed
from sandbox.gorgias.people import ADDRESS_LENGTH, check_length, name_parts, user_by_email
from sandbox.gorgias.table import Record

SETTABLE = ("email", "name", "role", "bio", "country", "language", "timezone", "meta", "external_id")


def shown(user: Record) -> dict[str, Any]:
    return {
        **user,
        **name_parts(user["name"]),
        "client_id": None,
        "has_password": True,
        "has_2fa_enabled": False,
        "uri": f"/api/users/{user['id']}/",
    }


def check(account: Account, body: dict[str, Any], own: Record | None) -> None:
    check_length("external_id", body.get("external_id"), 255)
    if "name" in body and not body["name"].strip():
        raise invalid("name", "Missing data for required field.")
    if "email" in body:
        email = body["email"]
        check_length("email", email, ADDRESS_LENGTH)
        if "@" not in email.strip("@"):
            raise invalid("email", "Not a valid email address.")
        holder = user_by_email(account, email)
        if holder and holder is not own:
            raise account.duplicate("email", "A user with this email already exists.")
        if own and email != own["email"] and not body.get("password_confirmation"):
            raise invalid("password_confirmation", "Missing data for required field.")


def new_user(account: Account, body: dict[str, Any]) -> Record:
    now = account.now()
    user = account.users.add(
        {
            "id": body.get("id"),
            "email": body["email"],
            "name": body["name"],
            "role": body["role"],
            "external_id": body.get("external_id"),
            "bio": body.get("bio"),
            "country": body.get("country"),
            "language": body.get("language", "en"),
            "timezone": body.get("timezone"),
            "meta": body.get("meta") or {},
            "active": body.get("active", True),
            "created_datetime": now,
            "updated_datetime": now,
            "deactivated_datetime": body.get("deactivated_datetime"),
        }
    )
    account.event("user-created", "User", user["id"])
    return user


@serves("list-users")
def list_users(account: Account, call: Call) -> Reply:
    query = call.query
    rows = account.users.by("external_id", query["external_id"]) if "external_id" in query else None
    insensitive = account.switches["G-09"] == "insensitive"

    def keep(user: Record) -> bool:
        email: str = user["email"]
        asked: str = query.get("email", email)
        same = email.lower() == asked.lower() if insensitive else email == asked
        search = query.get("search", "").lower()
        return (
            same
            and (search in email.lower() or search in user["name"].lower())
            and user["role"]["name"] in query.get("roles", [user["role"]["name"]])
        )

    filters = {"email", "search", "roles"} & set(query)
    return listed(
        account,
        call,
        account.users,
        shown,
        rows=rows,
        keep=keep if filters else None,
        default_order="created_datetime:asc",
    )


@serves("create-user")
def create_user(account: Account, call: Call) -> Reply:
    check(account, call.body, None)
    seats = account.switches["G-13"]
    if seats is not None and sum(user["active"] for user in account.users) >= seats:
        raise forbidden("User seats exceeded.")
    user = new_user(account, call.body)
    account.hide(account.users, user, account.switches["G-08"], False)
    account.hide(account.users, user, call.hidden_for, True)
    if account.switches["G-12"]:
        account.mail("invitation", [user["email"]], "user created through the API")
        account.event("user-invited", "User", user["id"])
    return Reply(201, shown(user))


@serves("get-user")
def get_user(account: Account, call: Call) -> Reply:
    """Id 0 is the user behind the credentials (gorgias-api.md 1)."""
    return Reply(200, shown(account.users.require(call.params["id"] or call.user_id)))


@serves("update-user")
def update_user(account: Account, call: Call) -> Reply:
    user = account.users.require(call.params["id"])
    check(account, call.body, user)
    user.update({name: call.body[name] for name in SETTABLE if name in call.body})
    user["updated_datetime"] = account.now()
    account.users.save(user)
    account.event("user-updated", "User", user["id"])
    return Reply(202, shown(user))


@serves("delete-user")
def delete_user(account: Account, call: Call) -> Reply:
    user = account.users.require(call.params["id"])
    tickets = [ticket for ticket in account.tickets if ticket["assignee_user_id"] == user["id"]]
    if tickets and account.switches["G-37"] == "refuse":
        raise invalid("id", "The user still has tickets.")
    for ticket in tickets:
        ticket["assignee_user_id"] = None
        account.tickets.save(ticket)
    for team in account.teams:
        if user["id"] in team["member_ids"]:
            team["member_ids"] = [member for member in team["member_ids"] if member != user["id"]]
            account.teams.save(team)
    account.users.remove(user["id"])
    account.event("user-deleted", "User", user["id"])
    return Reply(204)
