"""One customer row from the contacts that became it, or from nothing for a stub. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from migration_assets.mapping.model import short_hash
from migration_assets.staging.context import StagingContext
from migration_assets.transforms.people import stub_address
from resources.ledger import Loss

UNREADABLE = "no address that can be read"
"""Beginning of the kind of a loss; handoff/manual_tasks/task_list.py lists these contacts, because nobody but a person
can tell what was meant."""


def customer_row(
    contacts: Sequence[dict[str, Any]], owned: set[str], context: StagingContext
) -> tuple[dict[str, Any], list[Loss]]:
    """The customer, and what could not be carried over.

    Args:
        contacts: the contacts of one customer with their organization, the oldest first (`customer_groups.members`).
        owned: the addresses that are this customer's and nobody else's.

    Returns:
        A row of staging.customers. Where contacts differ, the oldest one's value stays, the others' are kept in
        `data.merged` and told as losses.
    """
    first, others = contacts[0], contacts[1:]
    values, data = orjson.loads(first["field_values"]), orjson.loads(first["data"])
    losses: list[Loss] = []
    name = first["name"]
    merged = []
    for other in others:
        differing = _merge(values, orjson.loads(other["field_values"]))
        kept = {**orjson.loads(other["data"]), **({"field_values": differing} if differing else {})}
        if other["name"] and name and other["name"] != name:
            differing["name"] = kept["name"] = other["name"]
        name = name or other["name"]
        losses += [
            Loss(field, "differs from the contact that it was merged into, kept in data", other["source_id"])
            for field in sorted(differing)
        ]
        merged.append(kept)
    if merged:
        data["merged"] = merged
    _flatten_organization(contacts, values, data, losses)
    channels, email = _channels(contacts, owned, data, losses, context)
    versions = [c["version"] for c in contacts] + [c["organization_version"] for c in contacts]
    return {
        "source_id": first["source_id"],
        "external_id": first["source_id"],
        "kind": "contact",
        "name": name,
        "email": email,
        "channels": _json(channels),
        "field_values": _json(values),
        "data": _json(data),
        "merged": _json([other["source_id"] for other in others]),
        "source_version": short_hash(versions),
    }, losses


def stub_row(source_id: str, name: str, data: dict[str, Any], stub_domain: str) -> dict[str, Any]:
    """A customer for tickets whose contact is missing: an undeliverable address, no values."""
    address = stub_address(source_id, stub_domain)
    return {
        "source_id": source_id,
        "external_id": source_id,
        "kind": "stub",
        "name": name,
        "email": address,
        "channels": _json([_channel("email", address, True)]),
        "field_values": "{}",
        "data": _json(data),
        "merged": "[]",
        "source_version": short_hash(source_id),
    }


def _merge(values: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Fill what is empty; returns what differs."""
    differing = {key: value for key, value in others.items() if key in values and values[key] != value}
    for key, value in others.items():
        values.setdefault(key, value)
    return differing


def _flatten_organization(
    contacts: Sequence[dict[str, Any]], values: dict[str, Any], data: dict[str, Any], losses: list[Loss]
) -> None:
    """The organization's fields on its contact's customer; the relation stays readable in `data`."""
    holder = next((contact for contact in contacts if contact["organization_id"]), None)
    if holder:
        _merge(values, orjson.loads(holder["organization_values"]))
        data["organization"] = orjson.loads(holder["organization_data"])
    for contact in contacts:
        if contact["organizations"] > 1 or (
            holder and contact["organization_id"] not in (None, holder["organization_id"])
        ):
            losses.append(Loss("organization", "one of several organizations kept", contact["source_id"]))
        if contact["linked_organization_id"] and not contact["organization_id"]:
            losses.append(Loss("organization", "linked to an organization that is missing", contact["source_id"]))


def _channels(
    contacts: Sequence[dict[str, Any]],
    owned: set[str],
    data: dict[str, Any],
    losses: list[Loss],
    context: StagingContext,
) -> tuple[list[dict[str, Any]], str | None]:
    """E-mail first, then other e-mails and phones; no e-mail -> phone; neither -> a stub address (docs/mapping.md)."""
    channels: dict[str, dict[str, Any]] = {}
    shared: list[str] = []
    email = contacts[0]["email"]
    for contact in contacts:
        found = [("email", contact["email"])] if contact["email"] else []
        found += [("email", address) for address in orjson.loads(contact["other_emails"])]
        found += [("phone", number) for number in orjson.loads(contact["phones"])]
        for kind, address in found:
            if address in owned:
                channels.setdefault(address, _channel(kind, context.masked_address(address), not channels))
            elif address not in shared:
                shared.append(address)
                losses.append(Loss("channels", "address of another customer, kept in data", contact["source_id"]))
    for contact in contacts:
        losses += [
            Loss("email", f"{UNREADABLE}, kept in data", contact["source_id"], detail=name)
            for name in orjson.loads(contact["unread"])
        ]
    if shared:
        data["shared_addresses"] = [context.masked_address(address) for address in shared]
    if not channels:
        address = stub_address(contacts[0]["source_id"], context.stub_domain)
        losses.append(Loss("channels", "no address, a stub address given", contacts[0]["source_id"]))
        return [_channel("email", address, True)], address
    return list(channels.values()), context.masked_address(email) if email else None


def _channel(kind: str, address: str, preferred: bool) -> dict[str, Any]:
    return {"type": kind, "address": address, "preferred": preferred}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
