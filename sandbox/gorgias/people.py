"""Customers and users as persons: names, channels that must be unique, and people nested in tickets and messages."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account, comparable
from sandbox.gorgias.errors import ApiError, invalid
from sandbox.gorgias.table import Record

ADDRESS_LENGTH = 320
UPDATABLE = ("name", "external_id", "language", "timezone", "note", "meta")


def name_parts(name: str | None) -> dict[str, str]:
    """First and last word, as recorded: "Nango Test Customer" is Nango, Customer (gorgias-api.md 6.1)."""
    words = (name or "").split()
    return {"firstname": words[0] if words else "", "lastname": words[-1] if len(words) > 1 else ""}


def brief(person: Record | None) -> dict[str, Any] | None:
    """A person as shown inside tickets and messages."""
    if person is None:
        return None
    return {
        "id": person["id"],
        "email": person["email"],
        "name": person["name"],
        **name_parts(person["name"]),
        "meta": person.get("meta") or {},
    }


def shown_channels(customer: Record) -> list[dict[str, Any]]:
    """Channels as the single reads of customers and tickets show them."""
    owner = {"id": customer["id"], "name": customer["name"]}
    return [
        {
            "id": customer["id"] * 100 + position,
            **channel,
            "created_datetime": customer["created_datetime"],
            "updated_datetime": customer["updated_datetime"],
            "deleted_datetime": None,
            "user": owner,
            "customer": owner,
        }
        for position, channel in enumerate(customer["channels"])
    ]


def customer_by_email(account: Account, email: str) -> Record | None:
    found = account.customers.by("channel", ("email", comparable("email", email)))
    return found[0] if found else None


def user_by_email(account: Account, email: str) -> Record | None:
    return next((user for user in account.users if user["email"].lower() == email.lower()), None)


def checked_channels(
    account: Account, channels: list[dict[str, Any]], owner_id: int | None, field: str = "channels"
) -> list[dict[str, Any]]:
    """The channels as they may be stored. Raises ApiError for an over-long, empty, repeated or taken address."""
    seen = set()
    for position, channel in enumerate(channels):
        address = channel["address"]
        where = f"{field}.{position}.address"
        if not address.strip():
            raise invalid(where, "Missing data for required field.")
        if len(address) > ADDRESS_LENGTH:
            raise invalid(where, f"Longer than maximum length {ADDRESS_LENGTH}.")
        if channel["type"] == "email" and "@" not in address.strip("@"):
            raise invalid(where, "Not a valid email address.")
        key = (channel["type"], comparable(channel["type"], address))
        if key in seen:
            raise invalid(where, "Duplicate channel.")
        seen.add(key)
        if channel["type"] == "phone" and account.switches["G-10"] == "allow":
            continue
        if any(other["id"] != owner_id for other in account.customers.by("channel", key)):
            raise account.duplicate(where, f"A customer with this {channel['type']} already exists.")
    return [_stored_channel(account, channel) for channel in channels]


def _stored_channel(account: Account, channel: dict[str, Any]) -> dict[str, Any]:
    address = channel["address"]
    if channel["type"] == "email" and account.switches["G-25"]:
        address = address.lower()
    return {"type": channel["type"], "address": address, "preferred": channel.get("preferred", False)}


def new_customer(account: Account, facts: dict[str, Any], channels: list[dict[str, Any]]) -> Record:
    """Store a customer whose channels were checked; the primary address comes from them when absent."""
    now = account.now()
    email = facts.get("email")
    if email and account.switches["G-25"]:
        email = email.lower()
    first = next((channel["address"] for channel in channels if channel["type"] == "email"), None)
    customer = account.customers.add(
        {
            "id": facts.get("id"),
            "email": email or first,
            "name": facts.get("name"),
            "external_id": facts.get("external_id"),
            "language": facts.get("language"),
            "timezone": facts.get("timezone"),
            "note": facts.get("note"),
            "meta": facts.get("meta") or ({"name_set_via": "agent"} if facts.get("name") else {}),
            "data": facts.get("data"),
            "data_version": None,
            "channels": channels,
            "custom_fields": {},
            "created_datetime": facts.get("created_datetime") or now,
            "updated_datetime": now,
        }
    )
    account.hide(account.customers, customer, account.switches["G-08"], False)
    account.event("customer-created", "Customer", customer["id"])
    return customer


class NestedPerson:
    """A person named inside a ticket or message: looked up first, written only when all else was accepted.

    An id beside other fields updates that person, and an unknown e-mail makes a customer (gorgias-api.md 6.8).
    """

    def __init__(self, account: Account, given: dict[str, Any], field: str, *, agent: bool) -> None:
        self._account = account
        self._given = {key: value for key, value in given.items() if value is not None}
        self._agent = agent
        self.found: Record | None = None
        self._channels: list[dict[str, Any]] = []
        if "id" in self._given:
            self.found = self._by_id(self._given["id"], f"{field}.id")
        elif "email" in self._given:
            self._by_email(field)
        elif self._given:
            raise invalid(field, "Needs an id or an email.")

    def _by_id(self, person_id: int, field: str) -> Record:
        table = self._account.users if self._agent else self._account.customers
        person = table.get(person_id)
        if person is None:
            kind = "User" if self._agent else "Customer"
            raise invalid(field, f"{kind} {person_id} does not exist.")
        email = self._given.get("email")
        holder = customer_by_email(self._account, email) if email and not self._agent else None
        if holder is not None and holder is not person:
            raise self._account.duplicate(field, "Another customer has this email.")
        return person

    def _by_email(self, field: str) -> None:
        email = self._given["email"]
        lookup = user_by_email if self._agent else customer_by_email
        self.found = lookup(self._account, email)
        if self.found is None and self._agent:
            raise invalid(f"{field}.email", "No user has this email.")
        if self.found is None:
            channels = self._given.get("channels") or [{"type": "email", "address": email}]
            self._channels = checked_channels(self._account, channels, None, f"{field}.channels")

    def write(self) -> Record | None:
        """Make or update the person; None when nobody was named."""
        if self.found is None:
            if not self._given:
                return None
            again = customer_by_email(self._account, self._given["email"])
            return again or new_customer(self._account, self._given, self._channels)
        changes = {key: self._given[key] for key in UPDATABLE if key in self._given}
        if self._given.get("email", self.found["email"]) != self.found["email"] and "id" in self._given:
            changes["email"] = self._given["email"]
        if changes and any(self.found.get(key) != value for key, value in changes.items()):
            self.found.update(changes, updated_datetime=self._account.now())
            table = self._account.users if self._agent else self._account.customers
            table.save(self.found)
            kind = ("user-updated", "User") if self._agent else ("customer-updated", "Customer")
            self._account.event(*kind, self.found["id"])
        return self.found


def check_length(field: str, value: str | None, limit: int | None) -> None:
    """Raises ApiError 400 for a text over its limit."""
    if value is not None and limit is not None and len(value) > limit:
        raise ApiError(400, "Invalid request.", {field: [f"Longer than maximum length {limit}."]})
