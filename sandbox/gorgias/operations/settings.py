"""The account itself and its settings (gorgias-api.md 1, 8)."""

from __future__ import annotations

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid


@serves("get-account")
def get_account(account: Account, call: Call) -> Reply:
    facts = account.config.account
    return Reply(200, {**facts.model_dump(), "settings": list(account.settings)})


@serves("list-account-settings")
def list_account_settings(account: Account, call: Call) -> Reply:
    """All at once, unpaginated."""
    wanted = call.query.get("type")
    data = [row for row in account.settings if wanted in (None, row["type"])]
    return Reply(200, {"object": "list", "uri": "/api/account/settings/", "data": data})


@serves("create-account-setting")
def create_account_setting(account: Account, call: Call) -> Reply:
    if any(row["type"] == call.body["type"] for row in account.settings):
        raise invalid("type", "A setting of this type already exists.", 409)
    row = account.settings.add({"id": call.body.get("id"), "type": call.body["type"], "data": call.body.get("data")})
    account.event("account-setting-updated", "AccountSetting", row["id"])
    return Reply(201, row)


@serves("update-account-setting")
def update_account_setting(account: Account, call: Call) -> Reply:
    row = account.settings.require(call.params["id"])
    if call.body["type"] != row["type"]:
        raise invalid("type", "Cannot be changed.")
    row["data"] = call.body.get("data", row["data"])
    account.settings.save(row)
    account.event("account-setting-updated", "AccountSetting", row["id"])
    return Reply(200, row)
