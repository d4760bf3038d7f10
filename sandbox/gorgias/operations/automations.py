"""Rules and HTTP integrations: read, change, and switch off with `deactivated_datetime` (gorgias-api.md 8)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.moments import stored
from sandbox.gorgias.operations.single_rows import delete_of, read_of
from sandbox.gorgias.pages import listed
from sandbox.gorgias.table import Record, Table


def shown_rule(rule: Record) -> dict[str, Any]:
    """A rule without the declared effects, which are the sandbox's own."""
    out = {key: value for key, value in rule.items() if key not in ("effects", "unless_tag")}
    return {**out, "code_ast": {}, "uri": f"/api/rules/{rule['id']}/"}


def shown_integration(integration: Record) -> dict[str, Any]:
    return {**integration, "uri": f"/api/integrations/{integration['id']}/"}


def new_rule(account: Account, body: dict[str, Any]) -> Record:
    """A rule made through the API has no effect: no rule language is run here."""
    now = account.now()
    return account.rules.add(
        {
            "id": body.get("id"),
            "name": body["name"],
            "code": body["code"],
            "description": body.get("description"),
            "event_types": body.get("event_types", "ticket-created"),
            "priority": body.get("priority", 100),
            "deactivated_datetime": stored(body.get("deactivated_datetime")),
            "effects": body.get("effects", []),
            "unless_tag": body.get("unless_tag"),
            "created_datetime": now,
            "updated_datetime": now,
        }
    )


def new_integration(account: Account, body: dict[str, Any]) -> Record:
    now = account.now()
    return account.integrations.add(
        {
            "id": body.get("id"),
            "name": body["name"],
            "type": body["type"],
            "description": body.get("description"),
            "http": body.get("http"),
            "managed": body.get("managed", False),
            "deactivated_datetime": stored(body.get("deactivated_datetime")),
            "created_datetime": now,
            "updated_datetime": now,
        }
    )


def _change(account: Account, table: Table, row: Record, body: dict[str, Any]) -> None:
    changes = dict(body)
    if "deactivated_datetime" in changes:
        changes["deactivated_datetime"] = stored(changes["deactivated_datetime"])
    changes.pop("code_ast", None)
    row.update(changes, updated_datetime=account.now())
    table.save(row)


@serves("list-rules")
def list_rules(account: Account, call: Call) -> Reply:
    return listed(account, call, account.rules, shown_rule)


@serves("create-rule")
def create_rule(account: Account, call: Call) -> Reply:
    rule = new_rule(account, call.fields())
    account.event("rule-created", "Rule", rule["id"])
    return Reply(201, shown_rule(rule))


serves("get-rule")(read_of(lambda account: account.rules, shown_rule))


@serves("update-rule")
def update_rule(account: Account, call: Call) -> Reply:
    rule = account.rules.require(call.params["id"])
    _change(account, account.rules, rule, call.fields())
    account.event("rule-updated", "Rule", rule["id"])
    return Reply(202, shown_rule(rule))


serves("delete-rule")(delete_of(lambda account: account.rules, "Rule"))


@serves("update-rules-priorities")
def update_rules_priorities(account: Account, call: Call) -> Reply:
    pairs = [(account.rules.require(item["id"]), item["priority"]) for item in call.body["priorities"]]
    for rule, priority in pairs:
        _change(account, account.rules, rule, {"priority": priority})
        account.event("rule-priority-updated", "Rule", rule["id"])
    return Reply(201, [shown_rule(rule) for rule, _ in pairs])


@serves("list-integrations")
def list_integrations(account: Account, call: Call) -> Reply:
    wanted = call.query.get("type")
    keep = (lambda row: row["type"] == wanted) if wanted else None
    return listed(account, call, account.integrations, shown_integration, keep=keep)


@serves("create-integration")
def create_integration(account: Account, call: Call) -> Reply:
    integration = new_integration(account, call.fields())
    account.event("integration-created", "Integration", integration["id"])
    return Reply(201, shown_integration(integration))


serves("get-integration")(read_of(lambda account: account.integrations, shown_integration))


@serves("update-integration")
def update_integration(account: Account, call: Call) -> Reply:
    integration = account.integrations.require(call.params["id"])
    was_off = integration["deactivated_datetime"]
    _change(account, account.integrations, integration, call.fields())
    is_off = integration["deactivated_datetime"]
    kind = "deactivated" if is_off and not was_off else "reactivated" if was_off and not is_off else "updated"
    account.event(f"integration-{kind}", "Integration", integration["id"])
    return Reply(202, shown_integration(integration))


serves("delete-integration")(delete_of(lambda account: account.integrations, "Integration"))
