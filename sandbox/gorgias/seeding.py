"""Loads the account's own objects from gorgias.json through the same rules that the API applies."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call
from sandbox.gorgias.config import ConfigError, Credential
from sandbox.gorgias.contract import Contract
from sandbox.gorgias.errors import ApiError
from sandbox.gorgias.operations import (
    automations,
    custom_field_values,
    custom_fields,
    customers,
    settings,
    tags,
    teams,
    ticket_rules,
    users,
)
from sandbox.gorgias.people import new_customer, user_by_email

BESIDES = {
    "users": {"id", "active", "deactivated_datetime"},
    "customers": {"id", "note", "data", "custom_fields", "created_datetime"},
}
"""What a row may hold beyond the API's create body; every row may hold `id`."""


def seed(account: Account, contract: Contract, source: str) -> None:
    """Create everything that the config lists, in the order in which one thing needs another.

    Raises:
        ConfigError: naming file, key and row.
    """
    loaders: tuple[tuple[str, str, Callable[[dict[str, Any]], object]], ...] = (
        ("settings", "create-account-setting", lambda row: settings.create_account_setting(account, _call(row))),
        ("users", "create-user", lambda row: _user(account, row)),
        ("teams", "create-team", lambda row: teams.create_team(account, _call(row))),
        ("tags", "create-tag", lambda row: _tag(account, row)),
        ("custom_fields", "create-custom-field", lambda row: custom_fields.create_custom_field(account, _call(row))),
        ("customers", "create-customer", lambda row: _customer(account, row)),
        ("integrations", "create-integration", lambda row: automations.new_integration(account, row)),
        ("tickets", "create-ticket", lambda row: ticket_rules.create(account, row)),
    )
    with account.quietly():
        for family, operation_id, load in loaders:
            checker = contract.operations[operation_id].body
            besides = BESIDES.get(family, set()) | {"id"}
            for position, row in enumerate(getattr(account.config, family)):
                try:
                    if checker:
                        checker.check({key: value for key, value in row.items() if key not in besides})
                    load(row)
                except ApiError as error:
                    field, messages = next(iter((error.data or {"": [error.msg]}).items()))
                    where = f"{family}.{position}.{field}".rstrip(".")
                    raise ConfigError(f"{source}: {where}: {messages[0]}") from None
        if account.config.ai_agent.active:
            bot = {"email": f"ai-agent@{account.config.account.domain}.invalid", "name": "AI Agent"}
            users.new_user(account, {**bot, "role": {"name": "bot"}})
        for rule in account.config.rules:
            automations.new_rule(account, rule.model_dump())


def credential_user(account: Account, credential: Credential) -> int:
    """The user behind a credential; one that the file does not list is made, so that `users/0` answers."""
    if credential.email is None:
        admins = [user["id"] for user in account.users if user["role"]["name"] == credential.role]
        if admins:
            return int(admins[0])
    email = credential.email or f"app@{account.config.account.domain}.invalid"
    user = user_by_email(account, email)
    if user is None:
        with account.quietly():
            role = {"name": credential.role}
            user = users.new_user(account, {"email": email, "name": email.partition("@")[0], "role": role})
    return int(user["id"])


_call = functools.partial(Call, "", {}, {})


def _user(account: Account, row: dict[str, Any]) -> None:
    users.check(account, row, None)
    users.new_user(account, row)


def _tag(account: Account, row: dict[str, Any]) -> None:
    tags.check_name(account, row["name"], None)
    tags.new_tag(account, row)


def _customer(account: Account, row: dict[str, Any]) -> None:
    given = {key: value for key, value in row.items() if key != "custom_fields"}
    facts = customers.checked_facts(account, given, None)
    customer = new_customer(account, facts, facts["channels"])
    values = custom_field_values.checked_values(account, "Customer", row.get("custom_fields", []), "custom_fields.")
    customer["custom_fields"] = values
    account.customers.save(customer)
