"""Customers: create, read, update, delete, and their free `data` (gorgias-api.md 6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.gorgias.account import Account, comparable
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import Merged, invalid
from sandbox.gorgias.moments import is_datetime, stored
from sandbox.gorgias.operations.custom_field_values import shown_values
from sandbox.gorgias.pages import listed
from sandbox.gorgias.people import (
    ADDRESS_LENGTH,
    check_length,
    checked_channels,
    name_parts,
    new_customer,
    shown_channels,
)
from sandbox.gorgias.table import Record


def customer_or_404(account: Account, customer_id: int) -> Record:
    """Raises Merged for one that was merged away, ApiError 404 for one that never was."""
    if account.merges.get(customer_id):
        raise Merged
    return account.customers.require(customer_id)


def compact(account: Account, customer: Record) -> dict[str, Any]:
    """A list row: no channels, and custom field values unless the switch says otherwise."""
    values = {"custom_fields": shown_values(account, customer)} if account.switches["G-03"] else {}
    return _facts(customer) | values


def _facts(customer: Record) -> dict[str, Any]:
    return {
        "id": customer["id"],
        "external_id": customer["external_id"],
        "active": True,
        "email": customer["email"],
        "name": customer["name"],
        **name_parts(customer["name"]),
        "language": customer["language"],
        "timezone": customer["timezone"],
        "created_datetime": customer["created_datetime"],
        "updated_datetime": customer["updated_datetime"],
        "meta": customer["meta"],
        "data": customer["data"],
        "note": customer["note"],
    }


def full(account: Account, customer: Record, relationships: Sequence[str] = ()) -> dict[str, Any]:
    """The single read: with channels and integrations, and custom field values where asked for."""
    out = _facts(customer)
    out["channels"] = shown_channels(customer)
    out["integrations"] = {}
    if "custom_fields" in relationships:
        out["custom_fields"] = shown_values(account, customer)
    return out


def checked_facts(account: Account, body: dict[str, Any], owner: Record | None) -> dict[str, Any]:
    """Body of a create or update with checked lengths, address and channels."""
    facts = dict(body)
    check_length("external_id", facts.get("external_id"), account.switches["G-34"])
    email = facts.get("email")
    check_length("email", email, ADDRESS_LENGTH)
    owner_id = owner["id"] if owner else None
    if email is not None:
        if "@" not in email.strip("@"):
            raise invalid("email", "Not a valid email address.")
        holders = account.customers.by("channel", ("email", comparable("email", email)))
        if any(other["id"] != owner_id for other in holders):
            raise account.duplicate("email", "A customer with this email already exists.")
        if account.switches["G-25"]:
            facts["email"] = email.lower()
    if "channels" in facts:
        if not facts["channels"]:
            raise invalid("channels", "At least one channel is needed.")
        facts["channels"] = checked_channels(account, facts["channels"], owner_id)
        _with_primary(facts)
    return facts


def _with_primary(facts: dict[str, Any]) -> None:
    """The primary address is always a channel too."""
    email = facts.get("email")
    held = {comparable("email", item["address"]) for item in facts["channels"] if item["type"] == "email"}
    if email and comparable("email", email) not in held:
        facts["channels"].append({"type": "email", "address": email, "preferred": False})


@serves("list-customers")
def list_customers(account: Account, call: Call) -> Reply:
    query = call.query
    rows = None
    if "external_id" in query:
        rows = account.customers.by("external_id", query["external_id"])
    elif "email" in query:
        rows = _by_email(account, query["email"])
    elif "channel_address" in query:
        channel_type = query.get("channel_type", "email")
        rows = account.customers.by("channel", (channel_type, comparable(channel_type, query["channel_address"])))

    def keep(customer: Record) -> bool:
        return (
            all(customer[name] == query[name] for name in ("name", "language", "timezone") if name in query)
            and ("email" not in query or _same_email(account, customer["email"], query["email"]))
            and ("channel_type" not in query or any(c["type"] == query["channel_type"] for c in customer["channels"]))
        )

    filters = {"name", "language", "timezone", "email", "channel_type"} & set(query)
    return listed(
        account, call, account.customers, lambda row: compact(account, row), rows=rows, keep=keep if filters else None
    )


def _same_email(account: Account, held: str | None, asked: str) -> bool:
    if account.switches["G-09"] == "insensitive":
        return (held or "").lower() == asked.lower()
    return held == asked


def _by_email(account: Account, email: str) -> list[Record]:
    if account.switches["G-09"] == "exact":
        return account.customers.by("email", email)
    return account.customers.by("channel", ("email", comparable("email", email)))


@serves("create-customer")
def create_customer(account: Account, call: Call) -> Reply:
    facts = checked_facts(account, call.body, None)
    customer = new_customer(account, facts, facts["channels"])
    account.hide(account.customers, customer, call.hidden_for, True)
    return Reply(201, full(account, customer))


@serves("get-customer")
def get_customer(account: Account, call: Call) -> Reply:
    customer = customer_or_404(account, call.params["id"])
    return Reply(200, full(account, customer, call.query.get("relationships", [])))


@serves("update-customer")
def update_customer(account: Account, call: Call) -> Reply:
    customer = customer_or_404(account, call.params["id"])
    apply_update(account, customer, call.body)
    return Reply(202, full(account, customer))


def apply_update(account: Account, customer: Record, body: dict[str, Any]) -> None:
    """Change a customer; a given list of channels replaces the one held."""
    facts = checked_facts(account, body, customer)
    customer.update(facts)
    if facts.get("email") and "channels" not in facts:
        _with_primary(customer)
    if "channels" in facts and "email" not in facts:
        held = [item["address"] for item in customer["channels"] if item["type"] == "email"]
        if customer["email"] not in held:
            customer["email"] = held[0] if held else None
    customer["updated_datetime"] = account.now()
    account.customers.save(customer)
    account.event("customer-updated", "Customer", customer["id"])


@serves("update-customer-data")
def update_customer_data(account: Account, call: Call) -> Reply:
    """An older version than the stored one is ignored without a word (gorgias-api.md 6.1)."""
    customer = customer_or_404(account, call.params["customer_id"])
    version = call.body.get("version")
    if version is not None and not is_datetime(version):
        raise invalid("version", "Not a valid datetime.")
    version = stored(version)
    held = customer["data_version"]
    if not (version and held and version < held):
        customer["data"] = call.body["data"]
        customer["data_version"] = version or held
        customer["updated_datetime"] = account.now()
        account.customers.save(customer)
        account.event("customer-updated", "Customer", customer["id"])
    return Reply(202, None if account.switches["G-22"] else full(account, customer))


@serves("delete-customer")
def delete_customer(account: Account, call: Call) -> Reply:
    remove(account, [customer_or_404(account, call.params["id"])])
    return Reply(204)


@serves("delete-customers")
def delete_customers(account: Account, call: Call) -> Reply:
    """Ids that do not exist are passed over; the others go together or not at all."""
    found = [account.customers.get(customer_id) for customer_id in dict.fromkeys(call.body["ids"])]
    remove(account, [customer for customer in found if customer])
    return Reply(204)


def remove(account: Account, customers: list[Record]) -> None:
    """Delete for good. Raises ApiError 400 when one still has tickets, unless they are to be unlinked."""
    for customer in customers:
        if account.tickets.by("customer_id", customer["id"]) and account.switches["G-35"] == "refuse":
            raise invalid("id", f"Customer {customer['id']} still has tickets.")
    for customer in customers:
        for ticket in account.tickets.by("customer_id", customer["id"]):
            ticket["customer_id"] = None
            account.tickets.save(ticket)
        account.customers.remove(customer["id"])
        account.event("customer-deleted", "Customer", customer["id"])
